import { linkReferences } from './schema-references.ts';
import { readTree, type SchemaNode } from './schema-tree.ts';
import { isAnnotation, metadataKeywords, type Dialect } from './schema-vocabulary.ts';

type Keywords = Record<string, unknown>;

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;

/**
 * A copy of the schema that accepts the same and is cheaper to ask, as its nodes: an `anyOf` or `oneOf` of scalar constants is an `enum`, which is looked up in a set. Only for schemas whose
 * keywords were checked.
 */
export function simplified(
  schema: unknown,
  dialect: Dialect,
): { readonly schema: unknown; readonly nodes: Map<string, SchemaNode> } {
  const copy: unknown = structuredClone(schema);
  const targets = referencesIn(readTree(copy, dialect));
  for (const node of readTree(copy, dialect).values()) {
    if (typeof node.schema !== 'object' || node.schema === null) continue;
    const keywords = node.schema as Keywords;
    for (const keyword of ['anyOf', 'oneOf'] as const) {
      const values = constantsOf(keywords[keyword], keyword);
      if (!values || Object.hasOwn(keywords, 'enum')) continue;
      if (targets.some((target) => target.startsWith(`${node.pointer}/${keyword}/`))) continue;
      delete keywords[keyword];
      keywords['enum'] = values;
    }
  }
  const nodes = readTree(copy, dialect);
  linkReferences(nodes);
  return { schema: copy, nodes };
}

function referencesIn(nodes: ReadonlyMap<string, SchemaNode>): string[] {
  return [...nodes.values()].flatMap(({ schema }) => {
    const reference = typeof schema === 'object' && schema !== null ? (schema as Keywords)['$ref'] : undefined;
    return typeof reference === 'string' ? [decodeURIComponent(reference.slice(1))] : [];
  });
}

/** The values that the branches accept, where each accepts some scalars and nothing else is said of them; undefined where the list is no such. */
function constantsOf(branches: unknown, keyword: 'anyOf' | 'oneOf'): unknown[] | undefined {
  if (!Array.isArray(branches)) return undefined;
  const values: unknown[] = [];
  for (const branch of branches as unknown[]) {
    if (typeof branch !== 'object' || branch === null) return undefined;
    const { const: constant, enum: choices, ...rest } = branch as Keywords;
    if (!Object.keys(rest).every((name) => metadataKeywords.has(name) || isAnnotation(name))) return undefined;
    const own = Object.hasOwn(branch, 'const') ? (choices === undefined ? [constant] : undefined) : choices;
    if (!Array.isArray(own) || !own.every(isScalar)) return undefined;
    for (const value of own as unknown[]) values.push(value);
  }
  const distinct = [...new Set(values)];
  // A value of two branches abides by `anyOf` and not by `oneOf`.
  return keyword === 'oneOf' && distinct.length < values.length ? undefined : distinct;
}
