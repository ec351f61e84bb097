import mongoose from 'mongoose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DataStorage, EventQuery, IndexReport } from '@datakeep/contracts';
import { openMongoStorage } from '@datakeep/storage';
import { createLogger } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { mongoServer } from '../support/mongo/mongo-server.ts';
import { anEvent, aQuery, newest, ofUser, tick } from './indexing.fixture.ts';

const users = 500;
const events = 5500;

/** One after the other and not at once: the stand-ins are one process on one core. */
async function fill(storage: DataStorage): Promise<void> {
  for (let from = 0; from < events; from += 500)
    await storage.append(Array.from({ length: 500 }, (_, n) => anEvent(from + n, users)));
}

const asked: readonly Partial<EventQuery>[] = [
  { filter: ofUser(7) },
  { filter: ofUser(7), sort: [{ ...newest, direction: 'ascending' }], limit: 3 },
  { filter: ofUser(8), sort: [{ field: 'payload.amount', direction: 'descending' }], count: true },
  { filter: { node: 'in', field: 'payload.user', values: ['u1', 'u3', 'u5'] }, limit: 20, count: true },
  { filter: { node: 'and', children: [ofUser(3), { node: 'gt', field: 'payload.amount', value: 500 }] } },
  { filter: { node: 'not', child: ofUser(7) }, limit: 10 },
];

const server = await mongoServer('index advisor');

