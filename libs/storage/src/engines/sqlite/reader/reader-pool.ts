import { DatakeepError, type Clock } from '@datakeep/kernel';
import { storageError } from '../storage-error.ts';
import { Lane } from './lane.ts';
import { LongReads } from './long-reads.ts';
import type { Read } from './reader-thread.ts';
import type { ReadAnswer, ReadTask } from './read-messages.ts';

export interface ReaderPoolOptions {
  readonly directory: string;
  /** Threads, at most. */
  readonly readers: number;
  /** Reads that may wait for a thread; more are refused with `storage-busy`. */
  readonly waitingReads: number;
  readonly clock: Clock;
}

/** Of the places to wait, how many one caller may fill. */
const shareOfOne = 3 / 4;
/** What can be narrowed where it takes too long. Any other read is short, and late only on a machine that is busy. */
const searches: ReadonlySet<ReadTask['task']> = new Set(['query', 'aggregate', 'changes']);

const storageBusy = (): DatakeepError => new DatakeepError('storage-busy', undefined, { retryAfterSeconds: 1 });

/**
 * Read-only worker threads.
 * A read begins on one thread that is reserved for short reads, unless the last of its kind was long: a read that has
 * not ended after its time slice restarts on another thread, of which there are `readers - 1`, started on demand. So
 * short reads never wait for a scan. Callers take turns on either. With one reader there is no other thread, and no
 * slice.
 *
 * The short thread has its next read queued when it ends one: it does not sleep until this thread has read its answer
 * (a quarter more pages; 16 callers, two cores). A read's budget starts with the call, waiting included. A dead thread
 * fails its current read and is replaced.
 */
export class ReaderPool {
  readonly #options: ReaderPoolOptions;
  readonly #short: Lane;
  readonly #long: Lane;
  readonly #longReads = new LongReads();
  #closing = false;
  #rest: (() => void) | undefined;

  private constructor(options: ReaderPoolOptions) {
    this.#options = options;
    const { directory, clock, readers } = options;
    const shared = { directory, clock, onRest: () => this.#rested() };
    this.#long = new Lane({
      ...shared,
      threads: readers - 1,
      kept: 0,
      handed: 1,
      sliced: false,
      onTooLong: () => undefined,
    });
    this.#short = new Lane({
      ...shared,
      threads: 1,
      kept: 1,
      handed: 2,
      sliced: readers > 1,
      onTooLong: (read) => {
        this.#longReads.add(read.task, read.caller);
        this.#long.add(read);
      },
    });
  }

  static async open(options: ReaderPoolOptions): Promise<ReaderPool> {
    const pool = new ReaderPool(options);
    await pool.#short.open();
    return pool;
  }

  /** `caller`: reads of the same one take one turn. */
  read(task: ReadTask, budgetMs: number, caller = ''): Promise<ReadAnswer> {
    if (this.#closing) return Promise.reject(new DatakeepError('not-ready'));
    const { waitingReads, clock } = this.#options;
    const isFull =
      this.#short.waiting + this.#long.waiting >= waitingReads ||
      this.#short.waitingOf(caller) + this.#long.waitingOf(caller) >= Math.ceil(waitingReads * shareOfOne);
    if (isFull) return Promise.reject(storageBusy());
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(budgetMs, () => {
        read.over = true;
        reject(searches.has(task.task) ? storageError('query-timeout') : storageBusy());
        this.#short.expire(read);
        this.#long.expire(read);
      });
      const isLong = this.#longReads.has(task, caller);
      const learn = (answer: ReadAnswer): void => {
        this.#longReads.learn(task, caller, answer);
        resolve(answer);
      };
      const read: Read = { task, caller, resolve: isLong ? learn : resolve, reject, timer, over: false };
      const lane = isLong ? this.#long : this.#short;
      lane.add(read);
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#isBusy()) await new Promise<void>((resolve) => (this.#rest = resolve));
    await Promise.all([this.#short.close(), this.#long.close()]);
  }

  #isBusy(): boolean {
    return this.#short.isBusy || this.#long.isBusy;
  }

  #rested(): void {
    if (this.#closing && !this.#isBusy()) this.#rest?.();
  }
}
