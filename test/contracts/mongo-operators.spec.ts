import mongoose, { type Connection, type mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mongoServer } from '../support/mongo/mongo-server.ts';

/*
 * The parts of MongoDB's language on which the engines rely, with MongoDB's answers: a stand-in that answers otherwise,
 * or a server that changed, shows here first.
 */

interface Item {
  readonly _id: number;
  readonly v?: unknown;
}

const { name, uri, newDatabase } = await mongoServer('operators that the engines use');

describe.runIf(uri)(`of the operators that the engines use, on ${name},`, () => {
  let connection: Connection;
  let items: mongo.Collection<Item>;
  beforeAll(async () => {
    connection = await mongoose.createConnection(uri ?? '', { dbName: newDatabase() }).asPromise();
    items = connection.db!.collection('items');
  });
  afterAll(async () => {
    await connection.dropDatabase();
    await connection.close();
  });
  const store = async (values: readonly unknown[]): Promise<void> => {
    await items.deleteMany({});
    await items.insertMany(values.map((v, _id) => (v === undefined ? { _id } : { _id, v })));
  };
  const ids = async (filter: object, sort: Record<string, 1 | -1> = { _id: 1 }): Promise<number[]> =>
    (await items.find(filter).sort(sort).toArray()).map(({ _id }) => _id);

  test('null, absence and types are told apart, and arrays are looked into one level deep', async () => {
    await store([null, undefined, 1, [1, 'x', null], [], 'x', { a: 1 }, [{ a: 1 }, { b: 2 }], [{}], true]);
    expect(await ids({ v: { $type: 'null' } })).toEqual([0, 3]);
    expect(await ids({ v: { $eq: null } })).toEqual([0, 1, 3]);
    expect(await ids({ v: { $exists: true } })).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await ids({ v: { $type: 'string' } })).toEqual([3, 5]);
    expect(await ids({ v: { $eq: 1 } })).toEqual([2, 3]);
    expect(await ids({ v: { $in: ['x', true] } })).toEqual([3, 5, 9]);
    expect(await ids({ v: { $gt: 0 } })).toEqual([2, 3]);
    expect(await ids({ v: { $gte: '' } })).toEqual([3, 5]);
    expect(await ids({ 'v.a': { $eq: 1 } })).toEqual([6, 7]);
    expect(await ids({ 'v.a': { $exists: true } })).toEqual([6, 7]);
    expect(await ids({ 'v.a': { $type: 'null' } })).toEqual([]);
    expect(await ids({ $nor: [{ v: { $gt: 0 } }] })).toEqual([0, 1, 4, 5, 6, 7, 8, 9]);
    expect(await ids({ _id: { $in: [] } })).toEqual([]);
    expect(await ids({ $or: [{}, { v: 1 }] })).toHaveLength(10);
  });

  test('strings are ordered by code points, and patterns are literal where they are escaped', async () => {
    await store(['\u{1F600}', '\uE000', 'é', 'z', 'Z', 'ab', 'a.b', 'a\0b', 'a\nb']);
    expect(await ids({}, { v: 1 })).toEqual([4, 7, 8, 6, 5, 3, 2, 1, 0]);
    expect(await ids({ v: { $gt: '\uE000' } })).toEqual([0]);
    expect(await ids({ v: { $regex: '^a\\.' } })).toEqual([6]);
    expect(await ids({ v: { $regex: '\\x00b' } })).toEqual([7]);
    expect(await ids({ v: { $regex: 'a\nb' } })).toEqual([8]);
    expect(await ids({ v: { $regex: '\u{1F600}' } })).toEqual([0]);
  });

  test('a sort has absent and null first, then numbers whatever their type, and false before true', async () => {
    await store([2, null, undefined, 0.5, -1, 2 ** 53, 1e21, 2 ** 63]);
    expect(await ids({}, { v: 1, _id: 1 })).toEqual([1, 2, 4, 3, 0, 5, 7, 6]);
    expect(await ids({}, { v: -1, _id: -1 })).toEqual([6, 7, 5, 0, 3, 4, 2, 1]);
    expect(await ids({ v: { $ne: null } }, { v: 1 })).toEqual([4, 3, 0, 5, 7, 6]);
    await store([true, false, undefined]);
    expect(await ids({}, { v: 1 })).toEqual([2, 1, 0]);
    expect(await ids({ v: { $lt: true } })).toEqual([1]);
  });

  test('groups are by value, and a projection of the same fields leaves absent ones out', async () => {
    await store(['x', 'x', null, undefined, 2 ** 63, 1e21, 1, new Date(5)]);
    const groups = await items
      .aggregate<{ _id: { v?: unknown }; events: number }>([
        { $match: {} },
        { $group: { _id: { v: '$v' }, events: { $sum: 1 } } },
      ])
      .toArray();
    expect(groups.find(({ _id }) => _id.v === 'x')?.events).toBe(2);
    expect(groups.reduce((sum, { events }) => sum + events, 0)).toBe(8);
    expect(groups.filter(({ _id }) => typeof _id.v === 'number')).toHaveLength(3);
    const rows = await items
      .aggregate([
        { $match: { _id: { $gte: 3 } } },
        { $sort: { _id: 1 } },
        { $project: { _id: { v: '$v' }, events: { $literal: 1 } } },
      ])
      .toArray();
    expect(rows[0]).toEqual({ _id: {}, events: 1 });
    expect(rows.at(-1)).toEqual({ _id: { v: new Date(5) }, events: 1 });
    const sums = items.aggregate([
      { $match: { _id: { $in: [0, 6] } } },
      { $group: { _id: null, total: { $sum: '$v' } } },
    ]);
    expect(await sums.toArray()).toEqual([{ _id: null, total: 1 }]);
  });

  test('a unique index is sparse where it is told so, and names itself when it refuses', async () => {
    const named = connection.db!.collection<{ readonly _id: number; readonly n?: number }>('named');
    await named.createIndex({ n: 1 }, { name: 'byNumber', unique: true, sparse: true });
    await named.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3, n: 1 }]);
    await expect(named.insertOne({ _id: 4, n: 1 })).rejects.toMatchObject({ code: 11000 });
    await expect(named.insertOne({ _id: 4, n: 1 })).rejects.toThrow(/index: byNumber dup key/);
    await expect(named.insertOne({ _id: 3 })).rejects.toThrow(/index: _id_ dup key/);
    await expect(named.updateOne({ _id: 1 }, { $set: { n: 1 } })).rejects.toThrow(/index: byNumber dup key/);
    expect(await named.updateOne({ _id: 1 }, { $max: { n: 7 } })).toMatchObject({ matchedCount: 1 });
    await named.updateOne({ _id: 3 }, { $unset: { n: '' } });
    expect(await named.insertOne({ _id: 4, n: 1 })).toMatchObject({ insertedId: 4 });
  });

  test('of two transactions that write one document the second fails, and may be run again', async () => {
    await store([0]);
    const client = connection.getClient();
    const raise = { $inc: { v: 1 } } as mongo.UpdateFilter<Item>;
    const [one, two] = [client.startSession(), client.startSession()];
    one.startTransaction({ readConcern: { level: 'snapshot' } });
    two.startTransaction({ readConcern: { level: 'snapshot' } });
    await items.findOneAndUpdate({ _id: 0 }, raise, { session: one });
    const conflict = items.findOneAndUpdate({ _id: 0 }, raise, { session: two });
    await expect(conflict).rejects.toMatchObject({
      code: 112,
      errorLabels: expect.arrayContaining(['TransientTransactionError']),
    });
    expect(await ids({ v: 1 })).toEqual([]);
    await one.commitTransaction();
    expect(await ids({ v: 1 })).toEqual([0]);
    await Promise.all([one.endSession(), two.endSession()]);
  });

  test('a session of one moment sees nothing that is committed after its first read', async () => {
    await store([1, 2]);
    await connection.getClient().withSession({ snapshot: true }, async (session) => {
      expect(await items.countDocuments({}, { session })).toBe(2);
      expect((await items.find({}, { session }).sort({ _id: 1 }).toArray()).length).toBe(2);
    });
  });
});
