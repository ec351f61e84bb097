import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { DatakeepError } from '../errors/datakeep-error.ts';
import { isDuplicateKey } from './mongo-errors.ts';

interface LockRecord {
  readonly _id: string;
  readonly holder: string;
}

/** A lock whose holder did not let go for this long died with it: what it guards takes at most `writeTimeoutMs`. */
const abandonedMs = 10_000;
const pollMs = 5;

/**
 * Makes a read-then-write of one document one step, also where the server does not (`MongoCapabilities.atomicUpdates`): the one thing every
 * server does atomically is an insert under a unique key, so a lock is a document that is there. Within the process turns are taken
 * in order, without asking the server. Where the server's updates are atomic nothing is done.
 */
export class UpdateGuard {
  readonly #locks: mongo.Collection<LockRecord> | undefined;
  readonly #turns = new Map<string, Promise<void>>();

  constructor(locks: mongo.Collection<LockRecord>, atomicUpdates: boolean) {
    this.#locks = atomicUpdates ? undefined : locks;
  }

  async guarded<R>(key: string, step: () => Promise<R>): Promise<R> {
    const locks = this.#locks;
    if (!locks) return step();
    const before = this.#turns.get(key);
    let done: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => (done = resolve));
    this.#turns.set(key, turn);
    try {
      await before;
      return await this.#locked(locks, key, step);
    } finally {
      done();
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }

  async #locked<R>(locks: mongo.Collection<LockRecord>, key: string, step: () => Promise<R>): Promise<R> {
    const holder = randomBytes(12).toString('hex');
    await acquire(locks, { _id: key, holder });
    try {
      return await step();
    } finally {
      await locks.deleteOne({ _id: key, holder });
    }
  }
}

async function acquire(locks: mongo.Collection<LockRecord>, lock: LockRecord): Promise<void> {
  const started = performance.now();
  let seen = { holder: '', since: started };
  for (;;) {
    try {
      await locks.insertOne(lock);
      return;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    const held = await locks.findOne({ _id: lock._id });
    const now = performance.now();
    if (held && held.holder !== seen.holder) seen = { holder: held.holder, since: now };
    else if (held && now - seen.since > abandonedMs) await locks.deleteOne({ _id: lock._id, holder: held.holder });
    if (now - started > abandonedMs * 3) throw new DatakeepError('storage-busy', undefined, { retryAfterSeconds: 1 });
    await delay(pollMs * (1 + Math.random()));
  }
}
