export type JsonType = 'null' | 'boolean' | 'object' | 'number' | 'string';

/**
 * The possible values at a path of a payload: a superset, since uncertain values count as possible. Arrays are
 * transparent to their elements.
 */
export interface Shape {
  readonly types: ReadonlySet<JsonType>;
  /** The value may be an array. */
  readonly many: boolean;
  /** Only one of several branches describes it: in the others it may be anything. */
  readonly unsure?: boolean;
  /** The only legal texts. */
  readonly choices?: readonly string[];
  readonly members: ReadonlyMap<string, Shape>;
}

type Keywords = Readonly<Record<string, unknown>>;

const everyType: ReadonlySet<JsonType> = new Set<JsonType>(['null', 'boolean', 'object', 'number', 'string']);
const anything: Shape = { types: everyType, many: true, members: new Map() };
const nothing: Shape = { types: new Set(), many: false, members: new Map() };

/** References can make a small schema describe without end. */
const mostSchemas = 5000;
const deepest = 24;

/** What a profile's schema says of its payloads. The payload itself is an object, whatever the schema says. */
export function shapeOfSchema(root: unknown): Shape {
  let visited = 0;

  const shapeOf = (schema: unknown, depth: number, isPayload = false): Shape => {
    if (schema === false) return nothing;
    visited += 1;
    if (typeof schema !== 'object' || schema === null || depth > deepest || visited > mostSchemas) return anything;
    const keywords = schema as Keywords;
    let found = ownShape(keywords, depth, isPayload);
    const { $ref: reference } = keywords;
    if (typeof reference === 'string')
      found = meet(found, shapeOf(resolveReference(root, reference), depth + 1, isPayload));
    for (const part of listOf(keywords['allOf'])) found = meet(found, shapeOf(part, depth + 1, isPayload));
    for (const combiner of ['anyOf', 'oneOf']) {
      const branches = listOf(keywords[combiner]);
      if (branches.length > 0)
        found = meet(found, branches.map((branch) => shapeOf(branch, depth + 1, isPayload)).reduce(join, nothing));
    }
    return found;
  };

  const ownShape = (keywords: Keywords, depth: number, isPayload: boolean): Shape => {
    const named = isPayload ? new Set(['object']) : namedTypes(keywords);
    const types = new Set([...named].filter((type): type is JsonType => type !== 'array'));
    const { properties, items } = keywords;
    const members = new Map<string, Shape>();
    if (typeof properties === 'object' && properties !== null)
      for (const [name, member] of Object.entries(properties)) members.set(name, shapeOf(member, depth + 1));
    const choices = textsOf(keywords);
    const own: Shape = { types, many: false, members, ...(choices ? { choices } : {}) };
    if (!named.has('array')) return own;
    const element = items === undefined || depth > deepest ? anything : shapeOf(items, depth + 1);
    return { ...join(own, element), many: true };
  };

  return shapeOf(root, 0, true);
}

/** What a sample of values has. */
export function shapeOfValues(values: readonly unknown[]): Shape {
  return values.map((value) => shapeOfValue(value, 0)).reduce(join, nothing);
}

/** Elements of an array, and members of an object, that are looked at. */
const mostLookedAt = 50;

function shapeOfValue(value: unknown, depth: number): Shape {
  if (value === null) return { ...nothing, types: new Set(['null']) };
  if (depth > deepest) return anything;
  if (Array.isArray(value)) {
    const elements = value.slice(0, mostLookedAt).map((element) => shapeOfValue(element, depth + 1));
    return { ...elements.reduce(join, nothing), many: true };
  }
  if (typeof value !== 'object') return { ...nothing, types: new Set([typeof value as JsonType]) };
  const members = new Map<string, Shape>();
  for (const [name, member] of Object.entries(value).slice(0, mostLookedAt))
    members.set(name, shapeOfValue(member, depth + 1));
  return { types: new Set(['object']), many: false, members };
}

/** Both hold. */
function meet(a: Shape, b: Shape): Shape {
  const choices = a.choices ?? b.choices;
  return {
    types: new Set([...a.types].filter((type) => b.types.has(type))),
    many: a.many && b.many,
    unsure: a.unsure === true && b.unsure === true,
    members: merge(a.members, b.members, meet),
    ...(choices ? { choices } : {}),
  };
}

/** One of them holds. */
function join(a: Shape, b: Shape): Shape {
  if (a === nothing) return b;
  if (b === nothing) return a;
  const choices = both(a.choices, b.choices);
  const oneSided = (member: Shape): Shape => ({ ...member, unsure: true });
  return {
    types: new Set([...a.types, ...b.types]),
    many: a.many || b.many,
    unsure: a.unsure === true || b.unsure === true,
    members: merge(a.members, b.members, join, oneSided),
    ...(choices ? { choices } : {}),
  };
}

function both(a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] | undefined {
  return a && b && [...new Set([...a, ...b])];
}

function merge(
  a: ReadonlyMap<string, Shape>,
  b: ReadonlyMap<string, Shape>,
  combine: (a: Shape, b: Shape) => Shape,
  alone = (member: Shape): Shape => member,
): ReadonlyMap<string, Shape> {
  const merged = new Map<string, Shape>();
  for (const [name, shape] of a) {
    const other = b.get(name);
    merged.set(name, other === undefined ? alone(shape) : combine(shape, other));
  }
  for (const [name, shape] of b) if (!a.has(name)) merged.set(name, alone(shape));
  return merged;
}

function namedTypes(keywords: Keywords): ReadonlySet<string> {
  const { type } = keywords;
  const named = typeof type === 'string' ? [type] : Array.isArray(type) ? type : [...everyType, 'array'];
  let types: ReadonlySet<string> = new Set(named.map((name) => (name === 'integer' ? 'number' : String(name))));
  const only = onlyValues(keywords);
  if (only) {
    const allowed = new Set(only.map(typeOfValue));
    types = new Set([...types].filter((name) => allowed.has(name)));
  }
  return types;
}

function typeOfValue(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function onlyValues(keywords: Keywords): readonly unknown[] | undefined {
  if (Array.isArray(keywords['enum'])) return keywords['enum'] as readonly unknown[];
  return Object.hasOwn(keywords, 'const') ? [keywords['const']] : undefined;
}

function textsOf(keywords: Keywords): readonly string[] | undefined {
  const values = (onlyValues(keywords) ?? []).filter((value) => value !== null);
  return values.length > 0 && values.every((value) => typeof value === 'string') ? [...new Set(values)] : undefined;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);

/** The schema that a `$ref` within the schema (`#`, `#/…`) points at. */
function resolveReference(root: unknown, reference: string): unknown {
  let at = root;
  for (const step of decodeURIComponent(reference.slice(1)).split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Keywords)[name] : true;
  }
  return at;
}
