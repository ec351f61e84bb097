import { resolveReference } from './field-kinds.ts';

type Schema = Readonly<Record<string, unknown>>;

const maxDepth = 8;
const maxMembers = 50;
/** Elements of an array of the outermost level; each level below has an eighth. */
const maxElements = 200;
const maxText = 100;
/** Values of one document; once they are made, arrays and open objects get two members each. */
const maxValues = 1000;

/**
 * Documents that a schema might meet, for timing it: they follow its types, names, enums and branches, and ignore the
 * rest, so that some abide and some do not. `turn` varies them; within one document like places look alike, so that
 * validation does not end at the second element. Only for schemas that `checkSchema` let pass: a cycle of `$ref`s that
 * stays at one value would not end here.
 */
export function sampleDocument(root: unknown, turn: number): unknown {
  return sample(root, { root, left: maxValues }, turn, 0);
}

interface Source {
  readonly root: unknown;
  left: number;
}

function sample(schema: unknown, source: Source, turn: number, depth: number): unknown {
  source.left -= 1;
  if (typeof schema !== 'object' || schema === null || depth > maxDepth) return turn % 2 === 0 ? 'x' : turn;
  const keywords = schema as Schema;
  const choices = keywords['enum'];
  if (Array.isArray(choices) && choices.length > 0)
    return turn % 5 === 4 ? 'none of them' : choices[turn % choices.length];
  if (Object.hasOwn(keywords, 'const')) return keywords['const'];
  const beside = typeof keywords['$ref'] === 'string' ? resolveReference(source.root, keywords['$ref']) : undefined;
  if (beside !== undefined) return sample(beside, source, turn, depth);
  for (const combiner of ['anyOf', 'oneOf', 'allOf']) {
    const branches = keywords[combiner];
    // The last branch makes the validator try all those before it.
    if (Array.isArray(branches) && branches.length > 0 && !keywords['properties'])
      return sample(branches[(branches.length - 1 + turn) % branches.length], source, turn, depth);
  }
  return valueOf(typeOf(keywords, turn), keywords, source, turn, depth);
}

function typeOf(keywords: Schema, turn: number): unknown {
  const { type } = keywords;
  if (Array.isArray(type)) return type[turn % type.length];
  if (type !== undefined) return type;
  if (keywords['properties'] || keywords['additionalProperties'] || keywords['patternProperties']) return 'object';
  return keywords['items'] || keywords['prefixItems'] ? 'array' : 'string';
}

function valueOf(type: unknown, keywords: Schema, source: Source, turn: number, depth: number): unknown {
  if (type === 'object') return objectOf(keywords, source, turn, depth);
  if (type === 'array') return arrayOf(keywords, source, turn, depth);
  if (type === 'number' || type === 'integer')
    return numberIn(keywords['minimum'], 0) + (keywords['maximum'] === undefined ? maxValues - source.left : 0);
  if (type === 'boolean') return turn % 2 === 0;
  if (type === 'null') return null;
  const length = Math.min(numberIn(keywords['maxLength'], maxText), maxText);
  const text = ['a', 'ab', '0', 'a1 ', '2026-01-01T00:00:00Z '][turn % 5]!;
  return turn % 7 === 0
    ? text.trim()
    : text.repeat(Math.ceil(length / text.length)).slice(0, Math.max(length, numberIn(keywords['minLength'], 0)));
}

function objectOf(keywords: Schema, source: Source, turn: number, depth: number): unknown {
  const members: [string, unknown][] = [];
  const properties = keywords['properties'];
  if (typeof properties === 'object' && properties !== null)
    for (const [name, member] of Object.entries(properties))
      members.push([name, sample(member, source, turn, depth + 1)]);
  const others =
    keywords['additionalProperties'] ?? Object.values((keywords['patternProperties'] as Schema | undefined) ?? {})[0];
  if (others !== undefined && others !== false)
    for (
      let index = 0;
      index < Math.min(source.left > 0 ? maxMembers : 2, numberIn(keywords['maxProperties'], maxMembers)) / (depth + 1);
      index += 1
    )
      members.push([`member${index}`, sample(others, source, turn, depth + 2)]);
  return Object.fromEntries(members);
}

function arrayOf(keywords: Schema, source: Source, turn: number, depth: number): unknown[] {
  const tuple = Array.isArray(keywords['prefixItems'])
    ? keywords['prefixItems']
    : Array.isArray(keywords['items'])
      ? keywords['items']
      : [];
  // Comparing every pair is the dearest thing that an array can ask for, so there the bound is met in full.
  const most =
    keywords['uniqueItems'] === true && depth < 3
      ? 200
      : Math.max(2, Math.floor(maxElements / 8 ** Math.max(0, depth - 1)));
  const length = Math.max(tuple.length, Math.min(numberIn(keywords['maxItems'], most), most));
  const rest = Array.isArray(keywords['items']) ? {} : (keywords['items'] ?? keywords['contains'] ?? {});
  const elements: unknown[] = [];
  while (elements.length < length && (source.left > 0 || elements.length < 2))
    elements.push(sample(tuple[elements.length] ?? rest, source, turn, depth + 1));
  return elements;
}

const numberIn = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && value >= 0 ? Math.min(value, 1e6) : otherwise;
