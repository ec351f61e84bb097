import { assert, constantFrom, property, record, shuffledSubarray, uniqueArray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventQuery, Filter, SortKey } from '@datakeep/contracts';
import { candidateOf, covers, mergeCandidates, type Candidate } from './candidates.ts';
import { nameOf } from './index-name.ts';
import { shapeOf } from './shape.ts';

const fields = ['payload.a', 'payload.b', 'payload.c', 'payload.d', 'payload.e', 'metadata.createdDate'];
const kinds = Object.fromEntries(fields.map((field) => [field, 'number' as const]));
const sqlite = { arrays: false, sortedIn: false, negation: false };
const newest: SortKey = { field: 'metadata.createdDate', direction: 'descending' };

function query(
  equality: readonly string[],
  sort: readonly SortKey[],
  ranges: readonly string[],
  over: Partial<EventQuery> = {},
): EventQuery {
  const children: Filter[] = [
    ...equality.map((field): Filter => ({ node: 'eq', field, value: 1 })),
    ...ranges.map((field): Filter => ({ node: 'gt', field, value: 1 })),
  ];
  return { profile: 'p', filter: { node: 'and', children }, sort, limit: 10, kinds, arrays: [], timeoutMs: 1, ...over };
}

const facts = { distinct: (field: string) => fields.indexOf(field), selectiveRange: false };
const make = (asked: EventQuery, over = {}): Candidate | undefined =>
  candidateOf(shapeOf(asked, sqlite), { ...facts, ...over });
const keysOf = (candidate: Candidate | undefined): string[] =>
  candidate?.definition.keys.map(({ field }) => field) ?? [];

/**
 * An independent copy of the key order: equality by selectivity, sort, ranges; or ranges before the sort; at most four
 * keys.
 */
function oracle(
  equality: readonly string[],
  sort: readonly SortKey[],
  ranges: readonly string[],
  selective: boolean,
): string[] {
  const e = equality.toSorted((a, b) => facts.distinct(b) - facts.distinct(a));
  const s = sort.map(({ field }) => field).filter((field) => !e.includes(field));
  const r = ranges.filter((field) => !e.includes(field)).toSorted();
  const fits = e.length + s.length <= 4;
  const order = selective && r.length > 0 ? [...e, ...r, ...s] : fits ? [...e, ...s, ...r] : [...e, ...r];
  return [...new Set(order)].slice(0, 4);
}

describe('the index for a shape', () => {
  test('A-8: of 200 random shapes, each has its keys in the order of the rule', () => {
    const some = (most: number) => shuffledSubarray(fields, { maxLength: most });
    const sort = uniqueArray(
      record({ field: constantFrom(...fields), direction: constantFrom('ascending' as const, 'descending' as const) }),
      {
        selector: ({ field }) => field,
        minLength: 1,
        maxLength: 3,
      },
    );
    assert(
      property(some(4), sort, some(2), constantFrom(true, false), (equality, keys, ranges, selectiveRange) => {
        expect(keysOf(make(query(equality, keys, ranges), { selectiveRange }))).toEqual(
          oracle(equality, keys, ranges, selectiveRange),
        );
      }),
      { numRuns: 200, seed: 6 },
    );
  });

  test('a sort and its reverse are served by one index, with `id` behind the sort', () => {
    const down = make(query(['payload.a'], [{ field: 'payload.b', direction: 'ascending' }, newest], []));
    const up = make(
      query(
        ['payload.a'],
        [
          { field: 'payload.b', direction: 'descending' },
          { ...newest, direction: 'ascending' },
        ],
        [],
      ),
    );
    expect(down?.definition).toEqual(up?.definition);
    expect(down?.definition).toMatchObject({
      idAfter: 3,
      keys: [{}, { direction: 'descending' }, { direction: 'ascending' }],
    });
  });

  test.each<[string, EventQuery]>([
    [
      'an or',
      query([], [newest], [], { filter: { node: 'or', children: [{ node: 'eq', field: 'payload.a', value: 1 }] } }),
    ],
    ['a field that meets arrays', query(['payload.a'], [newest], [], { arrays: ['payload.a'] })],
    ['a field of no one kind', query(['payload.a'], [newest], [], { kinds: { 'payload.a': 'any' } })],
    [
      'a field that is not to be',
      query([], [newest], [], { filter: { node: 'not', child: { node: 'eq', field: 'payload.a', value: 1 } } }),
    ],
    ['null', query([], [newest], [], { filter: { node: 'eq', field: 'payload.a', value: null } })],
    ['a substring', query([], [newest], [], { filter: { node: 'contains', field: 'payload.a', value: 'x' } })],
  ])('%s makes no key', (_, asked) => {
    expect(keysOf(make(asked))).toEqual(['metadata.createdDate']);
  });

  test('the shape holds no value, and its name depends on nothing but what the index is', () => {
    const [a, b] = [
      query(['payload.a'], [newest], []),
      query(['payload.a'], [newest], [], { limit: 500, timeoutMs: 9 }),
    ];
    expect(shapeOf(a, sqlite).key).toBe('p\nequal: payload.a; sort: metadata.createdDate descending');
    expect(make(a)?.definition.name).toBe(make(b)?.definition.name);
    expect(nameOf({ profile: 'p', keys: [], idAfter: null })).toMatch(/^auto_[0-9a-f]{24}$/);
  });

  test('one that is the beginning of another is merged into it, and so is one without a sort', () => {
    const sorted = make(query(['payload.a'], [newest], []));
    const ranged = make(query(['payload.a'], [newest], ['payload.b']));
    const unsorted = make(query(['payload.a'], [newest], ['payload.c']), { selectiveRange: true });
    if (!sorted || !ranged || !unsorted) throw new Error('no candidate');
    expect(covers(ranged.definition, sorted.definition)).toBe(true);
    const merged = mergeCandidates([sorted, unsorted, ranged]);
    expect(merged.map(({ definition }) => definition.name)).toEqual([ranged.definition.name]);
    expect(merged[0]?.shapes).toHaveLength(3);
  });
});
