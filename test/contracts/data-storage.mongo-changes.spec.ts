import { type AdvisedStorage, openMongoStorage } from '@datakeep/storage';
import { createLogger } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import mongoose, { type Connection } from 'mongoose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { mongoServer } from '../support/mongo/mongo-server.ts';
import { anEvent, identified } from './data-storage.fixture.ts';

const soon = { interval: 50 };
const { name, uri, newDatabase, drop } = await mongoServer('the log of changes');

describe.runIf(uri)(`the log of changes on ${name}`, () => {
  let database: string;
  let storage: AdvisedStorage;
  let raw: Connection;
  const open = (): Promise<AdvisedStorage> =>
    openMongoStorage({ uri: uri ?? '', database }, { logger: createLogger('error') });
  const log = () => raw.collection<{ _id: number }>('event_changes');

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

  test('counts an event that a release before the totals stored from its next version on, and not before', async () => {
    const [changed, removed, swept] = [anEvent(), anEvent(), anEvent()];
    await storage.append([changed, removed, swept]);
    await raw.collection('events').updateMany({}, { $unset: { bytes: '' } });
    await raw.collection('sourceTotals').deleteMany({});
    await storage.remove(removed.id);
    expect(await storage.usageOf(changed.source)).toEqual({ events: 0, bytes: 0 });
    await storage.replace(changed.id, '{"n":1}');
    expect(await storage.usageOf(changed.source)).toEqual({ events: 1, bytes: 7 });
    await storage.removeBySource(changed.source);
    expect(await storage.usageOf(changed.source)).toEqual({ events: 0, bytes: 0 });
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
    const aged = await openMongoStorage({ uri: uri ?? '', database: place }, { logger: createLogger('error'), clock });
    const [kept, gone] = [anEvent(), anEvent()];
    await aged.append([kept, gone]);
    const { next } = await aged.changes({ limit: 10 });
    await aged.remove(gone.id);
    await aged.append([anEvent()]);
    const all = await aged.changes({ limit: 10, after: next });
    expect(all.changes.map(({ change }) => change)).toEqual(['deleted', 'created']);
    await clock.advance(31 * 86_400_000);
    await vi.waitFor(async () => {
      await clock.advance(3_600_000);
      await expect(aged.changes({ limit: 10, after: next })).rejects.toMatchObject({ code: 'changes-gone' });
    }, soon);
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
    const kept = JSON.stringify([
      await log().find({}).toArray(),
      await raw.collection('event_counters').find({}).toArray(),
    ]);
    expect(kept).toContain(deleted.id);
    expect(kept).not.toMatch(/of a deleted|of another/);
  });
});
