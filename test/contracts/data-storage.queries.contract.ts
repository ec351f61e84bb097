import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DataStorage, Filter, Scalar, SortKey } from '@datakeep/contracts';
import {
  anEvent,
  aQuery,
  code,
  identified,
  namesOf,
  newestFirst,
  source,
  type Harness,
  type Place,
} from './data-storage.fixture.ts';

const operators = ['eq', 'lt', 'lte', 'gt', 'gte', 'prefix', 'contains'] as const;

function leaf(node: (typeof operators)[number], field: string, value: Scalar): Filter {
  return { node, field, value };
}
const not = (child: Filter): Filter => ({ node: 'not', child });
const ascending = (field: string): SortKey => ({ field, direction: 'ascending' });
const descending = (field: string): SortKey => ({ field, direction: 'descending' });
/** Forty names: longer than any form of path that an engine writes out. */
const deepField = `payload.${Array.from({ length: 40 }, (_, n) => `step${n}`).join('.')}`;
const deep = (value: unknown): unknown =>
  deepField
    .split('.')
    .slice(1)
    .reduceRight((inner, name) => ({ [name]: [inner] }), value);

/**
 * Payloads by name; filters run over all of them, and each in a plain and in a may-meet-arrays form where the field
 * allows it.
 */
const payloads: Record<string, Record<string, unknown>> = {
  absent: {},
  null: { v: null },
  zero: { v: 0 },
  one: { v: 1 },
  half: { v: 0.5 },
  big: { v: 2 ** 60 },
  huge: { v: 1e21 },
  true: { v: true },
  false: { v: false },
  empty: { v: '' },
  a: { v: 'a' },
  ab: { v: 'ab' },
  text1: { v: '1' },
  textTrue: { v: 'true' },
  percent: { v: 'a%_b' },
  upper: { v: 'AB' },
  nul: { v: 'a\u0000b' },
  private: { v: '\uE000' },
  replacement: { v: '\uFFFD' },
  astral: { v: '😀' },
  object: { v: { w: 1 } },
};
const arrays: Record<string, Record<string, unknown>> = {
  emptyArray: { list: [] },
  numbers: { list: [1, 2] },
  mixed: { list: [1, 'a', null, true] },
  nested: { list: [[1, 'a']] },
  objects: { list: [{ w: 1 }, { w: [2, 3] }, 'a', { other: 1 }] },
  scalar: { list: 2 },
  holder: { list: { w: 3 } },
  jsonText: { list: ['{"w":1}'] },
};

