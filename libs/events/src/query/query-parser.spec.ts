import { DatakeepError } from '@datakeep/kernel';
import type { CompiledProfile } from '@datakeep/contracts';
import { describe, expect, it } from 'vitest';
import { parseQuery, resolveQuery } from './query-parser.ts';

const filterOf = (filter: unknown) => parseQuery({ profile: 'walk', filter }).filter;

function placesOf(body: unknown): string[] {
  try {
    parseQuery(body);
  } catch (error) {
    if (error instanceof DatakeepError && error.status === 422)
      return error.errors.map(({ pointer, code }) => `${pointer} ${code}`);
    throw error;
  }
  return [];
}

const filterPlaces = (filter: unknown): string[] => placesOf({ profile: 'walk', filter });
const nestedNot = (levels: number): unknown => (levels === 1 ? { 'payload.a': 1 } : { not: nestedNot(levels - 1) });

describe('a query', () => {
  it('needs only its profile: 50 events, newest first, whole', () => {
    expect(parseQuery({ profile: 'walk' })).toEqual({
      profile: 'walk',
      sort: [{ field: 'metadata.createdDate', direction: 'descending' }],
      limit: 50,
      named: ['metadata.createdDate'],
    });
  });

  it('reads the example of the contract', () => {
    const query = parseQuery({
      profile: 'walk',
      filter: {
        'payload.activity': 'walking',
        'metadata.createdDate': { gte: '2026-01-01T01:00:00.000+01:00' },
        or: [{ 'payload.accuracy': { lt: 20 } }, { 'payload.note': { exists: false } }],
      },
      sort: [{ field: 'metadata.createdDate', direction: 'descending' }],
      fields: ['payload.latitude'],
      limit: 100,
      cursor: null,
    });
    expect(query).toEqual({
      profile: 'walk',
      filter: {
        node: 'and',
        children: [
          { node: 'eq', field: 'payload.activity', value: 'walking' },
          { node: 'gte', field: 'metadata.createdDate', value: Date.parse('2026-01-01T00:00:00.000Z') },
          {
            node: 'or',
            children: [
              { node: 'lt', field: 'payload.accuracy', value: 20 },
              { node: 'not', child: { node: 'exists', field: 'payload.note' } },
            ],
          },
        ],
      },
      sort: [{ field: 'metadata.createdDate', direction: 'descending' }],
      fields: ['payload.latitude'],
      limit: 100,
      named: ['payload.activity', 'metadata.createdDate', 'payload.accuracy', 'payload.note'],
    });
  });

  it.each([
    [[], ' type'],
    [null, ' type'],
    ['walk', ' type'],
    [{}, '/profile required'],
    [{ profile: 1 }, '/profile type'],
    [{ profile: '' }, '/profile range'],
    [{ profile: 'walk', where: {} }, '/where unknown-member'],
    [{ profile: 'walk', $where: '1' }, '/$where unknown-member'],
    [{ profile: 'walk', filter: null }, '/filter type'],
    [{ profile: 'walk', filter: [] }, '/filter type'],
    [{ profile: 'walk', limit: 0 }, '/limit range'],
    [{ profile: 'walk', limit: 1001 }, '/limit range'],
    [{ profile: 'walk', limit: 1.5 }, '/limit range'],
    [{ profile: 'walk', limit: '10' }, '/limit type'],
    [{ profile: 'walk', limit: null }, '/limit type'],
    [{ profile: 'walk', cursor: 7 }, '/cursor type'],
    [{ profile: 'walk', sort: 'payload.a' }, '/sort type'],
    [{ profile: 'walk', sort: ['payload.a'] }, '/sort/0 type'],
    [{ profile: 'walk', sort: [{ direction: 'ascending' }] }, '/sort/0/field required'],
    [{ profile: 'walk', sort: [{ field: 1 }] }, '/sort/0/field type'],
    [{ profile: 'walk', sort: [{ field: 'payload.a', direction: 'up' }] }, '/sort/0/direction enum'],
    [{ profile: 'walk', sort: [{ field: 'payload.a', order: 1 }] }, '/sort/0/order unknown-member'],
    [{ profile: 'walk', sort: [{ field: 'a' }] }, '/sort/0/field field'],
    [{ profile: 'walk', sort: [{ field: 'payload.a' }, { field: 'payload.a' }] }, '/sort/1/field sort'],
    [
      { profile: 'walk', sort: Array.from({ length: 5 }, (_, at) => ({ field: `payload.k${at}` })) },
      '/sort too-complex',
    ],
    [{ profile: 'walk', fields: 'payload.a' }, '/fields type'],
    [{ profile: 'walk', fields: [1] }, '/fields/0 type'],
    [{ profile: 'walk', fields: ['payload.a', 'metadata.source'] }, '/fields/1 field'],
    [{ profile: 'walk', fields: ['payload'] }, '/fields/0 field'],
    [{ profile: 'walk', fields: [`payload.${'a'.repeat(1024)}`] }, '/fields/0 field'],
    [{ profile: 'walk', fields: Array.from({ length: 101 }, () => 'payload.a') }, '/fields too-complex'],
  ])('is refused: %j', (body, place) => {
    expect(placesOf(body)).toEqual([place]);
  });

  it('names every place that is wrong, at most twenty', () => {
    expect(placesOf({ limit: 0, filter: { x: 1, 'payload.a': { like: 1 } } })).toEqual([
      '/profile required',
      '/filter/x field',
      '/filter/payload.a/like operator',
      '/limit range',
    ]);
    expect(placesOf({ profile: 'walk', fields: Array.from({ length: 90 }, () => 'a') })).toHaveLength(20);
  });

  it('sorts ascending where no direction is given, and takes an empty sort for none', () => {
    expect(parseQuery({ profile: 'walk', sort: [{ field: 'payload.a' }] }).sort).toEqual([
      { field: 'payload.a', direction: 'ascending' },
    ]);
    expect(parseQuery({ profile: 'walk', sort: [] }).sort).toEqual([
      { field: 'metadata.createdDate', direction: 'descending' },
    ]);
  });

  it('chooses a member once, and whole where it is chosen whole', () => {
    expect(
      parseQuery({ profile: 'walk', fields: ['payload.a.b', 'payload.a', 'payload.ab', 'payload.a', 'payload.c.d'] })
        .fields,
    ).toEqual(['payload.a', 'payload.ab', 'payload.c.d']);
  });
});

