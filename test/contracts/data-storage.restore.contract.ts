import type { DataStorage, RestoredEvent } from '@datakeep/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anEvent, identified, itemsOf, namesOf, type Harness, type Place } from './data-storage.fixture.ts';

const restored = (event: ReturnType<typeof anEvent>, version = 1): RestoredEvent => ({ ...event, version });

/** Events come back as they once were: ids, sources, dates and versions included. */
export function restoreLaw({ engine, place }: Harness): void {
  describe(`${engine}: restoring`, () => {
    let here: Place;
    let storage: DataStorage;

    beforeEach(async () => {
      here = await place();
      storage = await here.open();
    });
    afterEach(async () => {
      await storage.close();
      await here.discard();
    });

    test('keeps ids, sources, dates, identifiers and versions', async () => {
      const event = restored(identified('one', { name: 'a' }), 7);
      expect(await storage.restore([event])).toEqual([
        { id: event.id, acceptedAt: event.acceptedAt, status: 'created' },
      ]);
      expect(await itemsOf(storage)).toEqual([
        {
          id: event.id,
          metadata: {
            identifier: 'one',
            profile: event.profile,
            source: event.source,
            createdDate: new Date(event.createdAt).toISOString(),
            acceptedDate: new Date(event.acceptedAt).toISOString(),
            version: 7,
          },
          payload: { name: 'a' },
        },
      ]);
      expect((await storage.replace(event.id, '{"name":"b"}', 7)).version).toBe(8);
    });

    test('keeps who last modified an event, until it is modified again', async () => {
      const [byApp, byAdmin] = [
        { ...restored(anEvent({ name: 'a' }), 2), modifiedBy: '6'.repeat(24) },
        { ...restored(anEvent({ name: 'b' }), 3), modifiedBy: 'admin' },
      ];
      await storage.restore([byApp, byAdmin]);
      expect((await storage.restore([byAdmin])).map((result) => result.status)).toEqual(['duplicate']);
      const modifiers = async (): Promise<unknown[]> =>
        (await itemsOf(storage, { sort: [{ field: 'metadata.version', direction: 'ascending' }] })).map(
          ({ metadata }) => metadata.modifiedBy,
        );
      expect(await modifiers()).toEqual(['6'.repeat(24), 'admin']);
      await storage.replace(byApp.id, '{}', 2, '7'.repeat(24));
      await storage.replace(byAdmin.id, '{}');
      expect(await modifiers()).toEqual(['7'.repeat(24), undefined]);
    });

    test('again is a duplicate, also of an event that came by append', async () => {
      const sent = identified('one', { name: 'a' });
      const other = restored(anEvent({ name: 'b' }), 3);
      await storage.append([sent]);
      await storage.restore([other]);
      const results = await storage.restore([restored(sent), other, restored(anEvent({ name: 'c' }))]);
      expect(results.map((result) => result.status)).toEqual(['duplicate', 'duplicate', 'created']);
      expect((await namesOf(storage)).toSorted()).toEqual(['a', 'b', 'c']);
    });

    test.each<[string, (event: RestoredEvent) => RestoredEvent]>([
      ['another payload', (event) => ({ ...event, payload: '{"name":"other"}' })],
      ['another version', (event) => ({ ...event, version: 2 })],
      ['another date', (event) => ({ ...event, createdAt: event.createdAt + 1 })],
      ['another time of acceptance', (event) => ({ ...event, acceptedAt: event.acceptedAt + 1 })],
      ['another modifier', (event) => ({ ...event, modifiedBy: 'admin' })],
      ['another source', (event) => ({ ...event, source: '6'.repeat(24) })],
      ['another profile', (event) => ({ ...event, profile: 'contract.example/other' })],
    ])('an id that is stored with %s is a conflict, and stores nothing of the list', async (_what, change) => {
      const event = restored(anEvent({ name: 'a' }));
      await storage.restore([event]);
      const results = await storage.restore([restored(anEvent({ name: 'b' })), change(event)]);
      expect(results[1]).toMatchObject({ id: event.id, status: 'conflict' });
      expect(await namesOf(storage)).toEqual(['a']);
    });

    test('an identifier that lives under another id is a conflict, in the storage and in one list', async () => {
      const [first, second] = [restored(identified('one', { name: 'a' })), restored(identified('one', { name: 'a' }))];
      await storage.restore([first]);
      expect((await storage.restore([second])).map((result) => result.status)).toEqual(['conflict']);
      const [third, fourth] = [restored(identified('two', { name: 'b' })), restored(identified('two', { name: 'b' }))];
      expect((await storage.restore([third, fourth])).map((result) => result.status)).toEqual(['created', 'conflict']);
      expect(await namesOf(storage)).toEqual(['a']);
    });

    test('what was restored is what its app sent: sending it again is a duplicate', async () => {
      const event = restored(identified('one', { name: 'a' }));
      await storage.restore([event]);
      const [result] = await storage.append([identified('one', { name: 'a' })]);
      expect(result).toEqual({ id: event.id, acceptedAt: event.acceptedAt, status: 'duplicate' });
    });

    test('a list in parallel with itself is stored once', async () => {
      const events = Array.from({ length: 20 }, (_, index) => restored(identified(`i${index}`, { name: index })));
      const answers = await Promise.all([storage.restore(events), storage.restore(events), storage.restore(events)]);
      expect(answers.flat().filter((result) => result.status === 'created')).toHaveLength(20);
      expect(await namesOf(storage)).toHaveLength(20);
    });

    test('nothing is nothing', async () => {
      expect(await storage.restore([])).toEqual([]);
    });
  });
}
