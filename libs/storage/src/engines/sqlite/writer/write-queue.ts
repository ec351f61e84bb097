import { Worker } from 'node:worker_threads';
import { DatakeepError } from '@datakeep/kernel';
import { WaitingRoom, type WaitingLimits } from '../../waiting-room.ts';
import { storageError } from '../storage-error.ts';
import {
  type FromWriter,
  type ToWriter,
  type WriteAnswer,
  type WriteRequest,
  type WriterSettings,
} from './write-messages.ts';

interface Waiting {
  readonly request: WriteRequest;
  readonly bytes: number;
  readonly events: number;
  readonly resolve: (answer: WriteAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Groups that the writer holds at once: one in progress and one that it starts without waiting for the main thread. */
const groupsAtWriter = 2;
const groupRequests = 100;

/**
 * The main thread's side of the one writer thread: a bounded queue, handed over in groups. Requests that arrive in one
 * turn of the event loop, or while the writer holds its groups, go in one message. A dead writer fails the requests it
 * held and is restarted.
 */
export class WriteQueue {
  readonly #settings: WriterSettings;
  readonly room: WaitingRoom;
  #worker: Worker | undefined;
  #waiting: Waiting[] = [];
  /** Handed over and unanswered, oldest first; a group is taken off when its last answer is there. */
  #held: Waiting[][] = [];
  #answered = 0;
  #flushing = false;
  #closing = false;
  #idle: (() => void) | undefined;
  /** The end of the last work that has the file to itself. */
  #exclusive: Promise<unknown> = Promise.resolve();
  #handsOff = false;
  #handedBack: (() => void) | undefined;

  private constructor(settings: WriterSettings, limits: WaitingLimits) {
    this.#settings = settings;
    this.room = new WaitingRoom(limits);
  }

  static async open(settings: WriterSettings, limits: WaitingLimits): Promise<WriteQueue> {
    const queue = new WriteQueue(settings, limits);
    await queue.#start();
    return queue;
  }

  get alive(): boolean {
    return this.#worker !== undefined;
  }

  write(request: WriteRequest, bytes: number, events: number): Promise<WriteAnswer> {
    if (this.#closing) return Promise.reject(new DatakeepError('not-ready'));
    if (!this.#worker) {
      // The last start failed: this call is refused, and tries again for the next.
      this.#restart();
      return Promise.reject(storageError('storage-unreachable'));
    }
    return new Promise((resolve, reject) => {
      this.room.enter(bytes, events);
      this.#waiting.push({ request, bytes, events, resolve, reject });
      if (this.#flushing) return;
      this.#flushing = true;
      setImmediate(() => this.#handOver());
    });
  }

  /**
   * Exclusive access to the file while the action runs: the writer's groups are finished first, and writes that arrive
   * meanwhile wait here and are not handed over. So no writer waits for SQLite's lock.
   */
  exclusively<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#exclusive.then(async () => {
      if (this.#closing) throw new DatakeepError('not-ready');
      this.#handsOff = true;
      try {
        if (this.#held.length > 0) await new Promise<void>((resolve) => (this.#handedBack = resolve));
        return await action();
      } finally {
        this.#handsOff = false;
        this.#handOver();
      }
    });
    this.#exclusive = turn.catch(() => undefined);
    return turn;
  }

  /** Takes no more and finishes what was accepted. */
  async drain(): Promise<void> {
    this.#closing = true;
    if (this.#waiting.length > 0 || this.#held.length > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  /** After `drain`: folds the WAL into the file and ends the thread. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    const exit = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    this.#send('close');
    await exit;
  }

  #send(message: ToWriter): void {
    this.#worker?.postMessage(message);
  }

  #handOver(): void {
    this.#flushing = false;
    while (!this.#handsOff && this.#worker && this.#waiting.length > 0 && this.#held.length < groupsAtWriter) {
      const group = this.#waiting.splice(0, groupRequests);
      for (const { bytes, events } of group) this.room.leave(bytes, events);
      this.#held.push(group);
      this.#send({ requests: group.map((entry) => entry.request) });
    }
  }

  #take(message: Exclude<FromWriter, string>): void {
    const group = this.#held[0];
    if (!group) return;
    for (const answer of message.answers) group[this.#answered++]?.resolve(answer);
    if (this.#answered < group.length) return;
    this.#held.shift();
    this.#answered = 0;
    this.#handOver();
    if (this.#held.length > 0) return;
    this.#handedBack?.();
    if (this.#waiting.length === 0) this.#idle?.();
  }

  #start(): Promise<void> {
    const file = import.meta.url.endsWith('.ts') ? './writer.worker.ts' : './writer.worker.js';
    const worker = new Worker(new URL(file, import.meta.url), { workerData: this.#settings, name: 'event-writer' });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      let ready = false;
      worker.on('message', (message: FromWriter) => {
        if (message === 'ready') {
          ready = true;
          resolve();
        } else if (message !== 'closed') this.#take(message);
      });
      // 'exit' follows and does the rest.
      worker.on('error', (error) => reject(error));
      worker.on('exit', () => {
        reject(storageError('storage-unreachable'));
        if (this.#worker === worker) this.#gone(ready);
      });
    });
  }

  #restart(): void {
    // A failed start ends in `#gone`, which rejects the waiting requests: no caller is left to get this rejection.
    void this.#start().catch(() => undefined);
  }

  /**
   * The outcome of the writer's groups is unknown; queued writes were not done and fail too, since the writer may not
   * restart.
   */
  #gone(wasReady: boolean): void {
    this.#worker = undefined;
    const lost = [
      ...this.#held.flatMap((group, index) => (index === 0 ? group.slice(this.#answered) : group)),
      ...this.#waiting,
    ];
    for (const { bytes, events } of this.#waiting) this.room.leave(bytes, events);
    this.#held = [];
    this.#waiting = [];
    this.#answered = 0;
    for (const entry of lost) entry.reject(storageError('storage-unreachable'));
    this.#handedBack?.();
    this.#idle?.();
    // A writer that never got ready would fail again at once: that waits for the next write.
    if (!this.#closing && wasReady) this.#restart();
  }
}
