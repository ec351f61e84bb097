import { DatakeepError, SystemClock, within } from '@datakeep/kernel';
import type { mongo } from 'mongoose';
import { toMongoStorageError, unreachable } from './mongo-errors.ts';

/** With the 2 s for balancers and the 10 s of requests in flight this stays below the 15 s of a process. */
const patienceMs = 2400;
/** The driver itself finds out after 10 to 20 s that a server stands still. */
const pingMs = 5000;

/** What a store on MongoDB is doing. */
export class Operations {
  readonly #underWay = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  /** Throws `not-ready` after `close`. */
  checkOpen(): void {
    if (this.#closed) throw new DatakeepError('not-ready', 'The store is closed.');
  }

  /** Rejects with the catalogue's errors. */
  async run<R>(kind: 'read' | 'write', operation: () => Promise<R>): Promise<R> {
    this.checkOpen();
    const running = operation();
    this.#underWay.add(running);
    try {
      return await running;
    } catch (error) {
      throw toMongoStorageError(error, kind);
    } finally {
      this.#underWay.delete(running);
    }
  }

  /** Rejects with `storage-unreachable` where the server does not answer within 5 s. */
  ping(database: mongo.Db): Promise<void> {
    return this.run('read', async () => {
      if (!(await within(new SystemClock(), pingMs, database.command({ ping: 1 })))) throw unreachable('read');
    });
  }

  /**
   * Begins no more, waits for those under way and `others`, and then ends what they work on. A server that does not
   * answer is waited for no longer than `patienceMs`. A second call does nothing.
   */
  close(end: () => unknown, others: readonly Promise<unknown>[] = []): Promise<void> {
    this.#closed ??= (async () => {
      await within(new SystemClock(), patienceMs, Promise.allSettled([...this.#underWay, ...others]));
      await end();
    })();
    return this.#closed;
  }
}
