import {
  openMongoDocuments,
  type Collection,
  type CollectionDefinition,
  type MongoDocuments,
} from '@datakeep/documents';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { mongoServer } from '../support/mongo/mongo-server.ts';

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

const { name, uri, newDatabase, drop } = await mongoServer('documents of several processes');

describe.runIf(uri)(`documents of several processes on ${name}`, () => {
  let database: string;
  let store: MongoDocuments;
  let collection: Collection<Purse>;
  const open = (): Promise<MongoDocuments> => openMongoDocuments({ uri: uri ?? '', database });
  const transfer = (from: string, to: string) => [
    collection.update(from, { inc: { coins: -1 } }),
    collection.update(to, { inc: { coins: 1 } }),
  ];
  const coins = async (): Promise<number[]> => (await collection.find({ limit: 1000 })).map((purse) => purse.coins);

  beforeEach(async () => {
    database = newDatabase();
    store = await open();
    collection = store.collection(purses);
    await store.commit([
      collection.insert({ id: 'a', coins: 10, owner: 'ada' }),
      collection.insert({ id: 'b', coins: 0 }),
    ]);
  });
  afterEach(async () => {
    await store.close();
    await drop(database);
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

  it('a unique value is taken once among all processes, and is free again when its document drops it', async () => {
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

  it('a unique index that is new to documents refuses two of one value', async () => {
    const byCoins = {
      ...purses,
      indexes: [...purses.indexes, { name: 'coins', fields: ['coins'], unique: true, serves: 'a test' }],
    } as const;
    const later = await open();
    const same = later.collection<Purse>(byCoins);
    await expect(later.commit([same.insert({ id: 'x', coins: 10 })])).rejects.toMatchObject({
      kind: 'unique',
      index: 'coins',
    });
    await later.close();
  });

  it('of two units that each check what the other changes one is carried out', async () => {
    const other = await open();
    const theirs = other.collection(purses);
    for (let n = 0; n < 10; n += 1) {
      const [x, y] = [`x${n}`, `y${n}`];
      await store.commit([collection.insert({ id: x, coins: 0 }), collection.insert({ id: y, coins: 0 })]);
      const outcomes = await Promise.allSettled([
        store.commit([collection.update(x, {}, { coins: 0 }), collection.update(y, { set: { coins: 1 } })]),
        other.commit([theirs.update(y, {}, { coins: 0 }), theirs.update(x, { set: { coins: 1 } })]),
      ]);
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    }
    await other.close();
  });
});
