import { _, str, type CodeKeywordDefinition, type FuncKeywordDefinition, type KeywordCxt } from 'ajv';
import canonicalize from 'canonicalize';

import { spend } from './validation-budget.ts';

/**
 * Keywords whose work grows with the schema and the value together, in a form that counts it. Of the others the work at
 * one value is bounded by the schema.
 */
export const countedKeywords: readonly (FuncKeywordDefinition | CodeKeywordDefinition)[] = [
  {
    keyword: 'enum',
    schemaType: 'array',
    errors: false,
    error: { message: 'must be equal to one of the allowed values' },
    compile: (values: readonly unknown[]) => {
      // Ajv compares every value: 9,000 of them for each element of a list.
      const scalars = new Set(values.filter((value) => !isObject(value)));
      const objects = values.filter(isObject);
      return (data: unknown) => scalars.has(data) || objects.some((value) => isSame(data, value));
    },
  },
  {
    keyword: 'const',
    error: { message: 'must be equal to constant' },
    code(cxt: KeywordCxt) {
      const { gen, data, schema, schemaCode } = cxt as KeywordCxt & { readonly schema: unknown };
      if (!isObject(schema)) cxt.fail(_`${data} !== ${schemaCode}`);
      else
        cxt.fail(_`!${gen.scopeValue('func', { ref: isSame })}(${data}, ${gen.scopeValue('schema', { ref: schema })})`);
    },
  },
  {
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    errors: false,
    error: { message: 'must NOT have duplicate items' },
    compile: (isAsked: boolean) => (list: readonly unknown[]) => !isAsked || areUnique(list),
  },
  ...(['maxLength', 'minLength'] as const).map((keyword): FuncKeywordDefinition => ({
    keyword,
    type: 'string',
    schemaType: 'number',
    errors: false,
    error: {
      message: ({ schemaCode }) =>
        str`must NOT have ${keyword === 'maxLength' ? 'more' : 'fewer'} than ${schemaCode} characters`,
    },
    compile: (limit: number) =>
      keyword === 'maxLength'
        ? (text: string) => text.length <= limit || (text.length <= 2 * limit && codePoints(text) <= limit)
        : (text: string) => text.length >= limit && (text.length >= 2 * limit || codePoints(text) >= limit),
  })),
  ...(['maxProperties', 'minProperties'] as const).map((keyword): FuncKeywordDefinition => ({
    keyword,
    type: 'object',
    schemaType: 'number',
    errors: false,
    error: {
      message: ({ schemaCode }) =>
        str`must NOT have ${keyword === 'maxProperties' ? 'more' : 'fewer'} than ${schemaCode} properties`,
    },
    compile: (limit: number) => (object: object) =>
      keyword === 'maxProperties' ? members(object) <= limit : members(object) >= limit,
  })),
];

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Branches of one value ask one after the other. */
const lastAsked: { object: object; members: number } = { object: {}, members: 0 };

function members(object: object): number {
  if (lastAsked.object !== object) {
    lastAsked.object = object;
    lastAsked.members = Object.keys(object).length;
  }
  spend(lastAsked.members);
  return lastAsked.members;
}

function codePoints(text: string): number {
  spend(text.length);
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    if ((text.codePointAt(index) as number) > 0xffff) index += 1;
    count += 1;
  }
  return count;
}

/** Equality of JSON values. What is looked at of the first is bounded by the second, but for the names of an object. */
function isSame(data: unknown, value: unknown): boolean {
  if (!isObject(data) || !isObject(value)) return data === value;
  if (Array.isArray(value))
    return (
      Array.isArray(data) && data.length === value.length && value.every((inner, index) => isSame(data[index], inner))
    );
  const entries = Object.entries(value);
  return (
    !Array.isArray(data) &&
    members(data) === entries.length &&
    entries.every(
      ([name, inner]) => Object.hasOwn(data, name) && isSame((data as Readonly<Record<string, unknown>>)[name], inner),
    )
  );
}

function areUnique(list: readonly unknown[]): boolean {
  const texts = new Set<string>();
  for (const element of list) {
    const text = canonicalize(element) as string;
    spend(text.length);
    texts.add(text);
  }
  return texts.size === list.length;
}

/** No keyword of a schema has this name. */
export const workKeyword = 'datakeep:work';

/** What one visit of a schema may cost. */
export interface Visit {
  readonly units: number;
  /** Whether the names of an object are gone through. */
  readonly byName: boolean;
}

export const countedVisit: CodeKeywordDefinition = {
  keyword: workKeyword,
  schemaType: 'object',
  code: ({ gen, data, schema }: KeywordCxt) => {
    const { units, byName } = schema as Visit;
    gen.code(_`${gen.scopeValue('func', { ref: spend })}(${units})`);
    if (byName)
      gen.if(_`${data} && typeof ${data} == "object"`, () =>
        gen.code(_`${gen.scopeValue('func', { ref: members })}(${data})`),
      );
  },
};
