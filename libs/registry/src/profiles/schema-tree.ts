import { applicators, isAnnotation, plainKeywords, type Dialect, type Reach } from './schema-vocabulary.ts';

/** One subschema and its position. */
export interface SchemaNode {
  /** JSON Pointer from the schema's root. */
  readonly pointer: string;
  readonly schema: unknown;
  readonly depth: number;
  readonly edges: SchemaEdge[];
}

export interface SchemaEdge {
  readonly keyword: string;
  readonly reach: Reach;
  readonly to: SchemaNode;
  /** Whether a cycle through this edge is finite in the data. */
  readonly bounded: boolean;
}

/** A limit that the schema breaks; `pointer` is a place in the schema. */
export class SchemaRefusal extends Error {
  override readonly name = 'SchemaRefusal';
  readonly pointer: string;

  constructor(pointer: string, detail: string) {
    super(detail);
    this.pointer = pointer;
  }
}

export const limits = {
  bytes: 65_536,
  jsonDepth: 128,
  depth: 32,
  nodes: 1000,
  properties: 500,
  jsonValues: 65_536,
} as const;

/**
 * Throws unless the value is JSON of a bearable depth and number of values; nothing here recurses, so that no depth
 * overflows the stack.
 */
export function checkJson(value: unknown): void {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  let values = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth >= limits.jsonDepth)
      throw new SchemaRefusal('', `The schema is nested deeper than ${limits.depth} levels.`);
    const inner = Object.values(next.value);
    values += inner.length;
    if (values > limits.jsonValues)
      throw new SchemaRefusal('', `The schema is larger than ${limits.bytes / 1024} KiB.`);
    for (const member of inner) open.push({ value: member, depth: next.depth + 1 });
  }
}

/** Not the kernel's `pointerSegment`: the thread of trials runs this file, and loads no other lib. */
export const escapePointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Every schema within the schema, by pointer, the root first, with its edges but for `$ref`s. Throws `SchemaRefusal`
 * for unknown keywords and broken limits.
 */
export function readTree(schema: unknown, dialect: Dialect): Map<string, SchemaNode> {
  const nodes = new Map<string, SchemaNode>();
  const open: SchemaNode[] = [];
  const add = (pointer: string, value: unknown, depth: number): SchemaNode => {
    if (!isObject(value) && typeof value !== 'boolean')
      throw new SchemaRefusal(pointer, 'A schema is an object or a boolean.');
    if (depth > limits.depth)
      throw new SchemaRefusal(pointer, `Schemas are nested deeper than ${limits.depth} levels.`);
    if (nodes.size >= limits.nodes)
      throw new SchemaRefusal(pointer, `There are more than ${limits.nodes} schemas in the schema.`);
    const node: SchemaNode = { pointer, schema: value, depth, edges: [] };
    nodes.set(pointer, node);
    open.push(node);
    return node;
  };
  add('', schema, 1);
  for (let node = open.pop(); node; node = open.pop()) {
    if (!isObject(node.schema)) continue;
    for (const [keyword, value] of Object.entries(node.schema)) {
      const at = `${node.pointer}/${escapePointer(keyword)}`;
      if (isObject(value) && Object.hasOwn(value, '$data')) throw new SchemaRefusal(at, '`$data` is not supported.');
      for (const child of childrenOf(keyword, value, at, dialect))
        node.edges.push({
          keyword,
          reach: child.reach,
          to: add(child.pointer, child.value, node.depth + 1),
          bounded: child.boundedBy === undefined || typeof node.schema[child.boundedBy] === 'number',
        });
    }
  }
  return nodes;
}

interface Child {
  readonly pointer: string;
  readonly value: unknown;
  readonly reach: Reach;
  readonly boundedBy: 'maxItems' | 'maxProperties' | undefined;
}

function childrenOf(keyword: string, value: unknown, at: string, dialect: Dialect): Child[] {
  const applicator = Object.hasOwn(applicators[dialect], keyword) ? applicators[dialect][keyword] : undefined;
  if (!applicator) {
    if (keyword === 'dependencies' && dialect === 'draft-07' && isObject(value))
      return Object.entries(value)
        .filter(([, dependency]) => !Array.isArray(dependency))
        .map(([name, dependency]) => ({
          pointer: `${at}/${escapePointer(name)}`,
          value: dependency,
          reach: 'here',
          boundedBy: undefined,
        }));
    if (!plainKeywords[dialect].has(keyword) && !isAnnotation(keyword))
      throw new SchemaRefusal(at, `There is no keyword of that name in ${dialect} here.`);
    return [];
  }
  const { reach, boundedBy, shape } = applicator;
  if (shape === 'list' || (keyword === 'items' && dialect === 'draft-07' && Array.isArray(value))) {
    if (!Array.isArray(value)) throw new SchemaRefusal(at, 'A list of schemas is expected.');
    return value.map((item, index) => ({
      pointer: `${at}/${index}`,
      value: item,
      reach,
      boundedBy: shape === 'list' ? boundedBy : undefined,
    }));
  }
  if (shape === 'schema') return [{ pointer: at, value, reach, boundedBy }];
  if (!isObject(value)) throw new SchemaRefusal(at, 'An object of schemas is expected.');
  const members = Object.entries(value);
  if (members.length > limits.properties)
    throw new SchemaRefusal(at, `There are more than ${limits.properties} members.`);
  return members.map(([name, member]) => ({
    pointer: `${at}/${escapePointer(name)}`,
    value: member,
    reach,
    boundedBy,
  }));
}
