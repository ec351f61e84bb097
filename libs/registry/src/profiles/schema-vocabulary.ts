/** The dialects that a schema may be written in, by its `$schema`. */
export type Dialect = '2020-12' | 'draft-07';

const dialectUris: Readonly<Record<string, Dialect>> = {
  'https://json-schema.org/draft/2020-12/schema': '2020-12',
  'http://json-schema.org/draft-07/schema': 'draft-07',
};

/** 2020-12 unless `$schema` says otherwise; undefined for a dialect that is not read here. */
export function dialectOf(schema: unknown): Dialect | undefined {
  if (typeof schema !== 'object' || schema === null || !Object.hasOwn(schema, '$schema')) return '2020-12';
  const uri = (schema as { readonly $schema: unknown }).$schema;
  return typeof uri === 'string' ? dialectUris[uri.replace(/#$/, '')] : undefined;
}

/**
 * How a keyword leads to other schemas: `here` applies them to the same value, `member` to members of an object,
 * `element` to elements of an array, `name` to a member's name, `store` not at all (only a `$ref` does).
 */
export type Reach = 'here' | 'member' | 'element' | 'name' | 'store';

export interface Applicator {
  readonly reach: Reach;
  readonly shape: 'schema' | 'list' | 'map';
  /**
   * Keyword that makes a cycle through this one finite in the data; absent: already finite (named members, positions of
   * a tuple).
   */
  readonly boundedBy?: 'maxItems' | 'maxProperties';
}

const shared: Readonly<Record<string, Applicator>> = {
  allOf: { reach: 'here', shape: 'list' },
  anyOf: { reach: 'here', shape: 'list' },
  oneOf: { reach: 'here', shape: 'list' },
  ...Object.fromEntries(
    ['not', 'if', 'then', 'else'].map((keyword) => [keyword, { reach: 'here', shape: 'schema' } as const]),
  ),
  properties: { reach: 'member', shape: 'map' },
  patternProperties: { reach: 'member', shape: 'map', boundedBy: 'maxProperties' },
  additionalProperties: { reach: 'member', shape: 'schema', boundedBy: 'maxProperties' },
  propertyNames: { reach: 'name', shape: 'schema' },
  items: { reach: 'element', shape: 'schema', boundedBy: 'maxItems' },
  contains: { reach: 'element', shape: 'schema', boundedBy: 'maxItems' },
  $defs: { reach: 'store', shape: 'map' },
  definitions: { reach: 'store', shape: 'map' },
};

export const applicators: Readonly<Record<Dialect, Readonly<Record<string, Applicator>>>> = {
  '2020-12': {
    ...shared,
    dependentSchemas: { reach: 'here', shape: 'map' },
    prefixItems: { reach: 'element', shape: 'list' },
    unevaluatedItems: { reach: 'element', shape: 'schema', boundedBy: 'maxItems' },
    unevaluatedProperties: { reach: 'member', shape: 'schema', boundedBy: 'maxProperties' },
  },
  'draft-07': { ...shared, additionalItems: { reach: 'element', shape: 'schema', boundedBy: 'maxItems' } },
};

const assertions = [
  '$schema', '$id', '$ref', '$comment', 'type', 'enum', 'const', 'multipleOf', 'maximum', 'exclusiveMaximum', 'minimum',
  'exclusiveMinimum',
  'maxLength', 'minLength', 'pattern', 'format', 'maxItems', 'minItems', 'uniqueItems', 'maxProperties',
  'minProperties', 'required',
  'title', 'description', 'default', 'examples', 'readOnly', 'writeOnly', 'contentMediaType', 'contentEncoding',
]; // prettier-ignore

/** Keywords that lead to no other schema. `x-…` is an annotation in either dialect. */
export const plainKeywords: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  '2020-12': new Set([...assertions, 'deprecated', 'dependentRequired', 'maxContains', 'minContains']),
  'draft-07': new Set([...assertions, 'dependencies']),
};

export const isAnnotation = (keyword: string): boolean => /^x-[A-Za-z0-9._-]{1,64}$/.test(keyword);

/** The closed list of formats, all of `ajv-formats`. */
export const formats = [
  'date', 'time', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uri-reference', 'uuid',
  'json-pointer',
] as const; // prettier-ignore

/** No string longer than this has a format: it bounds the formats' own expressions. */
export const longestFormatted = 2048;
