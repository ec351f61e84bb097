import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, openEventService, type EventServiceFixture } from './event-service.fixture.ts';

// The tables of docs/query-language.md, asked through the event service of a real storage.
let fixture: EventServiceFixture;
let profileNumber = 0;
beforeAll(async () => {
  fixture = await openEventService();
});
afterAll(() => fixture.close());

interface Found {
  readonly id: string;
  readonly metadata: { readonly identifier: string };
}

/** Stores the payloads under a new profile and returns the indexes of those that match. */
async function found(payloads: readonly object[], filter: object, sort?: object[]): Promise<readonly Found[]> {
  const profile = `p${++profileNumber}`;
  fixture.profiles.add(profile, {
    type: 'object',
    properties: { text: { type: 'string' }, at: { type: 'integer' }, flag: { type: 'boolean' } },
  });
  const events = payloads.map((payload, at) => ({
    metadata: { profile, identifier: String(at).padStart(3, '0') },
    payload,
  }));
  await fixture.events.ingest(admin, JSON.stringify({ events }));
  const { json } = await fixture.events.query(
    admin,
    JSON.stringify({ profile, filter, sort: sort ?? [{ field: 'metadata.identifier' }], limit: 1000 }),
  );
  return (JSON.parse(json.join('')) as { items: Found[] }).items;
}

const matching = async (...asked: Parameters<typeof found>): Promise<number[]> =>
  (await found(...asked)).map(({ metadata }) => Number(metadata.identifier));

describe('absent and null', () => {
  const payloads = [{ note: 'x' }, { note: null }, {}];

  it.each<[object, number[]]>([
    [{ 'payload.note': null }, [1]],
    [{ 'payload.note': { ne: null } }, [0, 2]],
    [{ 'payload.note': { exists: true } }, [0, 1]],
    [{ 'payload.note': { exists: false } }, [2]],
    [{ 'payload.note': { ne: 'x' } }, [1, 2]],
    [{ 'payload.note': { in: ['x', null] } }, [0, 1]],
    [{ 'payload.note': { nin: ['x', null] } }, [2]],
    [{ 'payload.note': { lt: 'z' } }, [0]],
    [{ not: { 'payload.note': { lt: 'z' } } }, [1, 2]],
    [{ or: [{ 'payload.note': null }, { 'payload.note': { exists: false } }] }, [1, 2]],
    [{ 'metadata.identifier': { exists: false } }, []],
    [{ 'metadata.createdDate': null }, []],
    [{ 'metadata.createdDate': { ne: null } }, [0, 1, 2]],
  ])('%j', async (filter, expected) => {
    expect(await matching(payloads, filter)).toEqual(expected);
  });
});

describe('arrays', () => {
  it.each<[object, object, boolean]>([
    [{ tags: ['a', 'b'] }, { 'payload.tags': 'b' }, true],
    [{ tags: ['a', 'b'] }, { 'payload.tags': { ne: 'b' } }, false],
    [{ n: [1, 9] }, { 'payload.n': { gt: 5, lt: 3 } }, true],
    [{ stops: [{ city: 'Brno' }, { city: 'Ostrava' }] }, { 'payload.stops.city': { prefix: 'O' } }, true],
    [{ stops: [7, 'x', null, { city: 'Ostrava' }] }, { 'payload.stops.city': 'Ostrava' }, true],
    [{ tags: [] }, { 'payload.tags': { exists: true } }, true],
    [{ tags: [] }, { 'payload.tags': { ne: 'a' } }, true],
    [{ tags: [] }, { 'payload.tags': null }, false],
    [{ tags: [null] }, { 'payload.tags': null }, true],
    [{ stops: [] }, { 'payload.stops.city': { exists: false } }, true],
    [{ stops: [{}, { city: null }] }, { 'payload.stops.city': { exists: true } }, true],
    [{ m: [[1]] }, { 'payload.m': 1 }, false],
    [{ m: [[{ a: 1 }]] }, { 'payload.m.a': 1 }, false],
    [{ m: ['x'] }, { 'payload.m.0': 'x' }, false],
    [{ m: { 0: 'x' } }, { 'payload.m.0': 'x' }, true],
    [{ m: '{"a":1}' }, { 'payload.m.a': 1 }, false],
  ])('%j, %j: %s', async (payload, filter, matches) => {
    expect(await matching([payload], filter)).toEqual(matches ? [0] : []);
  });
});

