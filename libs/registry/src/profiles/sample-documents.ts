import { resolveReference } from './field-kinds.ts';

type Schema = Readonly<Record<string, unknown>>;

const maxDepth = 8;
const maxItems = 50;
const maxText = 500;

/**
 * Documents that a schema might meet, for timing it: they follow its types, names, enums and first branches, and ignore the rest, so that some abide and some do not.
 * `turn` varies them.
 */
export function sampleDocument(root: unknown, turn: number): unknown {
  return sample(root, root, turn, 0);
}

function sample(schema: unknown, root: unknown, turn: number, depth: number): unknown {
  if (typeof schema !== 'object' || schema === null || depth > maxDepth) return turn % 2 === 0 ? 'x' : turn;
  const keywords = schema as Schema;
  const choices = keywords['enum'];
  if (Array.isArray(choices) && choices.length > 0) return turn % 5 === 4 ? 'none of them' : choices[turn % choices.length];
  if (Object.hasOwn(keywords, 'const')) return keywords['const'];
  const beside = typeof keywords['$ref'] === 'string' ? resolveReference(root, keywords['$ref']) : undefined;
  if (beside !== undefined) return sample(beside, root, turn, depth + 1);
  for (const combiner of ['anyOf', 'oneOf', 'allOf']) {
    const branches = keywords[combiner];
    // The last branch makes the validator try all those before it.
    if (Array.isArray(branches) && branches.length > 0 && !keywords['properties'])
      return sample(branches[(branches.length - 1 + turn) % branches.length], root, turn, depth + 1);
  }
  return valueOf(typeOf(keywords, turn), keywords, root, turn, depth);
}

function typeOf(keywords: Schema, turn: number): unknown {
  const { type } = keywords;
  if (Array.isArray(type)) return type[turn % type.length];
  if (type !== undefined) return type;
  if (keywords['properties'] || keywords['additionalProperties'] || keywords['patternProperties']) return 'object';
  return keywords['items'] || keywords['prefixItems'] ? 'array' : 'string';
}

function valueOf(type: unknown, keywords: Schema, root: unknown, turn: number, depth: number): unknown {
  if (type === 'object') return objectOf(keywords, root, turn, depth);
  if (type === 'array') return arrayOf(keywords, root, turn, depth);
  if (type === 'number' || type === 'integer') return numberIn(keywords['minimum'], 0) + turn;
  if (type === 'boolean') return turn % 2 === 0;
  if (type === 'null') return null;
  const length = Math.min(numberIn(keywords['maxLength'], maxText), maxText);
  const text = ['a', 'ab', '0', 'a1 ', '2026-01-01T00:00:00Z '][turn % 5]!;
  return turn % 7 === 0 ? text.trim() : text.repeat(Math.ceil(length / text.length)).slice(0, Math.max(length, numberIn(keywords['minLength'], 0)));
}

function objectOf(keywords: Schema, root: unknown, turn: number, depth: number): unknown {
  const members: [string, unknown][] = [];
  const properties = keywords['properties'];
  if (typeof properties === 'object' && properties !== null)
    for (const [name, member] of Object.entries(properties)) members.push([name, sample(member, root, turn, depth + 1)]);
  const others = keywords['additionalProperties'] ?? Object.values((keywords['patternProperties'] as Schema | undefined) ?? {})[0];
  if (others !== undefined && others !== false)
    for (let index = 0; index < Math.min(maxItems, numberIn(keywords['maxProperties'], maxItems)) / (depth + 1); index += 1)
      members.push([`member${index}`, sample(others, root, turn, depth + 2)]);
  return Object.fromEntries(members);
}

function arrayOf(keywords: Schema, root: unknown, turn: number, depth: number): unknown[] {
  const tuple = Array.isArray(keywords['prefixItems']) ? keywords['prefixItems'] : Array.isArray(keywords['items']) ? keywords['items'] : [];
  // Comparing every pair is the dearest thing that an array can ask for, so there the bound is met in full.
  const wanted = keywords['uniqueItems'] === true && depth < 3 ? 200 : Math.max(2, Math.floor(maxItems / 4 ** depth));
  const length = Math.min(numberIn(keywords['maxItems'], maxItems), wanted);
  const rest = Array.isArray(keywords['items']) ? {} : (keywords['items'] ?? keywords['contains'] ?? {});
  return Array.from({ length: Math.max(length, tuple.length) }, (_, index) => sample(tuple[index] ?? rest, root, turn + index, depth + 1));
}

const numberIn = (value: unknown, otherwise: number): number => (typeof value === 'number' && value >= 0 ? Math.min(value, 1e6) : otherwise);
