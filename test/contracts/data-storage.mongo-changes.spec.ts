import { openMongoStorage, type MongoStorage } from '@datakeep/event-store';
import { createLogger } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import mongoose, { type Connection } from 'mongoose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { mongoServers } from '../support/mongo/mongo-servers.ts';
import { anEvent, identified } from './data-storage.fixture.ts';

const limits = { abandonedMs: 200, longestQueryMs: 200, sweepMs: 50 };
const soon = { timeout: 10_000, interval: 50 };

for (const { name, uri, newDatabase, drop } of await mongoServers('the log of changes')) {
  describe.runIf(uri)(`the log of changes on ${name}`, () => {
    let database: string;
    let storage: MongoStorage;
    let raw: Connection;
    const open = (): Promise<MongoStorage> =>
      openMongoStorage({ uri: uri ?? '', database, logger: createLogger('error'), limits });
    const log = () => raw.collection<{ _id: number }>('event_changes');
    const intents = () =>
      raw.collection<{ _id: string; change: string; ids: mongoose.Types.ObjectId[] }>('event_intents');
    const told = async (from = storage): Promise<string[]> =>
      (await from.changes({ limit: 1000 })).changes.map(
        ({ change, json }) => `${change} ${(JSON.parse(json) as { id: string }).id}`,
      );

    beforeEach(async () => {
      database = newDatabase();
      storage = await open();
      raw = await mongoose.createConnection(uri ?? '', { dbName: database }).asPromise();
    });
    afterEach(async () => {
      await raw.close();
      await storage.close();
      await drop(database);
    });

    test('gets what a process left untold that died after its event was stored', async () => {
      const event = anEvent();
      await storage.append([event]);
      expect(await told()).toEqual([`created ${event.id}`]);
      await log().deleteMany({});
      await intents().insertOne({
        _id: 'left',
        change: 'created',
        ids: [mongoose.Types.ObjectId.createFromHexString(event.id)],
      });
      await vi.waitFor(async () => expect(await told()).toEqual([`created ${event.id}`]), soon);
      await vi.waitFor(async () => expect(await intents().countDocuments()).toBe(0), soon);
    });

    test('gets a committed list before its marks go', async () => {
      const list = [anEvent({ n: 1 }), anEvent({ n: 2 })];
      await storage.append(list);
      await told();
      await log().deleteMany({});
      await vi.waitFor(
        async () => expect((await told()).toSorted()).toEqual(list.map((event) => `created ${event.id}`).toSorted()),
        soon,
      );
    });

    test('of two processes is one order, in which nothing is skipped', async () => {
      const other = await open();
      const events = Array.from({ length: 20 }, () => anEvent());
      let after: string | undefined;
      const seen = new Set<string>();
      const follow = async (): Promise<void> => {
        const page = await storage.changes({ limit: 5, ...(after === undefined ? {} : { after }) });
        after = page.next;
        for (const { json } of page.changes) seen.add((JSON.parse(json) as { id: string }).id);
      };
      const writes = events.map((event, index) => (index % 2 === 0 ? storage : other).append([event]));
      for (let page = 0; page < 10; page += 1) await follow();
      await Promise.all(writes);
      await vi.waitFor(async () => {
        await follow();
        expect(seen.size).toBe(20);
      }, soon);
      await other.close();
    });

    test('forgets deletions after 30 days, and looks for them once an hour', async () => {
      const clock = new ManualClock();
      const place = newDatabase();
      const aged = await openMongoStorage({
        uri: uri ?? '',
        database: place,
        logger: createLogger('error'),
        limits,
        clock,
      });
      const [kept, gone] = [anEvent(), anEvent()];
      await aged.append([kept, gone]);
      const { next } = await aged.changes({ limit: 10 });
      await aged.remove(gone.id);
      await aged.append([anEvent()]);
      const all = await aged.changes({ limit: 10, after: next });
      expect(all.changes.map(({ change }) => change)).toEqual(['deleted', 'created']);
      await clock.advance(31 * 86_400_000);
      await vi.waitFor(
        () => expect(aged.changes({ limit: 10, after: next })).rejects.toMatchObject({ code: 'changes-gone' }),
        soon,
      );
      expect((await aged.changes({ limit: 10, after: all.next })).changes).toEqual([]);
      await aged.close();
      await drop(place);
    });

    test('keeps no identifier of an event that is deleted', async () => {
      const [deleted, swept] = [identified('of a deleted'), identified('of another', {}, { source: '7'.repeat(24) })];
      await storage.append([deleted]);
      await storage.append([swept]);
      await storage.replace(deleted.id, '{}', 1, 'admin');
      await storage.remove(deleted.id);
      await storage.removeBySource('7'.repeat(24));
      await told();
      const kept = JSON.stringify([await log().find({}).toArray(), await intents().find({}).toArray()]);
      expect(kept).toContain(deleted.id);
      expect(kept).not.toMatch(/of a deleted|of another/);
    });

    test('of events that were stored before there was one begins with them', async () => {
      const event = anEvent();
      await storage.append([event]);
      await told();
      await storage.close();
      await log().deleteMany({});
      await raw.collection('event_changes_pruned').deleteMany({});
      storage = await open();
      expect(await told()).toEqual([`created ${event.id}`]);
    });
  });
}