describe.runIf(server.uri)(`the index advisor on ${server.name}`, () => {
  const real = !server.isStandIn;
  const clock = new ManualClock();
  const logger = createLogger('error');
  let database = '';
  let opened: DataStorage[] = [];

  beforeEach(() => {
    database = server.newDatabase();
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((storage) => storage.close()));
    await server.drop(database);
  });

  async function open(): Promise<DataStorage> {
    const storage = await openMongoStorage(
      { uri: server.uri ?? '', database },
      { logger, clock, indexing: { isCalm: () => true } },
    );
    opened.push(storage);
    await storage.indexes();
    return storage;
  }

  /** Sends `calls` queries in each stretch of five minutes, and has every advisor make its pass after it. */
  async function ask(storages: readonly DataStorage[], ticks: number, calls: number): Promise<void> {
    for (let at = 0; at < ticks; at += 1) {
      for (const storage of storages)
        for (let n = 0; n < calls; n += 1) await storage.query(aQuery({ filter: ofUser(n) }));
      await clock.advance(tick);
      for (const storage of storages) await storage.indexes();
    }
  }

  async function automatic(storage: DataStorage): Promise<IndexReport[]> {
    return (await storage.indexes()).indexes.filter(({ state }) => state !== 'declared');
  }

  async function answers(storage: DataStorage): Promise<unknown[]> {
    const pages: unknown[] = [];
    for (const over of asked) pages.push(await storage.query(aQuery(over)));
    return pages;
  }

  async function onServer<R>(
    look: (collection: mongoose.mongo.Collection, database: mongoose.mongo.Db) => Promise<R>,
  ): Promise<R> {
    const connection = await mongoose.createConnection(server.uri ?? '', { dbName: database }).asPromise();
    try {
      return await look(connection.collection('events') as never, connection.db as never);
    } finally {
      await connection.close();
    }
  }
  const indexesThere = () =>
    onServer(async (collection) =>
      (await collection.indexes()).map(({ name, key }) => ({ name: String(name), keys: Object.keys(key as object) })),
    );

  test(
    'suggests, builds what the admin approves, answers alike with and without it, and drops it for good',
    { timeout: 300_000 },
    async () => {
      const storage = await open();
      await fill(storage);
      const declared = await indexesThere();
      const before = await answers(storage);

      await ask([storage], 8, 4);
      const [suggested, ...others] = await automatic(storage);
      expect(others).toEqual([]);
      expect(suggested).toMatchObject({ state: 'candidate', profile: 'p' });
      expect(suggested?.keys.map(({ field }) => field)).toEqual(['payload.user', 'metadata.createdDate']);
      expect(await indexesThere()).toEqual(declared);

      const { id = '', name = '' } = suggested ?? {};
      expect((await storage.decide(id, 'approve')).state).toBe('approved');
      await storage.indexes();
      const [built] = await automatic(storage);
      expect(built?.history.map(({ state }) => state)).toEqual(['candidate', 'approved', 'building', 'verifying']);
      const keys = (await indexesThere()).find((index) => index.name === name)?.keys;
      expect(keys?.filter((key) => key !== 'profile')).toEqual(['payload.user', 'created', '_id']);
      expect(await answers(storage)).toEqual(before);

      expect((await storage.decide(id, 'drop')).state).toBe('dropped');
      expect(await indexesThere()).toEqual(declared);
      expect(await answers(storage)).toEqual(before);
      await ask([storage], 2, 4);
      expect((await automatic(storage)).map(({ state }) => state)).toEqual(['dropped']);
      expect(await indexesThere()).toEqual(declared);
    },
  );

  test('works as suggest in auto where it cannot be proved that an index helps, and says why', async () => {
    const storage = await open();
    expect(await storage.indexes()).toMatchObject({
      engine: 'mongodb',
      policy: { mode: 'suggest' },
      effectiveMode: 'suggest',
      note: null,
    });
    await storage.setIndexPolicy({ mode: 'auto' });
    const answer = await storage.indexes();
    expect(answer).toMatchObject(
      real
        ? { effectiveMode: 'auto', note: null }
        : {
            effectiveMode: 'suggest',
            note: 'This engine cannot prove that an index helps, so nothing is done without the admin.',
          },
    );
    const { explain } = await storage.query(aQuery({ filter: ofUser(7), explain: true }));
    expect(explain).toMatchObject({
      rowsReturned: 0,
      shape: 'equal: payload.user; sort: metadata.createdDate descending',
    });
    expect(JSON.stringify(explain)).not.toContain('u7');
    await expect(storage.decide('0123456789abcdef01234567', 'drop')).rejects.toMatchObject({ code: 'not-found' });
  });

  test(
    'lets one of two storage processes decide, counts what both were asked, and goes on when the first is gone',
    { timeout: 300_000 },
    async () => {
      const storages = [await open(), await open()] as const;
      const [first, second] = storages;
      await fill(first);
      const holder = () =>
        onServer(async (_, db) => String((await db.collection('index_leases').findOne())?.['holder']));
      const led = await holder();
      // Neither alone has what the gates ask for.
      await ask(storages, 9, 2);
      expect(await holder()).toBe(led);
      const [suggested, ...others] = await automatic(second);
      expect(others).toEqual([]);
      expect(suggested?.shapes).toMatchObject([
        { shape: 'equal: payload.user; sort: metadata.createdDate descending' },
      ]);
      expect(await automatic(first)).toMatchObject([{ id: suggested?.id, state: 'candidate' }]);

      // Approved through the one that does not decide, built by the one that does.
      expect((await second.decide(suggested?.id ?? '', 'approve')).state).toBe('approved');
      await ask(storages, 1, 1);
      expect(await automatic(first)).toMatchObject([{ state: 'verifying' }]);
      await first.close();
      await ask([second], 1, 1);
      expect(await holder()).not.toBe(led);
      await second.decide(suggested?.id ?? '', 'drop');
      expect((await indexesThere()).filter(({ name }) => name.startsWith('auto_'))).toEqual([]);
    },
  );

  test(
    'settles what a process left that died in a build: no index without a record, no record without its index',
    { timeout: 300_000 },
    async () => {
      const storage = await open();
      await fill(storage);
      await ask([storage], 8, 4);
      const [{ id = '', name = '' } = {}] = await automatic(storage);
      await storage.decide(id, 'approve');
      await storage.indexes();
      await onServer((collection) => collection.dropIndex(name));
      await onServer((collection) =>
        collection.createIndex({ 'payload.kind': 1 }, { name: 'auto_0123456789abcdef01234567' }),
      );
      await clock.advance(tick);
      expect(await automatic(storage)).toMatchObject([{ state: 'failed' }]);
      expect((await indexesThere()).filter((index) => index.name.startsWith('auto_'))).toEqual([]);
    },
  );
});
