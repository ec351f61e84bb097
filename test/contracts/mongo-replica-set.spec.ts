import { openMongoDocuments } from '@datakeep/documents';
import { type AdvisedStorage, openMongoStorage } from '@datakeep/storage';
import { hidesIndexes } from '@datakeep/storage/testing';
import { createLogger } from '@datakeep/kernel';
import mongoose, { type Connection } from 'mongoose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mongoServer } from '../support/mongo/mongo-server.ts';
import { anEvent, aQuery, identified } from './data-storage.fixture.ts';

/*
 * What only a real MongoDB can show, and the stand-in cannot: plans, roles, and a primary that steps down. Requires a
 * replica set's address in MONGODB_URI.
 */

const given = process.env['MONGODB_URI'];
const server = given ? await mongoServer('plans and fail-over of a replica set') : undefined;
const uri = server?.uri;
if (!given)
  process.stdout.write('not run on a real MongoDB (MONGODB_URI is not set): index plans, fail-over of a replica set\n');

const logger = createLogger('silent');

describe.runIf(uri)('a real replica set', () => {
  const database = server?.newDatabase() ?? '';
  let storage: AdvisedStorage;
  let raw: Connection;
  beforeAll(async () => {
    storage = await openMongoStorage({ uri: uri ?? '', database }, { logger });
    raw = await mongoose.createConnection(uri ?? '', { dbName: database }).asPromise();
  });
  afterAll(async () => {
    await raw.close();
    await storage.close();
    await server?.drop(database);
  });

  const planOf = async (filter: object, sort?: Record<string, 1 | -1>): Promise<string> => {
    const cursor = raw.collection('events').find(filter).limit(51);
    return JSON.stringify(await (sort ? cursor.sort(sort) : cursor).explain('queryPlanner'));
  };

  test('serves each query of the engine by the index made for it', async () => {
    await storage.append(Array.from({ length: 500 }, (_, n) => identified(`n${n}`, { n })));
    const newest = await planOf({ profile: 'p', created: { $lt: new Date() } }, { created: -1, _id: -1 });
    expect(newest).toContain('"byProfile"');
    expect(newest).not.toContain('"SORT"');
    expect(await planOf({ key: 'k' })).toContain('"onceByIdentifier"');
    expect(await planOf({ source: 's' })).toContain('"bySource"');
  });

  // The actions of MongoDB's role `readWrite` that concern indexes, spelled out: other servers give it collMod as well.
  const actions = ['find', 'insert', 'createCollection', 'createIndex', 'dropCollection', 'dropIndex', 'listIndexes'];
  const isRoot = new URL(uri ?? 'mongodb://h').username !== '';
  test.runIf(isRoot)('hides no index where its user has the rights of readWrite alone', async () => {
    const commands = raw.db!;
    expect(await hidesIndexes(commands)).toBe(true);
    const privileges = [{ resource: { db: database, collection: '' }, actions }];
    await commands.command({ createRole: 'writer', privileges, roles: [] });
    await commands.command({ createUser: 'keep', pwd: 'keep', roles: ['writer'] });
    const ofKeep = { dbName: database, user: 'keep', pass: 'keep', authSource: database };
    const connection = await mongoose.createConnection(uri ?? '', ofKeep).asPromise();
    expect(await hidesIndexes(connection.db!)).toBe(false);
    await connection.close();
    await commands.command({ dropUser: 'keep' });
    await commands.command({ dropRole: 'writer' });
  });

  test('loses nothing acknowledged, and stores nothing twice, when the primary steps down under load', async () => {
    const documents = await openMongoDocuments({ uri: uri ?? '', database });
    const counters = documents.collection<{ readonly id: string; readonly n: number }>({
      name: 'counters',
      fields: { n: { type: 'number' } },
      indexes: [],
    });
    await documents.commit([counters.insert({ id: 'a', n: 0 }), counters.insert({ id: 'b', n: 0 })]);
    const acknowledged = new Set<string>();
    let stopping = false;
    const writer = async (number: number): Promise<void> => {
      for (let list = 0; !stopping; list++) {
        const events = ['x', 'y'].map((part) =>
          identified(`w${number} ${list} ${part}`, { list }, { profile: 'failover' }),
        );
        const stored = await storage.append(events).catch(() => undefined);
        for (const event of stored ? events : []) acknowledged.add(event.identifier ?? '');
        await documents
          .commit([counters.update('a', { inc: { n: 1 } }), counters.update('b', { inc: { n: -1 } })])
          .catch(() => undefined);
      }
    };
    const writers = Array.from({ length: 8 }, (_, number) => writer(number));
    for (let time = 0; time < 3; time++) {
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size).toBeGreaterThan(before + 100);
      await raw.getClient().db('admin').command({ replSetStepDown: 10, force: true });
    }
    stopping = true;
    await Promise.all(writers);
    const stored = new Set<string>();
    let total = 0;
    for (let page = await storage.query(aQuery({ profile: 'failover', limit: 1000 })); ;) {
      const items = JSON.parse(page.itemsJson) as { metadata: { identifier: string } }[];
      total += items.length;
      for (const item of items) stored.add(item.metadata.identifier);
      if (!page.next) break;
      page = await storage.query(aQuery({ profile: 'failover', limit: 1000, after: page.next }));
    }
    expect([...acknowledged].filter((name) => !stored.has(name))).toEqual([]);
    expect(total).toBe(stored.size);
    expect((await counters.find({ limit: 1000 })).reduce((sum, counter) => sum + counter.n, 0)).toBe(0);
    await storage.append([anEvent()]);
    await documents.close();
  });
});
