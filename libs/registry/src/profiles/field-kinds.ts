import type { CompiledProfile } from '@datakeep/contracts';

type FieldKind = ReturnType<CompiledProfile['fieldKind']>;
type JsonType = 'null' | 'boolean' | 'object' | 'array' | 'number' | 'string';
type Keywords = Readonly<Record<string, unknown>>;

/**
 * The possible values at a path: a superset, since uncertain ones count as possible. `arrays`: whether an array may be
 * anywhere on the way.
 */
interface Possible {
  readonly types: ReadonlySet<JsonType>;
  readonly arrays: boolean;
}

const everyType: ReadonlySet<JsonType> = new Set(['null', 'boolean', 'object', 'array', 'number', 'string']);
const anything: Possible = { types: everyType, arrays: true };
const nothing: Possible = { types: new Set(), arrays: false };

/** See `CompiledProfile.fieldKind`. The payload itself is an object, whatever the schema says. */
export function fieldKindOf(root: unknown, path: readonly string[]): FieldKind {
  if (path.length === 0) return { kind: 'any', arrays: false };
  const { types, arrays } = possibleAt(root, root, path, true);
  const scalars = [...types].filter((type) => type !== 'null');
  const [only] = scalars;
  const kind = scalars.length === 1 && (only === 'string' || only === 'number' || only === 'boolean') ? only : 'any';
  return { kind, arrays };
}

function possibleAt(schema: unknown, root: unknown, path: readonly string[], isPayload = false): Possible {
  if (schema === false) return nothing;
  if (typeof schema !== 'object' || schema === null) return anything;
  const keywords = schema as Keywords;
  let found = ownPossible(keywords, root, path, isPayload);
  const meet = (other: Possible): void => {
    found = { types: found.types.intersection(other.types), arrays: found.arrays && other.arrays };
  };
  if (typeof keywords['$ref'] === 'string')
    meet(possibleAt(resolveReference(root, keywords['$ref']), root, path, isPayload));
  for (const part of listOf(keywords['allOf'])) meet(possibleAt(part, root, path, isPayload));
  for (const combiner of ['anyOf', 'oneOf']) {
    const branches = listOf(keywords[combiner]);
    if (branches.length === 0) continue;
    meet(
      branches
        .map((branch) => possibleAt(branch, root, path, isPayload))
        .reduce((a, b) => ({ types: a.types.union(b.types), arrays: a.arrays || b.arrays }), nothing),
    );
  }
  return found;
}

/** What the schema's own keywords, without those that combine schemas, leave possible. */
function ownPossible(keywords: Keywords, root: unknown, path: readonly string[], isPayload: boolean): Possible {
  const types = isPayload ? new Set<JsonType>(['object']) : ownTypes(keywords);
  const [name, ...rest] = path;
  const arrayHere = types.has('array');
  if (name === undefined) return { types, arrays: arrayHere };
  if (!types.has('object')) return { types: arrayHere ? everyType : nothing.types, arrays: arrayHere };
  const member = possibleAt(memberOf(keywords, name), root, rest);
  // Where an array may replace the object, its elements are not analysed: anything is possible.
  return arrayHere ? { types: everyType, arrays: true } : member;
}

function memberOf(keywords: Keywords, name: string): unknown {
  const { properties } = keywords;
  if (typeof properties === 'object' && properties !== null && Object.hasOwn(properties, name))
    return (properties as Keywords)[name];
  return keywords['patternProperties'] === undefined ? (keywords['additionalProperties'] ?? true) : true;
}

function ownTypes(keywords: Keywords): ReadonlySet<JsonType> {
  let types = everyType;
  const { type } = keywords;
  if (typeof type === 'string' || Array.isArray(type))
    types = new Set([type].flat().map((name) => (name === 'integer' ? 'number' : (name as JsonType))));
  if (Array.isArray(keywords['enum'])) types = types.intersection(new Set(keywords['enum'].map(typeOfValue)));
  if (Object.hasOwn(keywords, 'const')) types = types.intersection(new Set([typeOfValue(keywords['const'])]));
  return types;
}

function typeOfValue(value: unknown): JsonType {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : (typeof value as JsonType);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The schema that a `$ref` within the schema (`#`, `#/…`) points at. */
export function resolveReference(root: unknown, reference: string): unknown {
  let at = root;
  for (const step of decodeURIComponent(reference.slice(1)).split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Keywords)[name] : true;
  }
  return at;
}
