import { setTimeout as delay } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { DatakeepError } from '../errors/datakeep-error.ts';
import { type LockRecord, SharedLock } from './shared-lock.ts';

export interface GuardLimits {
  /** Nobody waits longer for a document. More than a lease, so that a waiter outlives a holder that died. */
  readonly patienceMs: number;
  /** A lock that was not renewed for this long died with its holder. */
  readonly leaseMs: number;
}

const defaults: GuardLimits = { patienceMs: 12_000, leaseMs: 6000 };
/** After holding a document for this long in one go, a line of this process lets others in. */
const inOneGoMs = 20;
/** Longer than the longest pause between the attempts of another process. */
const courtesyMs = 8;

/** Those in this process that want one document, one after the other. */
interface Line {
  last: Promise<void>;
  /** Since when the line has held the document without letting others in. */
  since: number;
}

/**
 * Makes a read-then-write of one document one step, also where the server does not (`MongoCapabilities.atomicUpdates`): the one thing every
 * server does atomically is an insert under a unique key, so a lock is a document that is there. Within the process turns are taken
 * in order, without asking the server. Where the server's updates are atomic nothing is done.
 */
export class UpdateGuard {
  readonly #locks: mongo.Collection<LockRecord> | undefined;
  readonly #limits: GuardLimits;
  readonly #lines = new Map<string, Line>();
  readonly #ending = new AbortController();

  constructor(locks: mongo.Collection<LockRecord>, atomicUpdates: boolean, limits: Partial<GuardLimits> = {}) {
    this.#locks = atomicUpdates ? undefined : locks;
    this.#limits = { ...defaults, ...limits };
  }

  /** What the step answers. Rejects with `storage-busy`, having done nothing, where its turn does not come in time or the guard was ended. */
  async guarded<R>(key: string, step: () => Promise<R>): Promise<R> {
    const locks = this.#locks;
    if (!locks) return step();
    const giveUpAt = performance.now() + this.#limits.patienceMs;
    const line = this.#lines.get(key) ?? { last: Promise.resolve(), since: performance.now() };
    this.#lines.set(key, line);
    const before = line.last;
    const turn = Promise.withResolvers<void>();
    line.last = turn.promise;
    try {
      await before;
      if (performance.now() - line.since > inOneGoMs) {
        await delay(courtesyMs);
        line.since = performance.now();
      }
      const lock = new SharedLock(locks, key, this.#limits.leaseMs);
      while (!(await lock.tryTake())) {
        if (this.#ending.signal.aborted || performance.now() > giveUpAt)
          throw new DatakeepError('storage-busy', undefined, { retryAfterSeconds: 1 });
        await lock.untilItMayBeFree();
        line.since = performance.now();
      }
      try {
        return await step();
      } finally {
        await lock.release();
      }
    } finally {
      turn.resolve();
      if (line.last === turn.promise) this.#lines.delete(key);
    }
  }

  /** From now on nobody waits for another process: who cannot have a document at once is told so. Steps under way go on. */
  end(): void {
    this.#ending.abort();
  }
}
