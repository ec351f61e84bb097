import { DatakeepError, RoundRobin, type Clock, type Timer } from '@datakeep/kernel';
import { storageError } from '../storage-error.ts';
import { ReaderThread, type Read } from './reader-thread.ts';
import type { ReadAnswer } from './read-messages.ts';

export interface LaneOptions {
  readonly directory: string;
  readonly clock: Clock;
  /** The maximum number of threads; they start on demand. */
  readonly threads: number;
  /** The number of threads that are kept while the storage is open. */
  readonly kept: 0 | 1;
  /** Reads that one thread may have at once. */
  readonly handed: 1 | 2;
  /** Whether a read that takes longer than a slice is handed to `onTooLong`. */
  readonly sliced: boolean;
  readonly onTooLong: (read: Read) => void;
  /** Called when a read ended or a thread exited. */
  readonly onRest: () => void;
}

/**
 * A thread that was signalled to stop and has not answered after this long is terminated. Two checks of the budget may
 * be 0.2 s of CPU apart.
 */
const graceMs = 5000;
/** A thread beyond `kept` ends after this long without a read. */
const idleMs = 10_000;

/**
 * Threads that answer reads of one kind, and the reads that wait for them. There are never more threads than `threads`:
 * a terminated one counts until it has exited.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #threads = new Set<ReaderThread>();
  readonly #turns = new RoundRobin<Read>();
  /** Of each caller, what is being read. */
  readonly #reading = new Map<string, number>();
  #idle: Timer | undefined;
  #closing = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Starts the threads that are kept. */
  async open(): Promise<void> {
    for (let thread = 0; thread < this.#options.kept; thread += 1) this.#start();
    await Promise.all([...this.#threads].map((thread) => thread.started));
  }

  get waiting(): number {
    return this.#turns.length;
  }

  waitingOf(caller: string): number {
    return this.#turns.lengthOf(caller);
  }

  get isBusy(): boolean {
    return this.#turns.length > 0 || [...this.#threads].some((thread) => !thread.isIdle);
  }

  add(read: Read): void {
    this.#turns.push(read.caller, read);
    this.#dispatch();
  }

  /** The read's time is over. */
  expire(read: Read): void {
    this.#turns.delete(read.caller, read);
    for (const thread of this.#threads) {
      if (!thread.stop(read)) continue;
      this.#options.clock.setTimer(graceMs, () => {
        if (thread.isAt(read)) thread.terminate();
      });
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#idle?.cancel();
    await Promise.all([...this.#threads].map((thread) => thread.end()));
  }

  #dispatch(): void {
    this.#idle?.cancel();
    for (const thread of this.#threads) {
      while (thread.hasRoom) {
        const next = this.#turns.shift((caller) => this.#mayRead(caller));
        if (!next) break;
        this.#reading.set(next.caller, (this.#reading.get(next.caller) ?? 0) + 1);
        thread.hand(next);
      }
    }
    if (this.#turns.length > 0 && this.#threads.size < this.#options.threads) this.#start();
    if (!this.isBusy && this.#threads.size > this.#options.kept)
      this.#idle = this.#options.clock.setTimer(idleMs, () => this.#endIdle());
    this.#options.onRest();
  }

  /** Of several threads one caller leaves one to the others. */
  #mayRead(caller: string): boolean {
    const { threads } = this.#options;
    return threads === 1 || (this.#reading.get(caller) ?? 0) < threads - 1;
  }

  #endIdle(): void {
    for (const thread of [...this.#threads].slice(this.#options.kept)) void thread.end();
  }

  #start(): void {
    const { directory, handed, sliced } = this.#options;
    const thread = new ReaderThread({
      directory,
      handed,
      sliced,
      onReady: () => this.#dispatch(),
      onAnswer: (read, answer) => this.#answer(read, answer),
      onExit: (gone, current, unread) => this.#gone(gone, current, unread),
    });
    this.#threads.add(thread);
  }

  #answer(read: Read, answer: ReadAnswer): void {
    this.#left(read);
    if (answer.kind !== 'too-long') {
      read.timer.cancel();
      read.resolve(answer);
    } else if (!read.over) this.#options.onTooLong(read);
    this.#dispatch();
  }

  #left({ caller }: Read): void {
    const reading = (this.#reading.get(caller) ?? 1) - 1;
    if (reading > 0) this.#reading.set(caller, reading);
    else this.#reading.delete(caller);
  }

  /** A dead thread fails the read that it was at, and what it had not begun is read by its replacement. */
  #gone(thread: ReaderThread, current: Read | undefined, unread: readonly Read[]): void {
    this.#threads.delete(thread);
    if (current) {
      this.#left(current);
      current.timer.cancel();
      current.reject(storageError('storage-unreachable'));
    }
    for (const read of unread.toReversed()) {
      this.#left(read);
      if (!read.over) this.#turns.unshift(read.caller, read);
    }
    // A thread that never got ready would fail again at once: waiting reads are refused, and the next read tries again.
    if (!thread.wasReady && this.#threads.size === 0) this.#refuseWaiting();
    if (this.#closing) this.#refuseWaiting();
    else if (thread.wasReady && this.#threads.size < this.#options.kept) this.#start();
    this.#dispatch();
  }

  #refuseWaiting(): void {
    for (const read of this.#turns.clear()) {
      read.timer.cancel();
      read.reject(new DatakeepError('storage-unreachable', undefined, { retryAfterSeconds: 1 }));
    }
  }
}
