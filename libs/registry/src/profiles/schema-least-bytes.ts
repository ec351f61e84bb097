import type { SchemaNode } from './schema-tree.ts';

type Keywords = Readonly<Record<string, unknown>>;

const ofType: Readonly<Record<string, number>> = {
  string: 2,
  object: 2,
  array: 2,
  number: 1,
  integer: 1,
  boolean: 4,
  null: 4,
};

/** The fewest bytes of JSON that abide by each schema: never more than the least, at least 1. */
export function leastBytes(nodes: Iterable<SchemaNode>): Map<SchemaNode, number> {
  const found = new Map<SchemaNode, number>();
  const leastOf = (node: SchemaNode): number => {
    const known = found.get(node);
    if (known !== undefined) return known;
    // Where a cycle comes back to it.
    found.set(node, 1);
    let least = ownLeast(node.schema);
    const branches = new Map<string, number>();
    for (const { reach, keyword, to } of node.edges) {
      if (reach !== 'here') continue;
      if (keyword === '$ref' || keyword === 'allOf') least = Math.max(least, leastOf(to));
      else if (keyword === 'anyOf' || keyword === 'oneOf')
        branches.set(keyword, Math.min(branches.get(keyword) ?? Number.POSITIVE_INFINITY, leastOf(to)));
    }
    least = Math.max(least, ...branches.values());
    found.set(node, least);
    return least;
  };
  for (const node of nodes) leastOf(node);
  return found;
}

function ownLeast(schema: unknown): number {
  if (typeof schema !== 'object' || schema === null) return 1;
  const keywords = schema as Keywords;
  if (Array.isArray(keywords['enum']) && keywords['enum'].length > 0)
    return Math.min(...keywords['enum'].map(lengthOf));
  if (Object.hasOwn(keywords, 'const')) return lengthOf(keywords['const']);
  const { type } = keywords;
  if (type === 'object' && Array.isArray(keywords['required'])) {
    const names = new Set(keywords['required'].map(String));
    return [...names].reduce((bytes, name) => bytes + name.length + 5, 1);
  }
  if (type === 'array' && typeof keywords['minItems'] === 'number') return Math.max(2, 1 + 2 * keywords['minItems']);
  if (type === 'string' && typeof keywords['minLength'] === 'number') return 2 + keywords['minLength'];
  const types = Array.isArray(type) ? type : [type];
  return Math.min(...types.map((one) => ofType[String(one)] ?? 1));
}

/** An object's members may come in any order and a number in any form, so the text of a value is a bound only where it is a string. */
const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length + 2 : 1);
