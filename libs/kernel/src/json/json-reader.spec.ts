import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatakeepError } from '../errors/datakeep-error.ts';
import { readJson, readJsonBatch } from './json-reader.ts';

function refusal(text: string, read: (text: string) => unknown = readJson): DatakeepError {
  try {
    read(text);
  } catch (error) {
    if (error instanceof DatakeepError) return error;
    throw error;
  }
  throw new Error('it was read');
}

function outcomeOf(text: string): string {
  try {
    readJson(text);
    return 'read';
  } catch (error) {
    return error instanceof DatakeepError ? error.code : String(error);
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const keys = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, at) => `"k${at + from}":${at}`).join(',');

describe('the JSON reader', () => {
  it('reads every JSON document as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 0, max: 3 }), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(!text.includes('__proto__') && !/\\u[dD][89a-fA-F]/.test(text) && text.isWellFormed());
        expect(readJson(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('reads every double that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(readJson(`[${JSON.stringify(number)}]`)).toEqual([JSON.parse(JSON.stringify(number))]);
      }),
      { numRuns: 5000 },
    );
  });

  it('agrees with JSON.parse on what is no JSON', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '1e5',
      '01',
      '1.',
      'true',
      'nul',
      ' ',
      '\\',
      '\n',
      '"\\u12"',
      '"\n"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const outcome = outcomeOf(text);
        expect(outcome).toBeOneOf(
          parses(text) ? ['read', 'json-duplicate-key', 'invalid'] : ['unreadable-body', 'json-duplicate-key'],
        );
      }),
      { numRuns: 5000 },
    );
  });

  it('refuses what is no JSON with the position and without a word of the body', () => {
    const error = refusal('{"password":"hunter2" x}');
    expect(error.code).toBe('unreadable-body');
    expect(error.message).toBe('The body is not JSON (at character 22).');
    expect(refusal('').code).toBe('unreadable-body');
    expect(refusal('[1e400').code).toBe('unreadable-body');
  });

  it('reads 64 levels and refuses 65, also a hundred thousand, naming the place', () => {
    expect(readJson(nested(64))).toHaveLength(1);
    const error = refusal(`{"a":${nested(64)}}`);
    expect(error).toMatchObject({
      code: 'json-too-deep',
      status: 400,
      errors: [{ pointer: `/a${'/0'.repeat(63)}`, code: 'too-complex' }],
    });
    expect(refusal('['.repeat(100_000)).code).toBe('json-too-deep');
    expect(refusal('{"a":'.repeat(100_000)).code).toBe('json-too-deep');
  });

  it('reads 10,000 keys and refuses one more', () => {
    expect(Object.keys(readJson(`{${keys(10_000)}}`) as object)).toHaveLength(10_000);
    expect(refusal(`[{${keys(5000)}},{${keys(5001)}}]`)).toMatchObject({
      code: 'json-too-many-keys',
      status: 400,
      errors: [{ pointer: '/1/k5000' }],
    });
  });

  it.each([
    ['{"a":1,"a":1}', '/a'],
    ['{"b":[{"x":{"a":1,"c":2,"a":3}}]}', '/b/0/x/a'],
    ['{"a":1,"\\u0061":1}', '/a'],
    ['{"\\u0061":1,"a":1}', '/a'],
    ['{"":1,"":2}', '/'],
    ['{"a/b~":1,"a/b~":2}', '/a~1b~0'],
    [`{${keys(64)},"k63":1}`, '/k63'],
    [`{${keys(65)},"k64":1}`, '/k64'],
    [`{${keys(9999)},"k0":1}`, '/k0'],
    [`{${keys(9999)},"\\u006b9998":1}`, '/k9998'],
  ])('refuses a member named twice: %.40s', (text, pointer) => {
    expect(refusal(text)).toMatchObject({
      code: 'json-duplicate-key',
      status: 400,
      errors: [{ pointer, code: 'duplicate-key' }],
    });
  });

  it('does not take the same member name in different objects for a duplicate', () => {
    const item = '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}';
    const text = `[${item},{${keys(100)}},{${keys(100)}},{"a":{${keys(70)}},"b":{${keys(70)}}}]`;
    expect(readJson(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"__proto__":{"admin":true}}', '/__proto__'],
    ['{"a":[{"\\u005f_proto__":1}]}', '/a/0/__proto__'],
  ])('refuses %s', (text, pointer) => {
    expect(refusal(text)).toMatchObject({
      code: 'json-forbidden-key',
      status: 400,
      errors: [{ pointer, code: 'forbidden-key' }],
    });
  });

  it.each([
    '{"constructor":1}',
    '{"constructor":{"prototype":{"admin":true}}}',
    '{"constructor":{"a":1,"proto\\u0074ype":1}}',
    '{"prototype":{"constructor":{}}}',
    '{"constructor":{"a":{"prototype":1}}}',
    '{"constructor":1,"b":{"prototype":1}}',
  ])('reads %s, which is harmless', (text) => {
    expect(readJson(text)).toEqual(JSON.parse(text));
  });

  it.each([
    '9007199254740993',
    '-9007199254740993',
    '9007199254740993.0',
    '9007199254740993.000000000000000000',
    '9.007199254740993e15',
    '90071992547409930e-1',
    '12345678901234567890',
    '1e400',
    '-1e400',
    '1e99999999999999999999999',
    `${'9'.repeat(400)}.5`,
    '1e-400',
    `0.${'0'.repeat(400)}1`,
  ])('refuses the number %.40s, which a double would change', (number) => {
    expect(refusal(`{"a":[0,${number}]}`)).toMatchObject({
      code: 'invalid',
      status: 422,
      errors: [{ pointer: '/a/1', code: 'inexact-number' }],
    });
  });

  it.each([
    '0',
    '-0',
    '0e99999',
    '0.000e-9999',
    '9007199254740992',
    '9007199254740994',
    '1152921504606846976',
    '1152921504606847000',
    '1e22',
    '1e23',
    '1.7976931348623157e308',
    '5e-324',
    '0.1',
    '0.10000000000000000000000000000000000000000',
    '37.774912300000012345',
    '1.50000000000000000000000',
    '100000000000000000000',
    '1.0e2',
  ])('reads the number %.40s', (number) => {
    expect(readJson(`[${number}]`)).toEqual([Number(number)]);
  });

  it('reads a number of ten million digits once, and refuses it', () => {
    expect(refusal(`[${'7'.repeat(10_000_000)}]`).errors).toMatchObject([{ pointer: '/0', code: 'inexact-number' }]);
    expect(refusal(`[1${'0'.repeat(10_000_000)}1]`).errors).toMatchObject([{ pointer: '/0', code: 'inexact-number' }]);
  });

  it.each([
    ['["\\ud800"]', '/0'],
    ['["\\udc00"]', '/0'],
    ['["a\\uD83Db\\uDE00"]', '/0'],
    ['["\\ud83d\\ud83d\\ude00"]', '/0'],
    ['["\\ud83d\\\\ude00"]', '/0'],
    ['["\ud800"]', '/0'],
    ['{"a":"\udc00"}', '/a'],
    ['{"a":{"\\ud800":1}}', '/a'],
    ['{"\ud800":1}', ''],
  ])('refuses half a surrogate pair in %j', (text, pointer) => {
    expect(refusal(text)).toMatchObject({
      code: 'invalid',
      status: 422,
      errors: [{ pointer, code: 'lone-surrogate' }],
    });
  });

  it.each([
    '["\\ud83d\\ude00"]',
    '["\u{1f600}"]',
    '{"\\ud83d\\ude00":"\\\\ud800"}',
    '["\\u0000a\\u0000"]',
    '["\\"\\\\\\/\\b\\f\\n\\r\\t"]',
    '["a\\\\"]',
  ])('reads the string in %s', (text) => {
    expect(readJson(text)).toEqual(JSON.parse(text));
  });

  it('refuses NUL in a member name', () => {
    expect(refusal('{"x":{"a\\u0000b":1}}')).toMatchObject({
      status: 422,
      errors: [{ pointer: '/x', code: 'format' }],
    });
  });

  it('tells twenty places at most', () => {
    expect(refusal(`[${Array.from({ length: 100 }, () => '1e999').join(',')}]`).errors).toHaveLength(20);
  });
});

describe('the reader of a batch', () => {
  it('gives every event the limits of a document of its own', () => {
    const event = `{"payload":{${keys(9000)}}}`;
    expect(readJsonBatch(`{"events":[${event},${event}]}`)).toHaveProperty('events.length', 2);
    expect(readJsonBatch(`{"events":[${nested(64)}]}`)).toBeDefined();
    expect(refusal(`{"events":[1,${nested(65)}]}`, readJsonBatch)).toMatchObject({
      code: 'json-too-deep',
      errors: [{ index: 1 }],
    });
    expect(refusal(`{"events":[{},{${keys(10_001)}}]}`, readJsonBatch)).toMatchObject({
      code: 'json-too-many-keys',
      errors: [{ index: 1, pointer: '/events/1/k10000' }],
    });
  });

  it('names the index of each event that cannot be kept exactly', () => {
    const text = '{"events":[{"payload":{"a":1e400}},{"payload":{}},{"payload":{"b":["\\ud800"]}}]}';
    expect(refusal(text, readJsonBatch).errors).toMatchObject([
      { index: 0, pointer: '/events/0/payload/a', code: 'inexact-number' },
      { index: 2, pointer: '/events/2/payload/b/0', code: 'lone-surrogate' },
    ]);
  });
});