describe('a filter', () => {
  it('without members matches everything', () => {
    expect(filterOf({})).toBeUndefined();
    expect(filterOf({ or: [{}, { 'payload.a': 1 }] })).toEqual({
      node: 'or',
      children: [
        { node: 'and', children: [] },
        { node: 'eq', field: 'payload.a', value: 1 },
      ],
    });
  });

  it.each([
    [{ 'payload.a': null }, { node: 'eq', field: 'payload.a', value: null }],
    [{ 'payload.a': { eq: true } }, { node: 'eq', field: 'payload.a', value: true }],
    [{ 'payload.a': { ne: 'x' } }, { node: 'not', child: { node: 'eq', field: 'payload.a', value: 'x' } }],
    [{ 'payload.a': { lt: 1 } }, { node: 'lt', field: 'payload.a', value: 1 }],
    [{ 'payload.a': { lte: 'b' } }, { node: 'lte', field: 'payload.a', value: 'b' }],
    [{ 'payload.a': { gt: -0.5 } }, { node: 'gt', field: 'payload.a', value: -0.5 }],
    [{ 'payload.a': { gte: 1 } }, { node: 'gte', field: 'payload.a', value: 1 }],
    [{ 'payload.a': { in: [1, 'x', null, false] } }, { node: 'in', field: 'payload.a', values: [1, 'x', null, false] }],
    [{ 'payload.a': { in: [] } }, { node: 'in', field: 'payload.a', values: [] }],
    [{ 'payload.a': { nin: [1] } }, { node: 'not', child: { node: 'in', field: 'payload.a', values: [1] } }],
    [{ 'payload.a': { exists: true } }, { node: 'exists', field: 'payload.a' }],
    [{ 'payload.a': { exists: false } }, { node: 'not', child: { node: 'exists', field: 'payload.a' } }],
    [{ 'payload.a': { prefix: 'x' } }, { node: 'prefix', field: 'payload.a', value: 'x' }],
    [{ 'payload.a': { contains: '' } }, { node: 'contains', field: 'payload.a', value: '' }],
    [{ 'payload.a.b.c': 1 }, { node: 'eq', field: 'payload.a.b.c', value: 1 }],
    [{ "payload.Miles per 'Gallon'": 1 }, { node: 'eq', field: "payload.Miles per 'Gallon'", value: 1 }],
    [{ 'payload.0': 1 }, { node: 'eq', field: 'payload.0', value: 1 }],
    [{ 'payload.and': 1 }, { node: 'eq', field: 'payload.and', value: 1 }],
    [{ 'metadata.createdDate': null }, { node: 'eq', field: 'metadata.createdDate', value: null }],
    [{ 'metadata.acceptedDate': { exists: true } }, { node: 'exists', field: 'metadata.acceptedDate' }],
    [
      { 'metadata.createdDate': { in: ['1970-01-01T00:00:01Z'] } },
      { node: 'in', field: 'metadata.createdDate', values: [1000] },
    ],
    [{ 'metadata.version': { gt: 1 } }, { node: 'gt', field: 'metadata.version', value: 1 }],
    [{ 'metadata.identifier': { prefix: 'f-' } }, { node: 'prefix', field: 'metadata.identifier', value: 'f-' }],
    [{ not: { 'payload.a': 1 } }, { node: 'not', child: { node: 'eq', field: 'payload.a', value: 1 } }],
    [{ and: [{ 'payload.a': 1 }] }, { node: 'and', children: [{ node: 'eq', field: 'payload.a', value: 1 }] }],
  ])('%j', (filter, expected) => {
    expect(filterOf(filter)).toEqual(expected);
  });

  it('joins several operators of a field, and several members, by and', () => {
    expect(filterOf({ 'payload.a': { gt: 1, lt: 5 }, 'payload.b': 1 })).toEqual({
      node: 'and',
      children: [
        { node: 'gt', field: 'payload.a', value: 1 },
        { node: 'lt', field: 'payload.a', value: 5 },
        { node: 'eq', field: 'payload.b', value: 1 },
      ],
    });
  });

  it.each([
    [{ $where: 'sleep(1)' }, '/filter/$where operator'],
    [{ $or: [] }, '/filter/$or operator'],
    [{ $expr: {} }, '/filter/$expr operator'],
    [{ eq: 1 }, '/filter/eq operator'],
    [{ activity: 1 }, '/filter/activity field'],
    [{ payload: {} }, '/filter/payload field'],
    [{ 'payload.': 1 }, '/filter/payload. field'],
    [{ 'payload.a..b': 1 }, '/filter/payload.a..b field'],
    [{ 'payload.$a': 1 }, '/filter/payload.$a field'],
    [{ 'payload.a.$ne': 1 }, '/filter/payload.a.$ne field'],
    [{ 'payload.a\u0000b': 1 }, '/filter/payload.a\u0000b field'],
    [{ 'payload.a/b': { $ne: 1 } }, '/filter/payload.a~1b/$ne operator'],
    [{ 'payload.a': { regex: '.*' } }, '/filter/payload.a/regex operator'],
    [{ 'payload.a': { not: { eq: 1 } } }, '/filter/payload.a/not operator'],
    [{ 'payload.a': {} }, '/filter/payload.a operator-value'],
    [{ 'payload.a': [1] }, '/filter/payload.a operator-value'],
    [{ 'payload.a': { eq: { b: 1 } } }, '/filter/payload.a/eq operator-value'],
    [{ 'payload.a': { ne: [1] } }, '/filter/payload.a/ne operator-value'],
    [{ 'payload.a': { lt: true } }, '/filter/payload.a/lt operator-value'],
    [{ 'payload.a': { gte: null } }, '/filter/payload.a/gte operator-value'],
    [{ 'payload.a': { gt: {} } }, '/filter/payload.a/gt operator-value'],
    [{ 'payload.a': { in: 1 } }, '/filter/payload.a/in operator-value'],
    [{ 'payload.a': { in: [1, [2]] } }, '/filter/payload.a/in/1 operator-value'],
    [{ 'payload.a': { nin: [{}] } }, '/filter/payload.a/nin/0 operator-value'],
    [{ 'payload.a': { exists: 1 } }, '/filter/payload.a/exists operator-value'],
    [{ 'payload.a': { prefix: 1 } }, '/filter/payload.a/prefix operator-value'],
    [{ 'payload.a': { contains: null } }, '/filter/payload.a/contains operator-value'],
    [{ 'metadata.id': 1 }, '/filter/metadata.id field'],
    [{ 'metadata.toString': 1 }, '/filter/metadata.toString field'],
    [{ 'metadata.createdDate': 1 }, '/filter/metadata.createdDate operator-value'],
    [{ 'metadata.createdDate': { eq: true } }, '/filter/metadata.createdDate/eq operator-value'],
    [{ 'metadata.createdDate': { lt: '2026-01-01' } }, '/filter/metadata.createdDate/lt date'],
    [{ 'metadata.createdDate': { in: ['2026-02-30T00:00:00Z'] } }, '/filter/metadata.createdDate/in/0 date'],
    [{ 'metadata.acceptedDate': { prefix: '2026' } }, '/filter/metadata.acceptedDate/prefix operator-value'],
    [{ and: {} }, '/filter/and type'],
    [{ or: [] }, '/filter/or range'],
    [{ or: [1] }, '/filter/or/0 type'],
    [{ not: [] }, '/filter/not type'],
    [{ not: null }, '/filter/not type'],
  ])('is refused: %j', (filter, place) => {
    expect(filterPlaces(filter)).toEqual([place]);
  });

  it('is at most 5 deep', () => {
    expect(filterPlaces(nestedNot(5))).toEqual([]);
    expect(filterPlaces(nestedNot(6))).toEqual(['/filter/not/not/not/not/not too-complex']);
  });

  it('has at most 50 nodes: comparisons and combiners', () => {
    const comparisons = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`payload.k${at}`, at]));
    expect(filterPlaces(comparisons(50))).toEqual([]);
    expect(filterPlaces(comparisons(51))).toEqual(['/filter/payload.k50 too-complex']);
    expect(filterPlaces({ or: [comparisons(48), { 'payload.x': { ne: 1 } }] })).toEqual([]);
    expect(filterPlaces({ or: [comparisons(48), { 'payload.x': { gt: 1, lt: 5 } }] })).toEqual([
      '/filter/or/1/payload.x/lt too-complex',
    ]);
    expect(filterPlaces({ or: Array.from({ length: 100_000 }, () => ({})) })).toEqual(['/filter/or too-complex']);
  });

  it('takes at most 200 values and strings of 1 KiB in UTF-8', () => {
    const values = (count: number) => Array.from({ length: count }, (_, at) => at);
    expect(filterPlaces({ 'payload.a': { in: values(200) } })).toEqual([]);
    expect(filterPlaces({ 'payload.a': { nin: values(201) } })).toEqual(['/filter/payload.a/nin too-complex']);
    expect(filterPlaces({ 'payload.a': 'é'.repeat(512) })).toEqual([]);
    expect(filterPlaces({ 'payload.a': 'é'.repeat(513) })).toEqual(['/filter/payload.a too-complex']);
    expect(filterPlaces({ 'payload.a': { in: ['x', 'x'.repeat(1025)] } })).toEqual([
      '/filter/payload.a/in/1 too-complex',
    ]);
    expect(filterPlaces({ [`payload.${Array.from({ length: 65 }, () => 'a').join('.')}`]: 1 })).toHaveLength(1);
  });
});

