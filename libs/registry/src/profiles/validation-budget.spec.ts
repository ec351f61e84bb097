import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { knownApp as appId, openRegistry } from '../testing/registry-bench.ts';

let registry: ReturnType<typeof openRegistry>;
let count = 0;

beforeAll(() => {
  registry = openRegistry();
});
afterAll(() => registry[Symbol.asyncDispose]());

interface Outcome {
  /** Of this thread and its helpers, in ms. */
  readonly cpuMs: number;
  readonly failure?: { readonly pointer: string; readonly detail: string } | undefined;
}

/** Registers the schema and validates the payload; a schema that is refused costs no event anything. */
async function outcomeOf(schema: unknown, payload: unknown): Promise<Outcome> {
  const name = `budget/${(count += 1)}`;
  const refused = await registry.profiles.register(name, schema, appId).then(
    () => undefined,
    (error: { readonly status?: number; readonly errors?: readonly { readonly detail: string }[] }) => {
      expect(error).toMatchObject({ status: 422, errors: [{ code: 'schema-refused' }] });
      return error.errors?.[0]?.detail;
    },
  );
  if (refused !== undefined) return { cpuMs: 0, failure: { pointer: '/schema', detail: refused } };
  const profile = (await registry.profiles.find(name))!;
  const { length } = JSON.stringify(payload);
  expect(length).toBeLessThan(4 * 1024 * 1024);
  const { user } = process.cpuUsage();
  const failure = profile.validate(payload, length);
  return { cpuMs: (process.cpuUsage().user - user) / 1000, failure };
}

const numbers = (length: number, of = (index: number): number => index): number[] =>
  Array.from({ length }, (_, index) => of(index));
const listOf = (items: unknown): object => ({ type: 'object', properties: { a: { type: 'array', items } } });
const alternatives = (length: number, of: (index: number) => unknown): object => ({
  anyOf: Array.from({ length }, (_, index) => of(index)),
});
const manyMembers = Object.fromEntries(numbers(300_000).map((index) => [`m${index}`, 1]));
const longText = '🐎'.repeat(900_000);

describe('one event does not hold up the keep, whatever its schema asks', () => {
  test.each<[string, unknown, unknown]>([
    ['an enum of 9,001 numbers for each element', listOf({ enum: numbers(9001) }), { a: numbers(190_000, () => 9000) }],
    [
      '251 constants for each element',
      listOf(alternatives(251, (index) => ({ const: index }))),
      { a: numbers(250_000, () => 250) },
    ],
    [
      '250 ranges for each element',
      listOf(alternatives(250, (index) => ({ type: 'number', minimum: index, maximum: index }))),
      { a: numbers(250_000, () => 249) },
    ],
    [
      '250 kinds of objects for each element',
      listOf(
        alternatives(250, (index) => ({
          type: 'object',
          properties: { kind: { const: `k${index}` } },
          required: ['kind', `x${index}`],
        })),
      ),
      { a: numbers(150_000).map(() => ({ kind: 'k249', x249: 1 })) },
    ],
    [
      'the length of a long text, asked 900 times',
      { type: 'string', allOf: numbers(900).map((index) => ({ maxLength: 1_000_000 + index })) },
      longText,
    ],
    [
      'the number of many members, asked 900 times',
      { type: 'object', allOf: numbers(900).map((index) => ({ maxProperties: 1_000_000 + index })) },
      manyMembers,
    ],
    [
      'many members, gone through by each of 250 alternatives',
      alternatives(250, (index) => ({
        type: 'object',
        properties: { [`x${index}`]: { type: 'string' } },
        additionalProperties: index === 249 ? { type: 'number' } : false,
      })),
      manyMembers,
    ],
    [
      'many members, compared with 250 objects',
      { enum: numbers(250).map((index) => ({ m0: index })) },
      manyMembers,
    ],
    [
      'the uniqueness of large elements, asked 100 times',
      {
        type: 'array',
        maxItems: 200,
        allOf: numbers(100).map(() => ({ type: 'array', uniqueItems: true, maxItems: 200 })),
      },
      numbers(200).map((index) => numbers(8001, (place) => (place < 8000 ? 1 : index))),
    ],
    [
      'a list of lists, each asked by 200 alternatives',
      {
        type: 'array',
        items: { type: 'array', items: alternatives(200, (index) => ({ type: 'string', minLength: index + 100 })) },
      },
      numbers(100).map(() => numbers(3000).map(() => 'xxxxxxxx')),
    ],
  ])('%s', async (_name, schema, payload) => {
    const { cpuMs } = await outcomeOf(schema, payload);
    // The budget of such an event is below 600 ms; garbage is collected beside it, on a machine that may be busy.
    expect(cpuMs).toBeLessThan(3000);
  }); // prettier-ignore

  test('and the answer says why it was given up', async () => {
    const { failure } = await outcomeOf(
      listOf(alternatives(30, (index) => ({ type: 'number', minimum: 29 - index }))),
      { a: numbers(1_900_000, () => 0) },
    );
    expect(failure).toMatchObject({ pointer: '', detail: expect.stringContaining('takes too long'), tooDear: true });
  });
});

