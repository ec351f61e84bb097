import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { fieldKindOf } from './field-kinds.ts';

const object = (properties: object, more: object = {}): object => ({ type: 'object', properties, ...more });

/** Whether the field kind of a path holds for one document. */
function covers({ kind, arrays }: ReturnType<typeof fieldKindOf>, document: unknown, path: readonly string[]): boolean {
  let at = document;
  for (const name of path) {
    if (Array.isArray(at) && !arrays) return false;
    at =
      typeof at === 'object' && at !== null && !Array.isArray(at) && Object.hasOwn(at, name)
        ? (at as Record<string, unknown>)[name]
        : undefined;
  }
  if (Array.isArray(at) && !arrays) return false;
  return at === undefined || at === null || kind === 'any' || typeof at === kind;
}

describe('the kind of a field', () => {
  test.each<[string, unknown, string, { kind: string; arrays: boolean }]>([
    ['a string', object({ a: { type: 'string' } }), 'a', { kind: 'string', arrays: false }],
    ['an integer is a number', object({ a: { type: 'integer' } }), 'a', { kind: 'number', arrays: false }],
    ['null beside it', object({ a: { type: ['string', 'null'] } }), 'a', { kind: 'string', arrays: false }],
    [
      'null by anyOf',
      object({ a: { anyOf: [{ type: 'null' }, { type: 'boolean' }] } }),
      'a',
      { kind: 'boolean', arrays: false },
    ],
    ['two types', object({ a: { type: ['string', 'number'] } }), 'a', { kind: 'any', arrays: false }],
    ['an enum', object({ a: { enum: ['x', 'y', null] } }), 'a', { kind: 'string', arrays: false }],
    ['a mixed enum', object({ a: { enum: ['x', 1] } }), 'a', { kind: 'any', arrays: false }],
    ['const', object({ a: { const: 3 } }), 'a', { kind: 'number', arrays: false }],
    [
      'an array of strings',
      object({ a: { type: 'array', items: { type: 'string' } } }),
      'a',
      { kind: 'any', arrays: true },
    ],
    [
      'within an array',
      object({ a: { type: 'array', items: object({ b: { type: 'string' } }) } }),
      'a.b',
      { kind: 'any', arrays: true },
    ],
    ['nested', object({ a: object({ b: { type: 'number' } }) }), 'a.b', { kind: 'number', arrays: false }],
    [
      'nested, where the outer type is open',
      object({ a: { properties: { b: { type: 'number' } } } }),
      'a.b',
      { kind: 'any', arrays: true },
    ],
    [
      'by $ref',
      object({ a: { $ref: '#/$defs/x' } }, { $defs: { x: { type: 'string' } } }),
      'a',
      { kind: 'string', arrays: false },
    ],
    [
      'by allOf',
      object({}, { allOf: [{ properties: { a: { type: 'string' } } }] }),
      'a',
      { kind: 'string', arrays: false },
    ],
    ['undescribed', object({}), 'a', { kind: 'any', arrays: true }],
    [
      'undescribed, of one type',
      object({}, { additionalProperties: { type: 'number' } }),
      'a',
      { kind: 'number', arrays: false },
    ],
    [
      'a pattern may describe it',
      object({}, { patternProperties: { a: {} }, additionalProperties: { type: 'number' } }),
      'a',
      { kind: 'any', arrays: true },
    ],
    ['excluded', object({}, { additionalProperties: false }), 'a', { kind: 'any', arrays: false }],
    ['below a scalar', object({ a: { type: 'string' } }), 'a.b', { kind: 'any', arrays: false }],
    [
      'a recursive schema',
      object({ next: { $ref: '#' }, v: { type: 'string' } }),
      'next.next.v',
      { kind: 'string', arrays: false },
    ],
    ['anything', true, 'a', { kind: 'any', arrays: true }],
    ['a name like those of Object', object({ a: { type: 'string' } }), 'constructor', { kind: 'any', arrays: true }],
    [
      'a payload without a type is an object all the same',
      { properties: { a: { type: 'string' } } },
      'a',
      { kind: 'string', arrays: false },
    ],
  ])('%s', (_name, schema, path, expected) => {
    expect(fieldKindOf(schema, path.split('.'))).toEqual(expected);
  });

  test('is never narrower than what the schema accepts', () => {
    const ajv = new Ajv2020({ strict: false, logger: false, validateSchema: false });
    const type = fc.constantFrom('string', 'number', 'integer', 'boolean', 'null', 'array', 'object');
    const { schema } = fc.letrec<{ schema: unknown }>((tie) => ({
      schema: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.record({ type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })) }),
        fc.record({ enum: fc.uniqueArray(fc.constantFrom<unknown>('x', 1, null, true), { minLength: 1 }) }),
        fc.boolean(),
        fc.record({ properties: fc.dictionary(fc.constantFrom('a', 'b'), tie('schema'), { maxKeys: 2 }) }),
        fc.record({ additionalProperties: tie('schema') }),
        fc.record({
          anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
          allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
        }),
        fc.record({
          patternProperties: fc.dictionary(fc.constantFrom('a', '^b'), tie('schema'), { maxKeys: 1 }),
          type: fc.constant('object'),
        }),
      ),
    }));
    const payload = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc
        .jsonValue({ maxDepth: 2 })
        .chain((value) =>
          fc.oneof(
            fc.constant(value),
            fc.record({ a: fc.constant(value), b: fc.constantFrom(1, 'x') }),
            fc.constant([value]),
          ),
        ),
    );
    const run = fc.check(
      fc.property(
        schema,
        fc.array(payload, { maxLength: 5 }),
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }),
        (tree, payloads, path) => {
          const accepts = ajv.compile(tree as object | boolean);
          const told = fieldKindOf(tree, path);
          return payloads.every((document) => !accepts(document) || covers(told, document, path));
        },
      ),
      { numRuns: 1000 },
    );
    expect(fc.defaultReportMessage(run)).toBeUndefined();
  });
});
