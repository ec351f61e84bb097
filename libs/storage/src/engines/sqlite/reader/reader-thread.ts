import { Worker } from 'node:worker_threads';
import type { Timer } from '@datakeep/kernel';
import { storageError } from '../storage-error.ts';
import type { FromReader, ReadAnswer, ReaderSettings, ReadTask, ToReader } from './read-messages.ts';

/** A read from when it is asked until it is answered. */
export interface Read {
  readonly task: ReadTask;
  /** Whose turn it takes. */
  readonly caller: string;
  readonly timer: Timer;
  readonly resolve: (answer: ReadAnswer) => void;
  readonly reject: (error: Error) => void;
  /** Refused already, since its time is over. */
  over: boolean;
}

export interface ReaderThreadOptions {
  readonly directory: string;
  /** Tasks that it may have at once. */
  readonly handed: number;
  /** Whether it gives up on what takes longer than a slice (`too-long`). */
  readonly sliced: boolean;
  /** Each answer, with the read that it is of. */
  readonly onAnswer: (read: Read, answer: ReadAnswer) => void;
  readonly onReady: () => void;
  /** It is gone: `current` was being worked on, `unread` had not begun. */
  readonly onExit: (thread: ReaderThread, current: Read | undefined, unread: readonly Read[]) => void;
}

/** One read-only thread, and what it was handed. */
export class ReaderThread {
  readonly #worker: Worker;
  readonly #options: ReaderThreadOptions;
  readonly #stop: Int32Array;
  /** Handed over and not answered, each with its place in `#stop`: the first is being worked on. */
  readonly #reads: { readonly read: Read; readonly place: number }[] = [];
  readonly #started: Promise<void>;
  readonly #exited: Promise<void>;
  #ready = false;
  #ending = false;

  constructor(options: ReaderThreadOptions) {
    this.#options = options;
    const stop = new SharedArrayBuffer(4 * options.handed);
    this.#stop = new Int32Array(stop);
    const file = import.meta.url.endsWith('.ts') ? './reader.worker.ts' : './reader.worker.js';
    const workerData: ReaderSettings = { directory: options.directory, stop, sliced: options.sliced };
    const worker = new Worker(new URL(file, import.meta.url), { workerData, name: 'event-reader' });
    this.#worker = worker;
    const exited = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    // It may have no waiter.
    started.promise.catch(() => undefined);
    this.#exited = exited.promise;
    this.#started = started.promise;
    worker.on('message', (message: FromReader) => {
      if (message === 'ready') {
        this.#ready = true;
        started.resolve();
        options.onReady();
      } else {
        const answered = this.#reads.shift();
        if (answered) options.onAnswer(answered.read, message);
      }
    });
    // 'exit' follows and does the rest.
    worker.on('error', (error) => started.reject(error));
    worker.on('exit', () => {
      started.reject(storageError('storage-unreachable'));
      exited.resolve();
      const [current, ...unread] = this.#reads.splice(0).map(({ read }) => read);
      options.onExit(this, current, unread);
    });
  }

  /** Resolves when it takes tasks; rejects if it never does. */
  get started(): Promise<void> {
    return this.#started;
  }

  get wasReady(): boolean {
    return this.#ready;
  }

  get isIdle(): boolean {
    return this.#reads.length === 0;
  }

  get hasRoom(): boolean {
    return this.#ready && !this.#ending && this.#reads.length < this.#options.handed;
  }

  hand(read: Read): void {
    // Its neighbour has the other place.
    const place = this.#reads[0]?.place === 0 ? 1 : 0;
    this.#reads.push({ read, place });
    Atomics.store(this.#stop, place, 0);
    this.#worker.postMessage({ task: read.task, place } satisfies ToReader, []);
  }

  /** Signals that the read's time is over. Returns whether this thread has the read. */
  stop(read: Read): boolean {
    const handed = this.#reads.find((one) => one.read === read);
    if (handed) Atomics.store(this.#stop, handed.place, 1);
    return handed !== undefined;
  }

  isAt(read: Read): boolean {
    return this.#reads[0]?.read === read;
  }

  /** Ends it as soon as the statement that it is in comes back, which may be never. */
  terminate(): void {
    this.#ending = true;
    void this.#worker.terminate();
  }

  /** Ends it after what it was handed. */
  end(): Promise<void> {
    if (!this.#ending) this.#worker.postMessage('close' satisfies ToReader, []);
    this.#ending = true;
    return this.#exited;
  }
}
