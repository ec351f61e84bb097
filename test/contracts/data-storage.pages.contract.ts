import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DataStorage, SortKey } from '@datakeep/contracts';
import { anEvent, aQuery, itemsOf, namesOf, type Harness, type Place } from './data-storage.fixture.ts';

const ascending = (field: string): SortKey => ({ field, direction: 'ascending' });
const descending = (field: string): SortKey => ({ field, direction: 'descending' });

/** The law of `query`: order, pages and chosen members. */
export function pagesLaw(harness: Harness): void {
  describe(`${harness.engine} sorts, pages and chooses by the law`, () => {
    let place: Place;
    let storage: DataStorage;
    beforeAll(async () => {
      place = await harness.place();
      storage = await place.open();
    });
    afterAll(async () => {
      await storage.close();
      await place.discard();
    });

    test('absent and null are equal and first ascending; false before true; the id breaks ties last', async () => {
      const values = [true, null, false, undefined, true, null];
      const events = values.map((flag) => anEvent(flag === undefined ? {} : { flag }, { profile: 'ties' }));
      await storage.append(events.toReversed());
      const ids = events.map((event) => event.id);
      const order = async (key: SortKey): Promise<number[]> =>
        (await itemsOf(storage, { profile: 'ties', sort: [key], kinds: { 'payload.flag': 'boolean' } })).map((item) =>
          ids.indexOf(item.id),
        );
      expect(await order(ascending('payload.flag'))).toEqual([1, 3, 5, 2, 0, 4]);
      expect(await order(descending('payload.flag'))).toEqual([4, 0, 2, 5, 3, 1]);
    });

    test('strings sort by code point, where UTF-16 would put an astral character before U+E000', async () => {
      const texts = ['😀', '\uE000', 'z', '\uFFFD', 'a', '', 'a\u0000', 'é'];
      await storage.append(texts.map((name) => anEvent({ name }, { profile: 'unicode' })));
      const sorted = await namesOf(storage, {
        profile: 'unicode',
        sort: [ascending('payload.name')],
        kinds: { 'payload.name': 'string' },
      });
      expect(sorted).toEqual(['', 'a', 'a\u0000', 'z', 'é', '\uE000', '\uFFFD', '😀']);
    });

    test('pages in mixed directions hold every event once, nulls and ties included', async () => {
      const events = Array.from({ length: 60 }, (_, n) =>
        anEvent(
          { n, ...(n % 4 === 0 ? {} : { group: n % 5 === 0 ? null : n % 3 }), ok: n % 2 === 0 },
          { profile: 'mixed', createdAt: n % 7 },
        ),
      );
      await storage.append(events);
      const kinds = { 'payload.group': 'number', 'payload.ok': 'boolean' } as const;
      const sort = [descending('payload.group'), ascending('payload.ok'), descending('metadata.createdDate')];
      const whole = await itemsOf(storage, { profile: 'mixed', sort, kinds });
      for (const limit of [1, 7, 59, 60]) {
        const paged: unknown[] = [];
        let page = await storage.query(aQuery({ profile: 'mixed', sort, kinds, limit }));
        paged.push(...(JSON.parse(page.itemsJson) as unknown[]));
        while (page.next) {
          page = await storage.query(aQuery({ profile: 'mixed', sort, kinds, limit, after: page.next }));
          expect(page.length).toBeLessThanOrEqual(limit);
          paged.push(...(JSON.parse(page.itemsJson) as unknown[]));
        }
        expect(paged).toEqual(whole);
      }
      expect(whole).toHaveLength(60);
    });

    test('a position holds absent as null, dates in ms and booleans as such', async () => {
      await storage.append([
        anEvent({ ok: true }, { profile: 'place', createdAt: 7 }),
        anEvent({ ok: true }, { profile: 'place', createdAt: 8 }),
      ]);
      const sort = [ascending('payload.ok'), ascending('payload.gone'), ascending('metadata.createdDate')];
      const page = await storage.query(
        aQuery({ profile: 'place', sort, kinds: { 'payload.ok': 'boolean', 'payload.gone': 'string' }, limit: 1 }),
      );
      expect(page.next?.values).toEqual([true, null, 7]);
    });

    test('paging while events come and go neither repeats nor skips one that stays', async () => {
      const stay = Array.from({ length: 40 }, (_, n) =>
        anEvent({ name: `stay ${n}` }, { profile: 'moving', createdAt: n * 10 }),
      );
      const go = Array.from({ length: 40 }, (_, n) =>
        anEvent({ name: `go ${n}` }, { profile: 'moving', createdAt: n * 10 + 5 }),
      );
      await storage.append([...stay, ...go]);
      const seen: unknown[] = [];
      let page = await storage.query(aQuery({ profile: 'moving', limit: 7 }));
      for (let round = 0; ; round++) {
        seen.push(...(JSON.parse(page.itemsJson) as { payload: { name: string } }[]).map((item) => item.payload.name));
        if (!page.next) break;
        const leaving = go.splice(-5);
        await Promise.all(leaving.map((event) => storage.remove(event.id)));
        await storage.append([
          anEvent({ name: 'new' }, { profile: 'moving', createdAt: round * 40 + 1 }),
          anEvent({ name: 'new' }, { profile: 'moving', createdAt: 400 - round * 40 }),
        ]);
        page = await storage.query(aQuery({ profile: 'moving', limit: 7, after: page.next }));
      }
      expect(seen.filter((name) => String(name).startsWith('stay'))).toEqual(stay.map((_, n) => `stay ${39 - n}`));
    });

    test('fields chooses members: nested, through arrays, and nothing that is not there', async () => {
      const payload = {
        a: { b: 1, c: 2, d: { e: {} } },
        list: [{ b: 1, c: 2 }, 5, [{ b: 1 }], {}, { c: 3 }],
        none: [],
        text: 'x',
        n: null,
        keep: { all: [1], empty: {} },
      };
      await storage.append([anEvent(payload, { profile: 'projection' })]);
      const chosen = async (...fields: string[]): Promise<unknown> =>
        (await itemsOf(storage, { profile: 'projection', fields }))[0]?.payload;
      expect(await chosen('payload.a.b')).toEqual({ a: { b: 1 } });
      expect(await chosen('payload.list.b')).toEqual({ list: [{ b: 1 }] });
      expect(await chosen('payload.list.c', 'payload.list.b')).toEqual({ list: [{ b: 1, c: 2 }, { c: 3 }] });
      expect(await chosen('payload.list')).toEqual({ list: payload.list });
      expect(await chosen('payload.text.b', 'payload.n.b', 'payload.gone')).toEqual({});
      expect(await chosen('payload.keep', 'payload.keep.all')).toEqual({ keep: payload.keep });
      expect(await chosen('payload.a.c', 'payload.a.b', 'payload.text')).toEqual({ a: { b: 1, c: 2 }, text: 'x' });
      expect(await chosen()).toEqual({});
    });

    test('a path yields nothing where its end is absent: no empty object or array for its parents', async () => {
      const payload = {
        a: { b: 1, d: { e: {} } },
        list: [{ b: 1 }, {}, 5],
        deep: { list: [{ x: { y: 1 } }] },
        none: [],
        no: {},
        n: null,
      };
      await storage.append([anEvent(payload, { profile: 'absent' })]);
      const chosen = async (...fields: string[]): Promise<unknown> =>
        (await itemsOf(storage, { profile: 'absent', fields }))[0]?.payload;
      expect(await chosen('payload.a.gone', 'payload.n')).toEqual({ n: null });
      expect(await chosen('payload.a.d.gone', 'payload.a.b')).toEqual({ a: { b: 1 } });
      expect(await chosen('payload.list.gone')).toEqual({});
      expect(await chosen('payload.deep.list.x.gone', 'payload.deep.gone')).toEqual({});
      expect(await chosen('payload.none.b', 'payload.no.b')).toEqual({});
      // What the event has empty and is chosen itself is there.
      expect(await chosen('payload.none', 'payload.no', 'payload.a.d.e')).toEqual({
        none: [],
        no: {},
        a: { d: { e: {} } },
      });
    });
  });
}