describe('types', () => {
  const payloads = [{ v: 5 }, { v: '5' }, { v: true }, { v: 1 }, { v: false }, { v: 0 }, { v: 1.5 }, { v: {} }];

  it.each<[object, number[]]>([
    [{ 'payload.v': 5 }, [0]],
    [{ 'payload.v': '5' }, [1]],
    [{ 'payload.v': true }, [2]],
    [{ 'payload.v': 1 }, [3]],
    [{ 'payload.v': { in: [false, 0] } }, [4, 5]],
    [{ 'payload.v': { gte: 1 } }, [0, 3, 6]],
    [{ 'payload.v': { gte: '' } }, [1]],
    [{ 'payload.v': { contains: '' } }, [1]],
    [{ 'payload.v': { prefix: '5' } }, [1]],
    [{ 'metadata.version': '1' }, []],
    [{ 'metadata.version': { lte: 1 }, 'metadata.profile': { prefix: 'p' } }, [0, 1, 2, 3, 4, 5, 6, 7]],
  ])('never meet: %j', async (filter, expected) => {
    expect(await matching(payloads, filter)).toEqual(expected);
  });

  it('of strings compare by code point, in filters and in sorts', async () => {
    const texts = ['a', 'Z', '\u{1f600}', '\ufffd', 'é', '', 'aa'].map((text) => ({ text }));
    expect(await matching(texts, {}, [{ field: 'payload.text' }])).toEqual([5, 1, 0, 6, 4, 3, 2]);
    expect(await matching(texts, { 'payload.text': { gt: '\ufffd' } })).toEqual([2]);
    expect(await matching(texts, { 'payload.text': { lt: 'a' } })).toEqual([1, 5]);
  });

  it('of dates compare as instants', async () => {
    expect(await matching([{}], { 'metadata.createdDate': '2026-01-01T01:00:00+01:00' })).toEqual([0]);
    expect(
      await matching([{}], {
        'metadata.createdDate': { gt: '2025-12-31T23:59:59.999Z', lt: '2026-01-01T00:00:00.001Z' },
      }),
    ).toEqual([0]);
  });
});

describe('the order', () => {
  it('puts absent first when ascending and last when descending, and false before true', async () => {
    const flags = [{ flag: true }, {}, { flag: false }];
    expect(await matching(flags, {}, [{ field: 'payload.flag' }])).toEqual([1, 2, 0]);
    expect(await matching(flags, {}, [{ field: 'payload.flag', direction: 'descending' }])).toEqual([0, 2, 1]);
  });

  it("breaks ties by id in the last key's direction", async () => {
    const ties = [{ at: 1 }, { at: 1 }, { at: 0 }, { at: 1 }];
    const idsOf = async (...sort: object[]): Promise<string[]> => {
      const [first, ...others] = await found(ties, {}, sort);
      expect(first!.metadata.identifier).toBe('002');
      return others.map(({ id }) => id);
    };
    const ascending = await idsOf({ field: 'payload.at' });
    expect(ascending).toEqual(ascending.toSorted());
    const descending = await idsOf({ field: 'payload.at' }, { field: 'metadata.version', direction: 'descending' });
    expect(descending).toEqual(descending.toSorted().toReversed());
  });
});

describe('names in a path', () => {
  const names = [
    'a"b',
    "a'b",
    'a\\b',
    'a]b',
    'a[0]',
    '#-1',
    'é/ü',
    '\u{1f600}',
    'a`b',
    '*',
    '"',
    ' ',
    '0',
    '__x',
    'constructor',
    'a:b',
    '@a',
    'a\\u0062',
    "'; DROP TABLE events; --",
  ];

  it.each(names)('may be %j', async (name) => {
    const payloads = [{ [name]: 1 }, { [name]: 2 }, { deep: [{ [name]: 1 }] }, {}];
    expect(await matching(payloads, { [`payload.${name}`]: 1 })).toEqual([0]);
    expect(await matching(payloads, { [`payload.${name}`]: { exists: true } })).toEqual([0, 1]);
    expect(await matching(payloads, { [`payload.deep.${name}`]: { ne: 1 } })).toEqual([0, 1, 3]);
  });
});
