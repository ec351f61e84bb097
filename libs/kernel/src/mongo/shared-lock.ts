import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { isDuplicateKey } from './mongo-errors.ts';

export interface LockRecord {
  readonly _id: string;
  readonly holder: string;
  /** Counts the holder's renewals. */
  readonly beat: number;
}

/** Between two looks at a lock that another process holds: between half of it and all. */
const pauseMs = 6;
const renewalsPerLease = 4;

/**
 * A lock among processes: a document that is there. Its holder renews it while its step lasts; who sees it unchanged for a whole lease, on its own
 * clock, takes it for dead and removes it.
 */
export class SharedLock {
  readonly #locks: mongo.Collection<LockRecord>;
  readonly #key: string;
  readonly #leaseMs: number;
  readonly #holder = randomBytes(12).toString('hex');
  #seen = { life: '', since: 0 };
  #renewing: NodeJS.Timeout | undefined;
  #renewal: Promise<unknown> = Promise.resolve();

  constructor(locks: mongo.Collection<LockRecord>, key: string, leaseMs: number) {
    this.#locks = locks;
    this.#key = key;
    this.#leaseMs = leaseMs;
  }

  /** Whether this is the holder now. */
  async tryTake(): Promise<boolean> {
    try {
      await this.#locks.insertOne({ _id: this.#key, holder: this.#holder, beat: 0 });
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
    this.#renewing = setInterval(() => this.#renew(), this.#leaseMs / renewalsPerLease).unref();
    return true;
  }

  /** Looks at the lock after a moment, and removes it if it is dead. */
  async untilItMayBeFree(): Promise<void> {
    await delay(pauseMs * (0.5 + Math.random() / 2));
    const held = await this.#locks.findOne({ _id: this.#key });
    if (!held) return;
    const life = `${held.holder} ${held.beat}`;
    const now = performance.now();
    if (life !== this.#seen.life) this.#seen = { life, since: now };
    else if (now - this.#seen.since > this.#leaseMs)
      await this.#locks.deleteOne({ _id: this.#key, holder: held.holder });
  }

  async release(): Promise<void> {
    clearInterval(this.#renewing);
    // A renewal that reads the lock before it goes and writes it afterwards would be one too late.
    await this.#renewal;
    await this.#locks.deleteOne({ _id: this.#key, holder: this.#holder });
  }

  #renew(): void {
    // One that fails is followed by another; if all do, the lease ends.
    this.#renewal = this.#locks
      .updateOne({ _id: this.#key, holder: this.#holder }, { $inc: { beat: 1 } })
      .catch(() => undefined);
  }
}