describe('what the schema decides of a query', () => {
  const profile = {
    name: 'walk',
    schema: true,
    validate: () => undefined,
    fieldKind: ([name]: readonly string[]) =>
      name === 'steps'
        ? { kind: 'number', arrays: false }
        : name === 'tags'
          ? { kind: 'string', arrays: true }
          : { kind: 'any', arrays: true },
  } satisfies CompiledProfile;

  it('is the kind of every field named, and which of them may meet arrays', () => {
    const query = parseQuery({
      profile: 'walk',
      filter: { 'payload.steps': 1, 'payload.tags': 'x', 'payload.other': 1, 'metadata.version': 1 },
      sort: [{ field: 'metadata.identifier' }, { field: 'payload.steps', direction: 'descending' }],
    });
    expect(resolveQuery(query, profile)).toEqual({
      kinds: {
        'payload.steps': 'number',
        'payload.tags': 'string',
        'payload.other': 'any',
        'metadata.version': 'number',
        'metadata.identifier': 'string',
      },
      arrays: ['payload.tags', 'payload.other'],
    });
  });

  it.each(['payload.tags', 'payload.other'])('refuses to sort by %s, which has no one scalar type', (field) => {
    const query = parseQuery({ profile: 'walk', sort: [{ field: 'payload.steps' }, { field }] });
    expect(() => resolveQuery(query, profile)).toThrow(
      expect.objectContaining({
        code: 'invalid',
        errors: [expect.objectContaining({ pointer: '/sort/1/field', code: 'sort' })],
      }),
    );
  });
});
