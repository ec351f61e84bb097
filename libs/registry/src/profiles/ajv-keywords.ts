import { _, type CodeKeywordDefinition, type KeywordCxt } from 'ajv';
import { or } from 'ajv/dist/compile/codegen/index.js';
import equalModule from 'ajv/dist/runtime/equal.js';

import { work } from './safe-pattern.ts';
import type { PlaceCost } from './schema-cost.ts';

/** Up to so many values comparing them one by one is faster than a set. */
const fewValues = 16;

/** `enum` as Ajv has it, but that scalars are looked up in a set: Ajv compares every value, 9,000 of them for each element of a list. */
export const enumInSet: CodeKeywordDefinition = {
  keyword: 'enum',
  schemaType: 'array',
  code(cxt: KeywordCxt) {
    const { gen, data, schema } = cxt as KeywordCxt & { readonly schema: readonly unknown[] };
    const scalars = schema.filter((value) => typeof value !== 'object' || value === null);
    const others = schema.filter((value) => typeof value === 'object' && value !== null);
    const tests = others.map((value) => {
      const equal = gen.scopeValue('func', { ref: equalModule.default });
      return _`${equal}(${data}, ${gen.scopeValue('default', { ref: value })})`;
    });
    if (scalars.length > fewValues)
      tests.unshift(_`${gen.scopeValue('default', { ref: new Set(scalars) })}.has(${data})`);
    else tests.unshift(...scalars.map((value) => _`${data} === ${value as string | number | boolean | null}`));
    cxt.pass(or(...tests));
  },
  error: { message: 'must be equal to one of the allowed values' },
};

/** No keyword of a schema has this name. */
export const workKeyword = 'datakeep:work';
/** More pairs than these are refused by `maxItems` beside `uniqueItems`. */
const mostUnique = 200;

/** Counts down what the place costs. */
export const countedWork: CodeKeywordDefinition = {
  keyword: workKeyword,
  schemaType: 'object',
  code(cxt: KeywordCxt) {
    const { gen, data } = cxt;
    const { fixed, perUnit, perPair } = cxt.schema as PlaceCost;
    const account = gen.scopeValue('default', { ref: work });
    gen.code(_`${account}.left -= ${fixed}`);
    if (perUnit > 0)
      gen.if(_`typeof ${data} == "string"`, () => gen.code(_`${account}.left -= ${data}.length * ${perUnit}`));
    if (perPair > 0)
      gen.if(_`Array.isArray(${data}) && ${data}.length <= ${mostUnique}`, () =>
        gen.code(_`${account}.left -= ${data}.length * ${data}.length * ${perPair / 2}`),
      );
    gen.if(_`${account}.left < 0`, () => gen.code(_`${account}.over()`));
  },
};
