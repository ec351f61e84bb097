import { closeSync, fdatasync, openSync } from 'node:fs';
import { DatakeepError } from '@datakeep/kernel';

/** Of one file descriptor: `fs.fdatasync`. */
export type Sync = (fd: number, done: (error: Error | null) => void) => void;

/**
 * Makes commits of a write-ahead log survive a power loss, in the thread pool, while the calling thread works on. With
 * `synchronous = NORMAL` a commit is in the log, and not yet on the disk (sqlite.org/wal.html section 3); one sync of
 * the log covers every commit before it. Calls during a sync share the next one.
 */
export class LogSync {
  readonly #path: string;
  readonly #sync: Sync;
  #fd: number | undefined;
  #going = false;
  #next: PromiseWithResolvers<void> | undefined;
  #failure: DatakeepError | undefined;
  #idle: (() => void) | undefined;

  /** `databaseFile` is open in WAL mode: SQLite removes or replaces its log only when the last connection closes. */
  constructor(databaseFile: string, sync: Sync = fdatasync) {
    this.#path = `${databaseFile}-wal`;
    this.#sync = sync;
  }

  /**
   * After a failed sync it is unknown how much of the log is on the disk, and a second sync would not report it
   * (lwn.net/Articles/752063): no later commit is durable.
   */
  get failure(): DatakeepError | undefined {
    return this.#failure;
  }

  /** Resolves when all that was committed before the call is on the disk. Rejects with `failure`. */
  covered(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#next ??= Promise.withResolvers();
    const { promise } = this.#next;
    if (!this.#going) this.#start();
    return promise;
  }

  /** Waits for the sync under way. */
  async close(): Promise<void> {
    if (this.#going) await new Promise<void>((resolve) => (this.#idle = resolve));
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #start(): void {
    const covered = this.#next!;
    this.#next = undefined;
    this.#going = true;
    try {
      this.#fd ??= openSync(this.#path, 'r');
      this.#sync(this.#fd, (error) => this.#end(covered, error));
    } catch (error) {
      this.#end(covered, error as Error);
    }
  }

  #end(covered: PromiseWithResolvers<void>, error: Error | null): void {
    this.#going = false;
    if (error) {
      this.#failure = new DatakeepError('storage-unreachable', undefined, { cause: error });
      this.#next?.reject(this.#failure);
      this.#next = undefined;
      covered.reject(this.#failure);
    } else covered.resolve();
    if (this.#next) this.#start();
    else this.#idle?.();
  }
}
