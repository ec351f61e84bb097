import { performance } from 'node:perf_hooks';

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { knownApp as appId, openRegistry } from '../testing/registry-bench.ts';
import { refusalOfPattern, safePattern } from './safe-pattern.ts';
import { reDosPatterns } from './redos-patterns.fixture.ts';
import { beginPayload, ValidationBudgetExceeded } from './validation-budget.ts';

let registry: ReturnType<typeof openRegistry>;
let count = 0;

beforeAll(() => {
  registry = openRegistry();
});
afterAll(() => registry[Symbol.asyncDispose]());

const register = (schema: unknown): Promise<{ readonly created: boolean }> =>
  registry.profiles.register(`limit/${(count += 1)}`, schema, appId);

const refusal = async (schema: unknown): Promise<{ readonly pointer: string; readonly detail: string }> => {
  const error: unknown = await register(schema).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ status: 422, errors: [{ code: 'schema-refused' }] });
  return (error as { readonly errors: readonly [{ readonly pointer: string; readonly detail: string }] }).errors[0];
};

const nested = (depth: number): unknown => {
  let schema: unknown = { type: 'string' };
  for (let level = 1; level < depth; level += 1) schema = { type: 'object', properties: { a: schema } };
  return schema;
};
const properties = (number: number): object =>
  Object.fromEntries(Array.from({ length: number }, (_, index) => [`p${index}`, { type: 'string' }]));
const bomb = (combiner: string, levels: number): object => ({
  $ref: '#/$defs/l0',
  $defs: Object.fromEntries([
    ...Array.from({ length: levels }, (_, level) => [
      `l${level}`,
      { [combiner]: [{ $ref: `#/$defs/l${level + 1}` }, { $ref: `#/$defs/l${level + 1}` }] },
    ]),
    [`l${levels}`, { type: 'string' }],
  ]),
});

describe('schema bombs are refused in the calling thread, naming the limit', () => {
  test.each<[string, unknown, string]>([
    ['nested 10,000 deep', nested(10_000), 'levels'],
    ['nested 33 deep', nested(33), '32 levels'],
    ['5,000 properties', { type: 'object', properties: properties(5000) }, 'larger than 64 KiB'],
    ['501 properties', { type: 'object', properties: properties(501) }, 'more than 500'],
    [
      '1,001 schemas',
      { type: 'object', properties: properties(500), $defs: { more: { type: 'object', properties: properties(499) } } },
      'more than 1000 schemas',
    ],
    [
      'an enum of 1 MB',
      { enum: Array.from({ length: 100_000 }, (_, index) => `value ${index}`) },
      'larger than 64 KiB',
    ],
    ['22 levels of anyOf with two $refs', bomb('anyOf', 22), 'multiply to more than 256'],
    ['22 levels of oneOf with two $refs', bomb('oneOf', 22), 'multiply to more than 256'],
    ['22 levels of allOf with two $refs', bomb('allOf', 22), 'written out'],
    [
      '10 levels of allOf with two $refs, for each element of an array',
      { ...bomb('allOf', 10), type: 'array', items: { $ref: '#/$defs/l0' } },
      'apply to one value',
    ],
    [
      'a $ref to a large schema from many properties',
      {
        type: 'object',
        properties: Object.fromEntries(Object.keys(properties(100)).map((name) => [name, { $ref: '#/$defs/x' }])),
        $defs: { x: { type: 'object', properties: properties(200) } },
      },
      'more than 10000 schemas',
    ],
    ['a $ref to itself', { $ref: '#' }, 'cycle'],
    [
      'a cycle of two $refs',
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { allOf: [{ $ref: '#/$defs/a' }] } } },
      'cycle',
    ],
    ['a cycle in an array without maxItems', { type: 'array', items: { $ref: '#' } }, 'maxItems'],
    [
      'a cycle in an object without maxProperties',
      { type: 'object', additionalProperties: { $ref: '#' } },
      'maxProperties',
    ],
    [
      'a cycle with two ways back',
      { type: 'object', anyOf: [{ properties: { a: { $ref: '#' } } }, { properties: { a: { $ref: '#' } } }] },
      'one way only',
    ],
    ['a remote $ref', { $ref: 'https://example.org/schema.json' }, 'JSON Pointer within'],
    ['a file as $ref', { $ref: 'file:///etc/passwd' }, 'JSON Pointer within'],
    ['a $ref to nothing', { $ref: '#/$defs/none' }, 'points at no schema'],
    ['a $ref into an enum', { $ref: '#/enum/0', enum: [{ $async: true }] }, 'points at no schema'],
    ['$data', { type: 'object', properties: { a: { type: 'number', maximum: { $data: '1/b' } } } }, '$data'],
    ['$data in const', { type: 'object', properties: { a: { const: { $data: '1/b' } } } }, '$data'],
    ['$async, which would let everything pass', { $async: true, type: 'object' }, 'no keyword'],
    ['$dynamicRef', { $dynamicRef: '#a' }, 'no keyword'],
    ['a misspelt keyword', { type: 'object', propertys: {} }, 'no keyword'],
    [
      'an $id below the root',
      { type: 'object', properties: { a: { $id: 'x', type: 'string' } } },
      'only stand at the root',
    ],
    ['another dialect', { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object' }, 'dialects'],
    ['uniqueItems without maxItems', { type: 'array', uniqueItems: true }, 'maxItems'],
    ['uniqueItems with maxItems 201', { type: 'array', uniqueItems: true, maxItems: 201 }, 'maxItems'],
    ['a format out of the list', { type: 'string', format: 'url' }, 'A format is one of'],
    ['look-ahead', { type: 'string', pattern: '(?=a)b' }, 'RE2'],
    [
      'a back-reference in patternProperties',
      { type: 'object', patternProperties: { '(a)\\1': { type: 'string' } } },
      'RE2',
    ],
    [
      'a pattern that is too large once compiled',
      { type: 'string', pattern: '([a-z]{1,999}[0-9]){1,1}x{900}y{900}' },
      'RE2 instructions',
    ],
    ['a list', [], 'object or a boolean'],
    ['null', null, 'object or a boolean'],
    ['properties that are a list', { type: 'object', properties: [] }, 'object of schemas'],
  ])('%s', async (_name, schema, detail) => {
    const print = vi.spyOn(process.stderr, 'write');
    const began = performance.now();
    const place = await refusal(schema);
    // Generous beside the 100 ms of C-16, so that a busy machine passes; starting the trial thread alone would take
    // longer.
    expect(performance.now() - began).toBeLessThan(3000);
    expect(place.detail).toContain(detail);
    expect(place.pointer).toMatch(/^\/schema/);
    expect(print).not.toHaveBeenCalled();
    print.mockRestore();
  });

  test('a refusal names the place in the schema', async () => {
    expect(
      await refusal({ type: 'object', properties: { 'a/b': { type: 'string', pattern: '(?=a)' } } }),
    ).toMatchObject({
      pointer: '/schema/properties/a~1b/pattern',
    });
  });
});

