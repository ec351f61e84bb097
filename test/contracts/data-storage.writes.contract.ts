import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { maxEventBytes, type DataStorage, type Filter } from '@datakeep/contracts';
import {
  anEvent,
  aQuery,
  code,
  identified,
  itemsOf,
  namesOf,
  newId,
  profile,
  source,
  type Harness,
  type Place,
} from './data-storage.fixture.ts';

/** The law of what changes events: append, identifiers, versions, removal, and what is there afterwards. */
export function writesLaw(harness: Harness): void {
  describe(`${harness.engine} keeps the law of writes`, () => {
    let place: Place;
    let storage: DataStorage;
    beforeEach(async () => {
      place = await harness.place();
      storage = await place.open();
    });
    afterEach(async () => {
      await storage.close();
      await place.discard();
    });

    test('an event is read as it was stored, by id and by query', async () => {
      const added = anEvent(
        { text: 'é😀\u0000"\\', list: [1, null, { deep: true }], n: 0.1 },
        { createdAt: -1, identifier: 'a "b"', digest: 'd' },
      );
      expect(await storage.append([added])).toEqual([
        { id: added.id, acceptedAt: added.acceptedAt, status: 'created' },
      ]);
      const expected = {
        id: added.id,
        metadata: {
          identifier: 'a "b"',
          profile,
          source,
          createdDate: '1969-12-31T23:59:59.999Z',
          acceptedDate: new Date(added.acceptedAt).toISOString(),
          version: 1,
        },
        payload: JSON.parse(added.payload) as unknown,
      };
      const found = await storage.get(added.id);
      expect(found).toMatchObject({ id: added.id, profile, source, version: 1 });
      expect(JSON.parse(found?.json ?? 'null')).toEqual(expected);
      expect(await itemsOf(storage)).toEqual([expected]);
    });

    test.each([
      ['text', (bytes: number) => JSON.stringify({ name: 'large', at: 2, filling: 'é'.repeat((bytes - 40) / 2) })],
      ['short values', (bytes: number) => `{"name":"large","at":[2${',1'.repeat((bytes - 40) / 2)}]}`],
    ])('an event of 4 MiB of %s is carried, found and replaced', async (_what, payloadOf) => {
      const large = payloadOf(maxEventBytes);
      const event = { ...anEvent(), payload: large };
      await storage.append([event, anEvent({ name: 'small', at: 2 })]);
      const at = (value: number): Filter => ({ node: 'eq', field: 'payload.at', value });
      const fields = ['payload.name'];
      expect((await namesOf(storage, { filter: at(2), fields })).toSorted()).toEqual(['large', 'small']);
      expect(await namesOf(storage, { filter: { node: 'not', child: at(2) }, fields })).toEqual([]);
      const { json } = (await storage.get(event.id))!;
      expect(JSON.stringify((JSON.parse(json) as { payload: object }).payload) === large).toBe(true);
      await storage.replace(event.id, JSON.stringify({ name: 'was large', at: 3 }));
      expect(await namesOf(storage, { filter: at(3) })).toEqual(['was large']);
      await storage.replace(event.id, large);
      expect(await namesOf(storage, { filter: at(3) })).toEqual([]);
    });

    test('an event without an identifier has none when it is read', async () => {
      await storage.append([anEvent()]);
      expect((await itemsOf(storage))[0]?.metadata).not.toHaveProperty('identifier');
    });

    test('an unknown id is undefined to get, and not-found to replace and remove', async () => {
      expect(await storage.get(newId())).toBeUndefined();
      await expect(storage.replace(newId(), '{}')).rejects.toMatchObject(code('not-found'));
      await expect(storage.remove(newId())).rejects.toMatchObject(code('not-found'));
    });

    test('a list answers in its order, and an empty one answers nothing', async () => {
      const events = Array.from({ length: 250 }, (_, n) => anEvent({ n }));
      expect((await storage.append(events)).map((result) => result.id)).toEqual(events.map((event) => event.id));
      expect(await storage.append([])).toEqual([]);
      expect((await storage.figures()).events).toBe(250);
    });

    test('each source has as many events, and bytes of payloads, as are stored of it', async () => {
      const usage = (events: number, bytes: number): object => ({ events, bytes });
      const of = (name: string): Promise<object | undefined> => storage.usageOf(name);
      expect(await of('nobody')).toEqual(usage(0, 0));
      const [first, second] = [identified('one', { a: 'é' }), anEvent({ b: 1 })];
      await storage.append([first, second, anEvent({ c: 22 }, { source: 'other' })]);
      await storage.append([identified('one', { a: 'é' })]);
      await storage.append([anEvent(), identified('one', { a: 2 })]);
      expect(await of(source)).toEqual(usage(2, 10 + 7));
      expect(await of('other')).toEqual(usage(1, 8));
      await storage.replace(second.id, '{"b":12345}');
      expect(await of(source)).toEqual(usage(2, 10 + 11));
      await storage.remove(first.id);
      expect(await of(source)).toEqual(usage(1, 11));
      await storage.removeBySource(source);
      expect(await of(source)).toEqual(usage(0, 0));
      expect(await of('other')).toEqual(usage(1, 8));
    });

    test('the same again is a duplicate with the id and acceptedAt of the first', async () => {
      const first = identified('once', { a: 1 });
      await storage.append([first]);
      const again = { id: first.id, acceptedAt: first.acceptedAt, status: 'duplicate' };
      expect(await storage.append([identified('once', { a: 1 })])).toEqual([again]);
      const sameDate = { createdAtGiven: true, createdAt: first.createdAt };
      expect(await storage.append([identified('once', { a: 1 }, sameDate)])).toEqual([again]);
      expect((await storage.figures()).events).toBe(1);
    });

    test('other content or another given date is a conflict, and nothing of the list is stored', async () => {
      const first = identified('once', { a: 1 });
      await storage.append([first]);
      const otherContent = await storage.append([anEvent(), identified('once', { a: 2 }), identified('new', {})]);
      expect(otherContent.map((result) => result.status)).toEqual(['created', 'conflict', 'created']);
      const otherDate = await storage.append([
        identified('once', { a: 1 }, { createdAtGiven: true, createdAt: first.createdAt + 1 }),
      ]);
      expect(otherDate.map((result) => result.status)).toEqual(['conflict']);
      expect((await itemsOf(storage)).map((item) => item.id)).toEqual([first.id]);
      expect((await storage.figures()).events).toBe(1);
      expect((await storage.append([identified('new', {})])).map((result) => result.status)).toEqual(['created']);
    });

    test('a list of one in conflict stores nothing', async () => {
      await storage.append([identified('once', { a: 1 })]);
      expect((await storage.append([identified('once', { a: 2 })]))[0]?.status).toBe('conflict');
      expect((await storage.figures()).events).toBe(1);
    });

    test('the rules hold between the events of one list', async () => {
      const first = identified('twice', { a: 1 });
      const results = await storage.append([first, identified('twice', { a: 1 })]);
      expect(results).toEqual([
        { id: first.id, acceptedAt: first.acceptedAt, status: 'created' },
        { id: first.id, acceptedAt: first.acceptedAt, status: 'duplicate' },
      ]);
      const conflict = await storage.append([identified('other', { a: 1 }), identified('other', { a: 2 })]);
      expect(conflict.map((result) => result.status)).toEqual(['created', 'conflict']);
      expect((await storage.figures()).events).toBe(1);
    });

    test('an identifier is one per source and profile', async () => {
      const results = await storage.append([
        identified('x', { a: 1 }),
        identified('x', { a: 2 }, { source: '6'.repeat(24) }),
        identified('x', { a: 3 }, { profile: 'contract.example/other' }),
        identified('X', { a: 4 }),
      ]);
      expect(results.map((result) => result.status)).toEqual(['created', 'created', 'created', 'created']);
    });

    test('fifty racing requests under one identifier have one effect and one id', async () => {
      const racers = await Promise.all(
        Array.from({ length: 50 }, () => storage.append([anEvent(), identified('race', { a: 1 })])),
      );
      expect(new Set(racers.map((results) => results[1]?.id)).size).toBe(1);
      expect(racers.filter((results) => results[1]?.status === 'created')).toHaveLength(1);
      expect(
        (await itemsOf(storage, { filter: { node: 'eq', field: 'metadata.identifier', value: 'race' } })).length,
      ).toBe(1);
      expect((await storage.figures()).events).toBe(51);
    });

    test('fifty racing requests with different content: one is stored whole, the others not at all', async () => {
      const lists = Array.from({ length: 50 }, (_, n) => [anEvent({ n }), identified('race', { n })]);
      const answers = await Promise.all(lists.map((list) => storage.append(list)));
      expect(answers.filter((results) => results.every((result) => result.status === 'created'))).toHaveLength(1);
      expect((await storage.figures()).events).toBe(2);
    });

    test('a conflicting request does not fail those that arrive with it', async () => {
      await storage.append([identified('taken', { a: 1 })]);
      const lists = Array.from({ length: 30 }, (_, n) =>
        n % 3 === 0 ? [anEvent(), identified('taken', { n })] : [anEvent(), anEvent()],
      );
      const answers = await Promise.all(lists.map((list) => storage.append(list)));
      expect(answers.map((results) => results.some((result) => result.status === 'conflict'))).toEqual(
        lists.map((_, n) => n % 3 === 0),
      );
      expect((await storage.figures()).events).toBe(1 + 20 * 2);
    });

    test('removing an event frees its identifier', async () => {
      const first = identified('again', { a: 1 });
      await storage.append([first]);
      await storage.remove(first.id);
      expect(await storage.get(first.id)).toBeUndefined();
      const second = identified('again', { a: 2 });
      expect(await storage.append([second])).toEqual([
        { id: second.id, acceptedAt: second.acceptedAt, status: 'created' },
      ]);
    });

    test('replace keeps all but the payload and adds one to the version', async () => {
      const event = identified('kept', { a: 1 });
      await storage.append([event]);
      const before = JSON.parse((await storage.get(event.id))?.json ?? '{}') as { metadata: object };
      const replaced = await storage.replace(event.id, '{"a":2}');
      expect(replaced).toMatchObject({ id: event.id, profile, source, version: 2 });
      expect(JSON.parse(replaced.json)).toEqual({
        ...before,
        metadata: { ...before.metadata, version: 2 },
        payload: { a: 2 },
      });
      expect(await storage.get(event.id)).toEqual(replaced);
    });

    test('sameness after a replace is judged by the first sending', async () => {
      const event = identified('first', { a: 1 });
      await storage.append([event]);
      await storage.replace(event.id, '{"a":2}');
      expect((await storage.append([identified('first', { a: 1 })]))[0]?.status).toBe('duplicate');
      expect((await storage.append([identified('first', { a: 2 })]))[0]?.status).toBe('conflict');
    });

    test('a write with another version is refused and changes nothing', async () => {
      const event = anEvent({ a: 1 });
      await storage.append([event]);
      await storage.replace(event.id, '{"a":2}', 1);
      await expect(storage.replace(event.id, '{"a":3}', 1)).rejects.toMatchObject(code('version-mismatch'));
      await expect(storage.remove(event.id, 1)).rejects.toMatchObject(code('version-mismatch'));
      expect(await storage.get(event.id)).toMatchObject({ version: 2 });
      await storage.remove(event.id, 2);
      expect(await storage.get(event.id)).toBeUndefined();
    });

    test('of racing writes with one version, one wins', async () => {
      const event = anEvent({ a: 0 });
      await storage.append([event]);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => storage.replace(event.id, JSON.stringify({ a: n }), 1)),
      );
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      expect(await storage.get(event.id)).toMatchObject({ version: 2 });
    });

    test('removing by source takes that source whole and no other', async () => {
      const other = anEvent({ name: 'stays' }, { source: '7'.repeat(24) });
      await storage.append(Array.from({ length: 900 }, () => anEvent()));
      await storage.append([
        other,
        ...Array.from({ length: 700 }, () => anEvent({}, { profile: 'contract.example/other' })),
      ]);
      await storage.append(Array.from({ length: 900 }, () => anEvent()));
      expect(await storage.removeBySource(source)).toBe(2500);
      expect(await namesOf(storage)).toEqual(['stays']);
      expect((await storage.figures()).events).toBe(1);
      expect(await storage.removeBySource(source)).toBe(0);
      expect(await storage.removeBySource('nobody')).toBe(0);
    });

    test('a read sees every append that was acknowledged before', async () => {
      for (let n = 1; n <= 50; n++) {
        const event = anEvent({ n });
        await storage.append([event]);
        const [found, page] = await Promise.all([
          storage.get(event.id),
          storage.query(aQuery({ limit: 1, count: true })),
        ]);
        expect(found?.id).toBe(event.id);
        expect(page.count).toBe(n);
      }
    });

    test('no reader sees a part of a list', async () => {
      const lists = Array.from({ length: 20 }, (_, list) => Array.from({ length: 50 }, () => anEvent({ list })));
      const writing = Promise.all(lists.map((list) => storage.append(list)));
      for (let read = 0; read < 40; read++)
        expect((await storage.query(aQuery({ limit: 1, count: true }))).count).toSatisfy(
          (count: number) => count % 50 === 0,
        );
      await writing;
    });

    test('figures and ping answer', async () => {
      await storage.append([anEvent(), anEvent()]);
      await storage.ping();
      expect(await storage.figures()).toMatchObject({
        engine: expect.any(String),
        engineVersion: expect.any(String),
        events: 2,
        waitingBytes: 0,
      });
    });

    test('close finishes what was accepted; later calls are refused', async () => {
      const accepted = storage.append([anEvent()]);
      const reading = storage.query(aQuery());
      await storage.close();
      expect(await accepted).toHaveLength(1);
      await reading;
      const later: Promise<unknown>[] = [
        storage.append([anEvent()]),
        storage.query(aQuery()),
        storage.get(newId()),
        storage.replace(newId(), '{}'),
        storage.remove(newId()),
      ];
      later.push(storage.removeBySource(source), storage.figures(), storage.ping());
      for (const call of later) await expect(call).rejects.toMatchObject(code('not-ready'));
      await storage.close();
    });

    if (!harness.real) return;

    test('what was acknowledged is there when the place is opened again', async () => {
      const events = [identified('kept', { a: 1 }), anEvent({ b: 2 })];
      await storage.append(events);
      await storage.replace(events[1]?.id ?? '', '{"b":3}');
      await storage.close();
      storage = await place.open();
      expect((await storage.figures()).events).toBe(2);
      expect(await storage.get(events[1]?.id ?? '')).toMatchObject({ version: 2 });
      expect((await storage.append([identified('kept', { a: 1 })]))[0]?.status).toBe('duplicate');
    });

    test('a full write queue refuses at once, and what it refuses is not stored', async () => {
      const lists = Array.from({ length: 40 }, () => Array.from({ length: 1000 }, () => anEvent()));
      const release = place.holdWrites?.();
      const appends = lists.map((list) => storage.append(list));
      const outcomes = Promise.allSettled(appends);
      if (release) await Promise.race(appends).catch(() => undefined);
      release?.();
      const refused = (await outcomes).filter((outcome) => outcome.status === 'rejected');
      expect(refused.length).toBeGreaterThan(0);
      for (const { reason } of refused) expect(reason).toMatchObject({ code: 'storage-busy', retryAfterSeconds: 1 });
      expect((await storage.figures()).events).toBe((lists.length - refused.length) * 1000);
      expect(await storage.append([anEvent()])).toHaveLength(1);
    });
  });
}