/** The law of `query`, operator by operator. */
export function queriesLaw(harness: Harness): void {
  describe(`${harness.engine} answers queries by the law`, () => {
    let place: Place;
    let storage: DataStorage;
    beforeAll(async () => {
      place = await harness.place();
      storage = await place.open();
      const all = Object.entries({ ...payloads, ...arrays });
      await storage.append(all.map(([name, payload]) => anEvent({ ...payload, name }, { profile: 'filters' })));
      const odd = {
        'two words': 1,
        "q'uote": 2,
        'd"ouble': 3,
        'back\\slash': 4,
        '0': 5,
        '[0]': 6,
        'é😀': 7,
        SELECT: 8,
        'a-b': 9,
      };
      await storage.append([
        anEvent({ name: 'odd', ...odd }, { profile: 'odd' }),
        anEvent({ name: 'none' }, { profile: 'odd' }),
      ]);
      await storage.append([
        anEvent({ name: 'deep', ...(deep('x') as object) }, { profile: 'deep' }),
        anEvent({ name: 'shallow' }, { profile: 'deep' }),
      ]);
    });
    afterAll(async () => {
      await storage.close();
      await place.discard();
    });

    const found = async (filter: Filter): Promise<unknown[]> => {
      const asArray = await namesOf(storage, { profile: 'filters', filter, sort: [ascending('metadata.createdDate')] });
      const inverse = await namesOf(storage, {
        profile: 'filters',
        filter: not(filter),
        sort: [ascending('metadata.createdDate')],
      });
      expect(new Set([...asArray, ...inverse]).size, 'a filter and its complement hold every event once').toBe(
        asArray.length + inverse.length,
      );
      expect(asArray.length + inverse.length).toBe(Object.keys({ ...payloads, ...arrays }).length);
      return asArray;
    };
    /** The same with the plain form, as for a field that the schema types and that meets no array. */
    const foundPlain = (filter: Filter): Promise<unknown[]> =>
      namesOf(storage, { profile: 'filters', filter, arrays: [], sort: [ascending('metadata.createdDate')] });
    const both = async (filter: Filter): Promise<unknown[]> => {
      const names = await found(filter);
      expect(await foundPlain(filter), 'both forms find the same').toEqual(names);
      return names;
    };

    test('eq compares within a type', async () => {
      expect(await both(leaf('eq', 'payload.v', 1))).toEqual(['one']);
      expect(await both(leaf('eq', 'payload.v', '1'))).toEqual(['text1']);
      expect(await both(leaf('eq', 'payload.v', true))).toEqual(['true']);
      expect(await both(leaf('eq', 'payload.v', false))).toEqual(['false']);
      expect(await both(leaf('eq', 'payload.v', 0))).toEqual(['zero']);
      expect(await both(leaf('eq', 'payload.v', 'true'))).toEqual(['textTrue']);
      expect(await both(leaf('eq', 'payload.v', '{"w":1}'))).toEqual([]);
    });

    test('eq null finds an explicit null and not an absent member', async () => {
      expect(await both(leaf('eq', 'payload.v', null))).toEqual(['null']);
    });

    test('numbers compare as doubles, also beyond 2^53', async () => {
      expect(await both(leaf('eq', 'payload.v', 2 ** 60))).toEqual(['big']);
      expect(await both(leaf('gt', 'payload.v', 0.5))).toEqual(['one', 'big', 'huge']);
      expect(await both(leaf('gte', 'payload.v', 2 ** 60))).toEqual(['big', 'huge']);
      expect(await both(leaf('lt', 'payload.v', 2 ** 60))).toEqual(['zero', 'one', 'half']);
      expect(await both(leaf('lte', 'payload.v', 0))).toEqual(['zero']);
      expect(await both({ node: 'in', field: 'payload.v', values: [2 ** 60, 1e21, 0.5] })).toEqual([
        'half',
        'big',
        'huge',
      ]);
    });

    test('strings compare by code point', async () => {
      expect(await both(leaf('gt', 'payload.v', '\uD7FF'))).toEqual(['private', 'replacement', 'astral']);
      expect(await both(leaf('gt', 'payload.v', '\uFFFD'))).toEqual(['astral']);
      expect(await both(leaf('lt', 'payload.v', 'a'))).toEqual(['empty', 'text1', 'upper']);
      expect(await both(leaf('lte', 'payload.v', 'a'))).toEqual(['empty', 'a', 'text1', 'upper']);
    });

    test('booleans and null have no order', async () => {
      for (const node of ['lt', 'lte', 'gt', 'gte'] as const)
        for (const value of [true, false, null]) expect(await both(leaf(node, 'payload.v', value))).toEqual([]);
    });

    test('prefix and contains are exact on strings and find nothing elsewhere', async () => {
      expect(await both(leaf('prefix', 'payload.v', 'a'))).toEqual(['a', 'ab', 'percent', 'nul']);
      expect(await both(leaf('prefix', 'payload.v', 'a\u0000'))).toEqual(['nul']);
      expect(await both(leaf('prefix', 'payload.v', '😀'))).toEqual(['astral']);
      expect(await both(leaf('contains', 'payload.v', 'b'))).toEqual(['ab', 'percent', 'nul']);
      expect(await both(leaf('contains', 'payload.v', '%_'))).toEqual(['percent']);
      expect(await both(leaf('contains', 'payload.v', '\u0000'))).toEqual(['nul']);
      const strings = Object.keys(payloads).filter((name) => typeof payloads[name]?.['v'] === 'string');
      expect(await both(leaf('prefix', 'payload.v', ''))).toEqual(strings);
      expect(await both(leaf('contains', 'payload.v', ''))).toEqual(strings);
      expect(await both(leaf('contains', 'payload.v', 1))).toEqual([]);
    });

    test('in takes values of every type, and an empty list finds nothing', async () => {
      expect(await both({ node: 'in', field: 'payload.v', values: [1, 'ab', null, false] })).toEqual([
        'null',
        'one',
        'false',
        'ab',
      ]);
      expect(await both({ node: 'in', field: 'payload.v', values: [] })).toEqual([]);
      const many = Array.from({ length: 200 }, (_, n) => n + 1);
      expect(await both({ node: 'in', field: 'payload.v', values: many })).toEqual(['one']);
    });

    test('exists holds for every value that is there, null and empty lists included', async () => {
      expect(await both({ node: 'exists', field: 'payload.v' })).toEqual(
        Object.keys(payloads).filter((name) => name !== 'absent'),
      );
      expect(await found({ node: 'exists', field: 'payload.list' })).toEqual(Object.keys(arrays));
      expect(await found({ node: 'exists', field: 'payload.list.w' })).toEqual(['objects', 'holder']);
    });

    test('where the path meets an array any element will do, one level for each step', async () => {
      expect(await found(leaf('eq', 'payload.list', 1))).toEqual(['numbers', 'mixed']);
      expect(await found(leaf('eq', 'payload.list', 2))).toEqual(['numbers', 'scalar']);
      expect(await found(leaf('eq', 'payload.list', null))).toEqual(['mixed']);
      expect(await found(leaf('eq', 'payload.list', 'a'))).toEqual(['mixed', 'objects']);
      expect(await found(leaf('eq', 'payload.list.w', 1))).toEqual(['objects']);
      expect(await found(leaf('gt', 'payload.list.w', 1))).toEqual(['objects', 'holder']);
      expect(await found(leaf('eq', 'payload.list.0', 1))).toEqual([]);
      expect(
        await found({ node: 'and', children: [leaf('eq', 'payload.list.w', 1), leaf('eq', 'payload.list.w', 3)] }),
      ).toEqual(['objects']);
    });

    test('and, or and not combine; an empty and holds, an empty or does not', async () => {
      const one = leaf('eq', 'payload.v', 1);
      const half = leaf('eq', 'payload.v', 0.5);
      expect(await both({ node: 'or', children: [one, half] })).toEqual(['one', 'half']);
      expect(await both({ node: 'and', children: [leaf('gt', 'payload.v', 0), leaf('lt', 'payload.v', 1)] })).toEqual([
        'half',
      ]);
      expect(await both(not(not(one)))).toEqual(['one']);
      expect(await found({ node: 'and', children: [] })).toHaveLength(Object.keys({ ...payloads, ...arrays }).length);
      expect(await both({ node: 'or', children: [] })).toEqual([]);
    });

    test('names that look like something else are only names', async () => {
      const names = {
        'two words': 1,
        "q'uote": 2,
        'd"ouble': 3,
        'back\\slash': 4,
        '0': 5,
        '[0]': 6,
        'é😀': 7,
        SELECT: 8,
        'a-b': 9,
      };
      for (const [name, value] of Object.entries(names)) {
        for (const arrayFields of [[], [`payload.${name}`]]) {
          const filter = leaf('eq', `payload.${name}`, value);
          expect(await namesOf(storage, { profile: 'odd', filter, arrays: arrayFields }), name).toEqual(['odd']);
        }
        expect(
          await namesOf(storage, {
            profile: 'odd',
            sort: [descending(`payload.${name}`)],
            kinds: { [`payload.${name}`]: 'number' },
          }),
        ).toEqual(['odd', 'none']);
      }
    });

    test('forty steps with an array at each are walked', async () => {
      expect(await namesOf(storage, { profile: 'deep', filter: leaf('eq', deepField, 'x') })).toEqual(['deep']);
      expect(await namesOf(storage, { profile: 'deep', filter: not({ node: 'exists', field: deepField }) })).toEqual([
        'shallow',
      ]);
    });

    test('the largest legal filter is answered', async () => {
      const field = `payload.${'x'.repeat(1000)}`;
      const children = Array.from({ length: 49 }, (_, n): Filter => ({
        node: 'in',
        field: `${field}${n}`,
        values: Array.from({ length: 200 }, (__, value) => `${'v'.repeat(20)}${value}`),
      }));
      const sort = ['a', 'b', 'c', 'd'].map((name) => ascending(`payload.${name.repeat(1000)}`));
      const kinds = Object.fromEntries(sort.map((key) => [key.field, 'string' as const]));
      expect(
        await namesOf(storage, { profile: 'filters', filter: { node: 'or', children }, sort, kinds, count: true }),
      ).toEqual([]);
      const nested = (depth: number): Filter =>
        depth === 0
          ? leaf('eq', 'payload.list.w', 1)
          : {
              node: 'and',
              children: [
                not({ node: 'or', children: Array.from({ length: 5 }, () => leaf('prefix', 'payload.list.w', 'q')) }),
                nested(depth - 1),
              ],
            };
      expect(await namesOf(storage, { profile: 'filters', filter: nested(5) })).toEqual(['objects']);
      const after = { values: ['v', 'v', 'v', 'v'], id: 'f'.repeat(24) };
      expect(
        await namesOf(storage, { profile: 'filters', filter: { node: 'or', children }, sort, kinds, after }),
      ).toEqual([]);
    });

    test('metadata is compared: text, instants in ms, the version', async () => {
      const event = identified('meta', { name: 'meta' }, { profile: 'metadata', createdAt: 5000, acceptedAt: 6000 });
      await storage.append([
        event,
        anEvent({ name: 'other' }, { profile: 'metadata', source: '9'.repeat(24), createdAt: 5001, acceptedAt: 6001 }),
      ]);
      await storage.replace(event.id, '{"name":"meta"}', 1, 'admin');
      const named = (filter: Filter): Promise<unknown[]> => namesOf(storage, { profile: 'metadata', filter });
      expect(await named(leaf('eq', 'metadata.identifier', 'meta'))).toEqual(['meta']);
      expect(await named(not({ node: 'exists', field: 'metadata.identifier' }))).toEqual(['other']);
      expect(await named(leaf('eq', 'metadata.identifier', null))).toEqual([]);
      expect(await named(leaf('eq', 'metadata.source', source))).toEqual(['meta']);
      expect(await named(not(leaf('eq', 'metadata.source', 'nobody')))).toEqual(['other', 'meta']);
      expect(await named(leaf('prefix', 'metadata.source', '9'))).toEqual(['other']);
      expect(await named({ node: 'in', field: 'metadata.source', values: [source, 'nobody', 1] })).toEqual(['meta']);
      expect(await named(leaf('prefix', 'metadata.profile', 'meta'))).toHaveLength(2);
      expect(await named(leaf('eq', 'metadata.profile', 'x'))).toEqual([]);
      expect(await named(leaf('lt', 'metadata.createdDate', 5001))).toEqual(['meta']);
      expect(await named(leaf('gte', 'metadata.acceptedDate', 6001))).toEqual(['other']);
      expect(await named(leaf('eq', 'metadata.version', 2))).toEqual(['meta']);
      expect(await named(leaf('eq', 'metadata.version', '2'))).toEqual([]);
      expect(await named(leaf('eq', 'metadata.modifiedBy', 'admin'))).toEqual(['meta']);
      expect(await named(not({ node: 'exists', field: 'metadata.modifiedBy' }))).toEqual(['other']);
      for (const direction of ['ascending', 'descending'] as const) {
        const sort = [{ field: 'metadata.modifiedBy', direction }];
        const all = ['other', 'meta'];
        if (direction === 'descending') all.reverse();
        expect(await namesOf(storage, { profile: 'metadata', sort })).toEqual(all);
        const { next } = await storage.query(aQuery({ profile: 'metadata', sort, limit: 1 }));
        expect(await namesOf(storage, { profile: 'metadata', sort, after: next! })).toEqual(all.slice(1));
      }
    });

    test('an unknown profile has no events', async () => {
      expect(await storage.query(aQuery({ profile: 'nothing', count: true }))).toEqual({
        itemsJson: '[]',
        length: 0,
        next: null,
        count: 0,
      });
    });

    test('count tells how many match in all, whatever the page', async () => {
      const filter: Filter = { node: 'exists', field: 'payload.list' };
      const page = await storage.query(aQuery({ profile: 'filters', filter, limit: 2, count: true }));
      expect(page).toMatchObject({ length: 2, count: 8 });
      const next = await storage.query(
        aQuery({ profile: 'filters', filter, limit: 2, count: true, ...(page.next ? { after: page.next } : {}) }),
      );
      expect(next.count).toBe(8);
      expect((await storage.query(aQuery({ profile: 'filters', limit: 1 }))).count).toBeUndefined();
    });

    test('the newest come first where the query sorts by creation', async () => {
      expect(await namesOf(storage, { profile: 'filters', sort: newestFirst, limit: 2 })).toEqual([
        'jsonText',
        'holder',
      ]);
    });

    if (!harness.real) return;

    test('a query over its budget is refused, and the next is answered', async () => {
      for (let batch = 0; batch < 20; batch++)
        await storage.append(
          Array.from({ length: 1000 }, (_, n) => anEvent({ list: [n, n + 1, n + 2] }, { profile: 'slow' })),
        );
      const children = Array.from({ length: 20 }, (_, n) => leaf('eq', `payload.list.x${n}`, n));
      const slow = aQuery({ profile: 'slow', filter: { node: 'or', children }, timeoutMs: 1 });
      await expect(storage.query(slow)).rejects.toMatchObject(code('query-timeout'));
      expect((await storage.query(aQuery({ profile: 'slow', limit: 3 }))).length).toBe(3);
      expect((await storage.query({ ...slow, timeoutMs: 60_000 })).length).toBe(0);
    });
  });
}
