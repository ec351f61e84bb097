import type { DatabaseSync } from 'node:sqlite';

/** From a deletion on, ms. Emptying costs what a checkpoint does: two syncs, and the log's pages once more. */
const usualDelayMs = 60_000;

/**
 * Empties the write-ahead log of a database after something was deleted, and once after it was opened, since a process
 * that was killed leaves its log. `secure_delete` overwrites what is deleted in
 * the file alone: in the log its pages stand until the log was filled and begun anew, in a quiet keep for weeks.
 */
export class LogEmptier {
  readonly #database: DatabaseSync;
  readonly #delayMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(database: DatabaseSync, delayMs = usualDelayMs) {
    this.#database = database;
    this.#delayMs = delayMs;
    this.deleted();
  }

  /** Something was deleted, or is about to be in this turn of the event loop. */
  deleted(): void {
    this.#timer ??= setTimeout(() => this.#empty(), this.#delayMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #empty(): void {
    this.#timer = undefined;
    const { timeout } = this.#database.prepare('PRAGMA busy_timeout').get() as { timeout: number };
    let isEmpty = false;
    try {
      // A reader of the log is not waited for.
      this.#database.exec('PRAGMA busy_timeout = 0');
      isEmpty = this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0;
    } catch {
      // A disk that is full or fails shows at the next write.
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${timeout}`);
    }
    if (!isEmpty) this.deleted();
  }
}
