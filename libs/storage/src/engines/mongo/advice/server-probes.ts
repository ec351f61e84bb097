import { randomBytes } from 'node:crypto';
import type { mongo } from 'mongoose';

/** Until it is calibrated: about twice what SQLite takes. */
export const guessedWriteMs = 0.02;

const exchanges = 5;
const rows = 500;

/** What one exchange with the server takes at least, ms. */
export async function exchangeMs(database: mongo.Db): Promise<number> {
  const times: number[] = [];
  for (let time = 0; time < exchanges; time += 1) {
    const start = performance.now();
    await database.command({ ping: 1 });
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

/** Whether the server's `explain` names the index that serves a query: tried, and never read off a version. */
export function explainsPlans(database: mongo.Db): Promise<boolean> {
  return onProbe(database, async (probe) => {
    await probe.createIndex({ text: 1 }, { name: 'by_text' });
    return isAnswered(async () => {
      const plan = await probe.find({ text: 'a' }).explain('queryPlanner');
      return JSON.stringify(plan).includes('"indexName":"by_text"');
    });
  });
}

/** Whether this user may hide an index. The role `readWrite` has no `collMod`; `dbAdmin` has. */
export function hidesIndexes(database: mongo.Db): Promise<boolean> {
  return onProbe(database, async (probe) => {
    await probe.createIndex({ text: 1 }, { name: 'by_text' });
    return isAnswered(async () => {
      await database.command({ collMod: probe.collectionName, index: { name: 'by_text', hidden: true } });
      return true;
    });
  });
}

/** False where the server answers that it cannot, or that this user must not. What is no answer is another error. */
async function isAnswered(attempt: () => Promise<boolean>): Promise<boolean> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof Error && error.name === 'MongoServerError') return false;
    throw error;
  }
}

/**
 * What one more index adds to one inserted event here, ms: events with and without it, in temporary collections.
 * Clamped to the range measured on other machines.
 */
export async function calibrateWriteMs(database: mongo.Db): Promise<number> {
  const added = ((await insertionMs(database, true)) - (await insertionMs(database, false))) / rows;
  return added > 0 ? Math.min(0.2, Math.max(0.005, added)) : guessedWriteMs;
}

function insertionMs(database: mongo.Db, indexed: boolean): Promise<number> {
  const text = 'x'.repeat(200);
  const events = Array.from({ length: rows }, (_, n) => ({
    _id: n as never,
    created: new Date(n),
    payload: { user: `user-${(n * 7919) % 1000}`, text },
  }));
  return onProbe(database, async (probe) => {
    await probe.createIndex({ created: -1, _id: -1 }, { name: 'byProfile' });
    if (indexed) await probe.createIndex({ 'payload.user': 1, created: 1, _id: 1 }, { name: 'by_user' });
    const start = performance.now();
    await probe.insertMany(events);
    return performance.now() - start;
  });
}

/** On a collection that goes again. */
async function onProbe<R>(database: mongo.Db, act: (probe: mongo.Collection) => Promise<R>): Promise<R> {
  const probe = database.collection(`probe_${randomBytes(6).toString('hex')}`);
  try {
    return await act(probe);
  } finally {
    await probe.drop();
  }
}