describe('what only compiling can tell is refused without a word on stderr', () => {
  test.each<[string, unknown, string]>([
    ['a keyword of the wrong type', { type: 'object', required: 'a' }, 'is not a 2020-12 schema'],
    ['an unknown type', { type: 'text' }, 'is not a 2020-12 schema'],
    ['a keyword without its type', { properties: { a: { type: 'string' } } }, 'strict mode'],
  ])('%s', async (_name, schema, detail) => {
    const [toStderr, toStdout, toConsole] = [
      vi.spyOn(process.stderr, 'write'),
      vi.spyOn(process.stdout, 'write'),
      vi.spyOn(console, 'error'),
    ];
    expect((await refusal(schema)).detail).toContain(detail);
    for (const print of [toStderr, toStdout, toConsole]) {
      expect(print).not.toHaveBeenCalled();
      print.mockRestore();
    }
  });

  test('a schema whose validation is slow on generated documents', async () => {
    const dear = (index: number): object => ({
      type: 'string',
      pattern: `([ab]{1,30}[a1 ]{1,20}){1,15}[^a-z]{${index}}z?$`,
    });
    const schema = {
      type: 'object',
      properties: Object.fromEntries(
        Array.from({ length: 20 }, (_, index) => [`p${index}`, { anyOf: [dear(index), { type: 'string' }] }]),
      ),
    };
    expect((await refusal(schema)).detail).toMatch(/5 ms|a second/);
  });

  test('and the next schema is tried as if nothing had been', async () => {
    await expect(register({ type: 'object', properties: { a: { type: 'string' } } })).resolves.toMatchObject({
      created: true,
    });
  });
});

