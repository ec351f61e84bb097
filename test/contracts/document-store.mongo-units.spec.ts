import {
  openMongoDocuments,
  type Collection,
  type CollectionDefinition,
  type MongoDocuments,
} from '@datakeep/documents';
import { createLogger } from '@datakeep/kernel';
import mongoose, { type Connection } from 'mongoose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { mongoServers } from '../support/mongo/mongo-servers.ts';

interface Purse {
  readonly id: string;
  readonly coins: number;
  readonly owner?: string;
}

const purses: CollectionDefinition<Purse> = {
  name: 'purses',
  fields: { coins: { type: 'number' }, owner: { type: 'string', optional: true } },
  indexes: [{ name: 'owner', fields: ['owner'], unique: true, serves: 'one purse per owner' }],
};

interface Stored {
  readonly _id: string;
  readonly _l?: string;
}

const limits = { abandonedMs: 300, longestReadMs: 400, sweepMs: 50 };

for (const { name, uri, newDatabase, drop } of await mongoServers('units of documents without transactions')) {
  describe.runIf(uri)(`the protocol of units on ${name}`, () => {
    let database: string;
    let store: MongoDocuments;
    let collection: Collection<Purse>;
    let raw: Connection;
    const open = (): Promise<MongoDocuments> =>
      openMongoDocuments({ uri: uri ?? '', database, logger: createLogger('error'), limits });
    const records = () => raw.collection<Stored>('purses');
    const decisions = () => raw.collection<{ readonly _id: string; readonly committed: boolean }>('document_decisions');
    const transfer = (from: string, to: string) => [
      collection.update(from, { inc: { coins: -1 } }),
      collection.update(to, { inc: { coins: 1 } }),
    ];
    const coins = async (): Promise<number[]> => (await collection.find({ limit: 1000 })).map((purse) => purse.coins);
    /** What a process leaves that dies between its locks and its commit. */
    const abandon = async (): Promise<void> => {
      await settled();
      await store.commit(transfer('a', 'b'));
      const batch = (await records().findOne({ _l: { $exists: true } }))?._l ?? '';
      await decisions().deleteOne({ _id: batch });
    };
    const settled = (): Promise<unknown> =>
      vi.waitFor(async () => expect(await records().countDocuments({ _l: { $exists: true } })).toBe(0));

    beforeEach(async () => {
      database = newDatabase();
      store = await open();
      raw = await mongoose.createConnection(uri ?? '', { dbName: database }).asPromise();
      collection = store.collection(purses);
      await store.commit([
        collection.insert({ id: 'a', coins: 10, owner: 'ada' }),
        collection.insert({ id: 'b', coins: 0 }),
      ]);
    });
    afterEach(async () => {
      await raw.close();
      await store.close();
      await drop(database);
    });

    it('a unit that was never committed has changed nothing, and its locks are broken', async () => {
      await abandon();
      expect(await coins()).toEqual([10, 0]);
      expect(await collection.get('a')).toEqual({ id: 'a', coins: 10, owner: 'ada' });
      await settled();
      expect(await coins()).toEqual([10, 0]);
    });

    it('who meets an abandoned lock waits, breaks it and goes on', async () => {
      await abandon();
      await store.commit(transfer('a', 'b'));
      expect(await coins()).toEqual([9, 1]);
      await store.commit([collection.update('b', { inc: { coins: 5 } })]);
      expect(await coins()).toEqual([9, 6]);
    });

    it('outcomes are folded in when no read can need what was before, and nothing of the protocol remains', async () => {
      await store.commit(transfer('a', 'b'));
      await store.commit([collection.delete('b', { coins: 1 }), collection.update('a', { unset: ['owner'] })]);
      await vi.waitFor(async () => expect(await decisions().countDocuments()).toBe(0));
      expect(await records().find({}).toArray()).toEqual([{ _id: 'a', coins: 9 }]);
      expect(await raw.collection('document_keys').countDocuments()).toBe(0);
      expect(await collection.find({ limit: 1000 })).toEqual([{ id: 'a', coins: 9 }]);
    });

    it('units of two processes over the same documents neither lose a step nor show a part', async () => {
      const other = await open();
      const theirs = other.collection(purses);
      await Promise.all([
        store.commit([collection.insert({ id: 'c', coins: 0 })]),
        other.commit([theirs.update('b', { set: { owner: 'bea' } })]),
      ]);
      let running = true;
      const seen = new Set<number>();
      const watching = (async () => {
        while (running) seen.add((await theirs.find({ limit: 1000 })).reduce((sum, purse) => sum + purse.coins, 0));
      })();
      const ring = ['a', 'b', 'c', 'a'];
      await Promise.all(
        Array.from({ length: 30 }, (_, n) => {
          const [from = '', to = ''] = ring.slice(n % 3, (n % 3) + 2);
          return n % 2 === 0
            ? store.commit(transfer(from, to))
            : other.commit([theirs.update(from, { inc: { coins: -1 } }), theirs.update(to, { inc: { coins: 1 } })]);
        }),
      );
      running = false;
      await watching;
      await other.close();
      expect([...seen]).toEqual([10]);
      expect(await coins()).toEqual([10, 0, 0]);
    });

    it('a unique place is taken once, whichever process asks, and is free again when its document lets go', async () => {
      const other = await open();
      const theirs = other.collection(purses);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => {
          const purse = { id: `p${n}`, coins: n, owner: 'zoe' };
          return n % 2 === 0 ? store.commit([collection.insert(purse)]) : other.commit([theirs.insert(purse)]);
        }),
      );
      await other.close();
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      await store.commit([
        collection.update('a', { set: { owner: 'eve' } }),
        collection.update('b', { set: { owner: 'ada' } }),
      ]);
      await expect(store.commit([collection.insert({ id: 'x', coins: 0, owner: 'ada' })])).rejects.toMatchObject({
        kind: 'unique',
        index: 'owner',
      });
      expect((await collection.findOne({ owner: 'ada' }))?.id).toBe('b');
    });

    it('a unique index that is new to documents finds its places, and refuses two of one', async () => {
      const byCoins = {
        ...purses,
        indexes: [...purses.indexes, { name: 'coins', fields: ['coins'], unique: true, serves: 'a test' }],
      } as const;
      await settled();
      const later = await open();
      const same = later.collection<Purse>(byCoins);
      await expect(later.commit([same.insert({ id: 'x', coins: 10 })])).rejects.toMatchObject({
        kind: 'unique',
        index: 'coins',
      });
      await later.close();
    });
  });
}