describe('what is ordinary abides, however large', () => {
  test.each<[string, unknown, unknown]>([
    ['one of 9,001 numbers, 190,000 times', listOf({ enum: numbers(9001) }), { a: numbers(190_000, () => 9000) }],
    [
      '10,000 objects of 20 kinds',
      listOf({
        oneOf: numbers(20).map((index) => ({
          type: 'object',
          properties: { kind: { const: `kind ${index}` }, at: { type: 'string', format: 'date-time' },
            x: { type: 'number' } },
          required: ['kind', 'at'],
          additionalProperties: false,
        })),
      }),
      { a: numbers(10_000).map((index) => ({ kind: `kind ${index % 20}`, at: '2026-01-01T00:00:00.000Z', x: index })) },
    ],
    [
      '50,000 texts with a pattern',
      listOf({ type: 'string', pattern: '^[a-z]+-[0-9]{1,4}$', maxLength: 20 }),
      { a: numbers(50_000).map((index) => `item-${index % 1000}`) },
    ],
    [
      'a track of 100,000 places',
      listOf({ type: 'array', prefixItems: [{ type: 'number', minimum: -90, maximum: 90 }, { type: 'number' }],
        minItems: 2, maxItems: 2 }),
      { a: numbers(100_000).map((index) => [index % 90, index % 180]) },
    ],
    ['200 unique tags', { type: 'array', uniqueItems: true, maxItems: 200 },
      numbers(200).map((index) => ({ tag: `t${index}` }))],
  ])('%s', async (_name, schema, payload) => {
    expect((await outcomeOf(schema, payload)).failure).toBeUndefined();
  }); // prettier-ignore

  test.each<[unknown, unknown, string]>([
    [{ type: 'string', maxLength: 3 }, '🐎🐎🐎🐎', 'maxLength: must NOT have more than 3 characters'],
    [{ type: 'string', minLength: 3 }, '🐎🐎', 'minLength: must NOT have fewer than 3 characters'],
    [{ type: 'object', maxProperties: 1 }, { a: 1, b: 1 }, 'maxProperties: must NOT have more than 1 properties'],
    [{ type: 'object', minProperties: 1 }, {}, 'minProperties: must NOT have fewer than 1 properties'],
    [{ type: 'array', uniqueItems: true, maxItems: 9 }, [{ a: 1, b: 2 }, { b: 2, a: 1 }],
      'uniqueItems: must NOT have duplicate items'],
    [{ const: { a: [1, { b: null }] } }, { a: [1, { b: 0 }] }, 'const: must be equal to constant'],
    [{ enum: [1, 'a', { a: 1 }] }, { a: 1, b: 1 }, 'enum: must be equal to one of the allowed values'],
  ])('%j refuses %j and says why', async (schema, payload, detail) => {
    expect((await outcomeOf(schema, payload)).failure).toEqual({ pointer: '', detail });
  }); // prettier-ignore

  test.each<[unknown, unknown]>([
    [{ type: 'string', maxLength: 3, minLength: 3 }, '🐎🐎🐎'],
    [{ type: 'array', uniqueItems: true, maxItems: 9 }, [1, '1', [1], { a: 1 }, { a: '1' }, null, true]],
    [{ type: 'array', uniqueItems: false }, [1, 1]],
    [{ const: { a: [1, { b: null }] } }, { a: [1, { b: null }] }],
    [{ enum: [1, 'a', { a: 1 }, null] }, { a: 1 }],
    [{ enum: [0] }, -0],
  ])('%j takes %j', async (schema, payload) => {
    expect((await outcomeOf(schema, payload)).failure).toBeUndefined();
  });
});