describe('legal schemas', () => {
  test.each<[string, unknown]>([
    ['annotations and unions of types', {
      title: 'A walk', description: 'x', $comment: 'x', 'x-unit': 'm', examples: [{ a: 1 }], deprecated: false,
      type: 'object', properties: { a: { type: ['string', 'null'], default: null, readOnly: true },
        b: { type: ['number', 'string'] } },
    }],
    ['draft-07 with definitions, tuples and dependencies', {
      $schema: 'http://json-schema.org/draft-07/schema#', $id: 'https://example.org/walk', type: 'object',
      definitions: {
        point: { type: 'array', items: [{ type: 'number' }, { type: 'number' }], additionalItems: false },
      },
      properties: { at: { $ref: '#/definitions/point' }, b: { type: 'string' } },
      dependencies: { at: ['b'], b: { required: ['at'] } },
    }],
    ['2020-12 with tuples, conditions and unevaluated members', {
      $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object',
      properties: { kind: { enum: ['a', 'b'] },
        at: { type: 'array', prefixItems: [{ type: 'number' }, { type: 'number' }] } },
      required: ['kind', 'elsewhere'], if: { properties: { kind: { const: 'a' } } }, else: { required: ['at'] },
      unevaluatedProperties: false,
    }],
    ['a tree of bounded arrays', { type: 'object',
      properties: { children: { type: 'array', maxItems: 100, items: { $ref: '#' } } } }],
    ['a linked list that may end in null', {
      $ref: '#/$defs/list', $defs: { list: { type: 'object', properties: {
        next: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/list' }] } } } },
    }],
    ['a binary tree', { type: 'object', properties: { left: { $ref: '#' }, right: { $ref: '#' } } }],
    ['eight levels of anyOf with two $refs', bomb('anyOf', 8)],
    ['32 levels', nested(32)],
    ['500 properties', { type: 'object', properties: properties(500) }],
    ['uniqueItems with maxItems 200', { type: 'array', uniqueItems: true, maxItems: 200 }],
    ['every format', {
      type: 'object',
      properties: Object.fromEntries([
        'date', 'time', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uri-reference', 'uuid',
        'json-pointer',
      ].map((format) => [format, { type: 'string', format }])),
    }],
    ['true', true],
  ])('%s', async (_name, schema) => {
    await expect(register(schema)).resolves.toMatchObject({ created: true });
  }); // prettier-ignore
});

describe('profile names', () => {
  test.each(['calendar.example/event', 'urn:walk', 'a', 'x'.repeat(200), 'with space', 'a~!'])(
    '%s is legal',
    async (name) => {
      await expect(registry.profiles.register(name, true, appId)).resolves.toBeDefined();
      expect(await registry.profiles.get(name)).toMatchObject({ name });
    },
  );

  test.each([
    '',
    '/a',
    'a/',
    'a\u0000b',
    'a\nb',
    '\u007f',
    '\ud800',
    'x'.repeat(201),
    ' a',
    '漢字',
    'wal\u200bk',
    'wаlk',
    'walk\u202e',
    'é',
  ])('%j is not', async (name) => {
    await expect(registry.profiles.register(name, true, appId)).rejects.toMatchObject({
      status: 422,
      errors: [{ pointer: '/name' }],
    });
  });
});

/** As in a payload: a text beyond the budget is refused. */
function matchOrRefuse(pattern: string, text: string): boolean {
  beginPayload();
  try {
    return safePattern(pattern).test(text);
  } catch (error) {
    if (error instanceof ValidationBudgetExceeded) return false;
    throw error;
  }
}

describe('patterns that make a backtracking engine hang', () => {
  test('are refused, or match in linear time', async () => {
    expect(reDosPatterns.length).toBeGreaterThanOrEqual(100);
    let accepted = 0;
    const slow: string[] = [];
    for (const pattern of reDosPatterns) {
      if (refusalOfPattern(pattern) !== undefined) continue;
      accepted += 1;
      for (const text of [
        `${'a'.repeat(10_000)}!`,
        `${'a1'.repeat(5000)}!`,
        `${' '.repeat(10_000)}x`,
        `a@${'a.'.repeat(5000)}!`,
      ]) {
        const { user } = process.cpuUsage();
        matchOrRefuse(pattern, text);
        if (process.cpuUsage().user - user > 1_000_000) slow.push(pattern);
      }
    }
    expect(slow).toEqual([]);
    expect(accepted).toBeGreaterThan(60);
  });

  test('in a schema, on a payload made to hurt, validation answers at once', async () => {
    const { profiles } = registry;
    await profiles.register(
      'redos',
      { type: 'object', properties: { a: { type: 'string', pattern: '^(([a-z])+.)+[A-Z]([a-z])+$' } } },
      appId,
    );
    const profile = (await profiles.find('redos'))!;
    expect(profile.validate({ a: 'a'.repeat(100_000) })).toEqual({
      pointer: '/a',
      detail: 'pattern: must match the pattern',
    });
  });

  test('and strings beyond the budget of a match are refused, not matched', async () => {
    const { profiles } = registry;
    await profiles.register(
      'long',
      { type: 'object', properties: { a: { type: 'string', pattern: '^[ab]*a[ab]{900}c' } } },
      appId,
    );
    const profile = (await profiles.find('long'))!;
    expect(profile.validate({ a: 'ab'.repeat(20_000) })).toMatchObject({ detail: expect.stringContaining('too long') });
    expect(profile.validate({ a: `a${'ab'.repeat(450)}c` })).toBeUndefined();
  });

  test('and many strings that are each within the budget are not all matched', async () => {
    const { profiles } = registry;
    const schema = {
      type: 'object',
      properties: {
        a: {
          type: 'array',
          items: { anyOf: [{ type: 'string', pattern: '[abc]*a[ab]{200}[cd]' }, { type: 'string' }] },
        },
      },
    };
    await profiles.register('many', schema, appId);
    const profile = (await profiles.find('many'))!;
    const hostile = Array.from(
      { length: 9000 },
      (_, turn) =>
        `cd${Array.from({ length: 200 }, (_each, index) =>
          (turn * 7919 + index * index * 31) % 13 < 6 ? 'a' : 'b',
        ).join('')}cd`,
    );
    const { user } = process.cpuUsage();
    profile.validate({ a: hostile });
    expect((process.cpuUsage().user - user) / 1000).toBeLessThan(3000);
    // The account starts anew with each payload.
    expect(profile.validate({ a: hostile.slice(0, 3) })).toBeUndefined();
  });
});
