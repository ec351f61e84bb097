import { randomBytes } from 'node:crypto';
import type { mongo } from 'mongoose';

const rows = 500;
/** Until it is calibrated: about twice what SQLite takes. */
export const guessedWriteMs = 0.02;

/**
 * What one more index adds to one inserted event here, ms: events with and without it, in temporary collections.
 * Clamped to the range measured on other machines.
 */
export async function calibrateWriteMs(database: mongo.Db): Promise<number> {
  const plain = await insertAll(database, false);
  const indexed = await insertAll(database, true);
  const added = (indexed - plain) / rows;
  return added > 0 ? Math.min(0.2, Math.max(0.005, added)) : guessedWriteMs;
}

async function insertAll(database: mongo.Db, indexed: boolean): Promise<number> {
  const probe = database.collection(`probe_${randomBytes(6).toString('hex')}`);
  const text = 'x'.repeat(200);
  const events = Array.from({ length: rows }, (_, n) => ({
    _id: n as never,
    created: new Date(n),
    payload: { user: `user-${(n * 7919) % 1000}`, text },
  }));
  try {
    await probe.createIndex({ created: -1, _id: -1 }, { name: 'byProfile' });
    if (indexed) await probe.createIndex({ 'payload.user': 1, created: 1, _id: 1 }, { name: 'by_user' });
    const start = performance.now();
    await probe.insertMany(events);
    return performance.now() - start;
  } finally {
    await probe.drop();
  }
}
