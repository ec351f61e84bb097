import { Worker } from 'node:worker_threads';
import { DatakeepError, type Clock, type Timer } from '@datakeep/kernel';
import { storageError } from '../storage-error.ts';
import type { FromReader, ReadAnswer, ReaderSettings, ReadTask, ToReader } from './read-messages.ts';

export interface ReaderPoolOptions {
  readonly directory: string;
  /** Threads. */
  readonly readers: number;
  /** Reads that may wait for a thread; more are refused with `storage-busy`. */
  readonly waitingReads: number;
  readonly clock: Clock;
}

interface Waiting {
  readonly task: ReadTask;
  readonly timer: Timer;
  readonly resolve: (answer: ReadAnswer) => void;
  readonly reject: (error: Error) => void;
  /** The thread it was handed to, and its place there. */
  reader?: Reader | undefined;
  place: number;
  over: boolean;
}

interface Reader {
  readonly worker: Worker;
  readonly stop: Int32Array;
  ready: boolean;
  /** Handed over and not answered: the first is being worked on. */
  readonly tasks: Waiting[];
}

/** A thread that was told to stop and has not answered after this long is ended: it is inside one row for all that time. */
const graceMs = 1000;

/**
 * Read-only threads, one task at a time each, so that a long scan holds up nobody who could go to another thread. A thread that is the only one has the next task at hand when it
 * ends one: it does not sleep until this thread has read its answer (a quarter more pages; 16 callers, two cores). A task's budget starts when it is asked, waiting included. A dead
 * thread fails the task it was at and is replaced.
 */
export class ReaderPool {
  readonly #options: ReaderPoolOptions;
  /** Tasks that one thread may have at once. */
  readonly #handed: number;
  readonly #readers = new Set<Reader>();
  readonly #waiting: Waiting[] = [];
  #closing = false;
  #idle: (() => void) | undefined;

  private constructor(options: ReaderPoolOptions) {
    this.#options = options;
    this.#handed = options.readers === 1 ? 2 : 1;
  }

  static async open(options: ReaderPoolOptions): Promise<ReaderPool> {
    const pool = new ReaderPool(options);
    await Promise.all(Array.from({ length: options.readers }, () => pool.#start()));
    return pool;
  }

  read(task: ReadTask, budgetMs: number): Promise<ReadAnswer> {
    if (this.#closing) return Promise.reject(new DatakeepError('not-ready'));
    if (this.#readers.size === 0) {
      // The last start failed: this call is refused, and tries again for the next.
      this.#restart();
      return Promise.reject(storageError('storage-unreachable'));
    }
    if (this.#waiting.length >= this.#options.waitingReads) {
      return Promise.reject(new DatakeepError('storage-busy', undefined, { retryAfterSeconds: 1 }));
    }
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.setTimer(budgetMs, () => this.#expire(waiting));
      const waiting: Waiting = { task, resolve, reject, timer, place: 0, over: false };
      this.#waiting.push(waiting);
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#busy()) await new Promise<void>((resolve) => (this.#idle = resolve));
    await Promise.all([...this.#readers].map((reader) => this.#end(reader)));
  }

  #busy(): boolean {
    return this.#waiting.length > 0 || [...this.#readers].some((reader) => reader.tasks.length > 0);
  }

  #end(reader: Reader): Promise<void> {
    return new Promise((resolve) => {
      reader.worker.once('exit', () => resolve());
      reader.worker.postMessage('close' satisfies ToReader, []);
    });
  }

  #dispatch(): void {
    for (const reader of this.#readers) {
      if (!reader.ready) continue;
      while (this.#waiting.length > 0 && reader.tasks.length < this.#handed)
        this.#hand(this.#waiting.shift() as Waiting, reader);
    }
    if (this.#closing && !this.#busy()) this.#idle?.();
  }

  #hand(next: Waiting, reader: Reader): void {
    next.reader = reader;
    // Its neighbour has the other one.
    next.place = reader.tasks[0]?.place === 0 ? 1 : 0;
    reader.tasks.push(next);
    Atomics.store(reader.stop, next.place, 0);
    reader.worker.postMessage({ task: next.task, place: next.place } satisfies ToReader, []);
  }

  #expire(waiting: Waiting): void {
    waiting.over = true;
    waiting.reject(storageError('query-timeout'));
    const { reader } = waiting;
    if (!reader) {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      return;
    }
    Atomics.store(reader.stop, waiting.place, 1);
    this.#options.clock.setTimer(graceMs, () => {
      if (reader.tasks[0] !== waiting) return;
      // terminate() takes effect when the statement returns; the replacement does not wait for that.
      void reader.worker.terminate();
      this.#gone(reader);
    });
  }

  #start(): Promise<void> {
    const stop = new SharedArrayBuffer(4 * this.#handed);
    const file = import.meta.url.endsWith('.ts') ? './reader.worker.ts' : './reader.worker.js';
    const workerData: ReaderSettings = { directory: this.#options.directory, stop };
    const worker = new Worker(new URL(file, import.meta.url), { workerData, name: 'event-reader' });
    const reader: Reader = { worker, stop: new Int32Array(stop), ready: false, tasks: [] };
    this.#readers.add(reader);
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromReader) => {
        if (message === 'ready') {
          reader.ready = true;
          resolve();
        } else this.#answer(reader, message);
        this.#dispatch();
      });
      // 'exit' follows and does the rest.
      worker.on('error', (error) => reject(error));
      worker.on('exit', () => {
        reject(storageError('storage-unreachable'));
        this.#gone(reader);
      });
    });
  }

  #answer(reader: Reader, message: ReadAnswer): void {
    const answered = reader.tasks.shift();
    answered?.timer.cancel();
    answered?.resolve(message);
  }

  #gone(reader: Reader): void {
    if (!this.#readers.delete(reader)) return;
    const [current, ...unread] = reader.tasks.splice(0);
    current?.timer.cancel();
    current?.reject(storageError('storage-unreachable'));
    for (const waiting of unread.filter(({ over }) => !over)) {
      waiting.reader = undefined;
      this.#waiting.unshift(waiting);
    }
    // A thread that never got ready would fail again at once.
    if (!this.#closing && reader.ready) this.#restart();
    else if (this.#closing) this.#failWaiting(undefined);
    this.#dispatch();
  }

  #restart(): void {
    void this.#start().catch((error: unknown) => this.#failWaiting(error));
  }

  /** The replacement could not start: with no thread left nobody would answer those who wait. */
  #failWaiting(cause: unknown): void {
    if (this.#readers.size > 0) return;
    for (const waiting of this.#waiting.splice(0)) {
      waiting.timer.cancel();
      waiting.reject(new DatakeepError('storage-unreachable', undefined, { retryAfterSeconds: 1, cause }));
    }
  }
}
