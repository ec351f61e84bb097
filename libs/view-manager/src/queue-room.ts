import type { RunQueue } from '@datakeep/contracts';
import { type Clock, DatakeepError } from '@datakeep/kernel';

/** Tells when the queue's answer is that it cannot be asked. */
export function queueUnreachable(cause: unknown): DatakeepError {
  return new DatakeepError('run-queue-unreachable', undefined, { retryAfterSeconds: 5, cause });
}

/** How long a count of the queue is good while there is ample room, ms. */
const freshMs = 100;

/** How many runs may wait. */
export class QueueRoom {
  readonly #queue: RunQueue;
  readonly #clock: Clock;
  readonly #max: number;
  /** What the queue told last, and how many runs were made since it was asked. */
  #known = { waiting: Number.POSITIVE_INFINITY, askedAt: Number.NEGATIVE_INFINITY, made: 0 };
  /** Runs of this process that have passed the cap and are not yet in the queue's count. */
  #entering = 0;

  constructor(options: { readonly queue: RunQueue; readonly clock: Clock; readonly maxQueuedRuns: number }) {
    this.#queue = options.queue;
    this.#clock = options.clock;
    this.#max = options.maxQueuedRuns;
  }

  /** Runs that wait now, at most: while less than half of the room is taken, the queue is asked each 100 ms only. Throws `run-queue-unreachable`. */
  async waiting(): Promise<number> {
    const now = this.#clock.monotonic();
    const atMost = this.#known.waiting + this.#known.made;
    if (now < this.#known.askedAt + freshMs && atMost < this.#max / 2) return atMost;
    const asked = { waiting: 0, askedAt: now, made: 0 };
    try {
      const { waiting, delayed } = await this.#queue.counts();
      asked.waiting = waiting + delayed;
      if (asked.askedAt >= this.#known.askedAt) this.#known = asked;
      return asked.waiting;
    } catch (error) {
      throw queueUnreachable(error);
    }
  }

  /** Whether runs were waiting when the queue told last. */
  get hasLine(): boolean {
    return Number.isFinite(this.#known.waiting) && this.#known.waiting > 0;
  }

  /** Makes a run if there is room beside those that `waiting` told. Throws `run-queue-full`. */
  async enter<T>(waiting: number, make: () => Promise<T>): Promise<T> {
    if (waiting + this.#entering >= this.#max)
      throw new DatakeepError('run-queue-full', `${waiting} runs are waiting.`, { retryAfterSeconds: 1 });
    this.#entering += 1;
    this.#known.made += 1;
    try {
      return await make();
    } finally {
      this.#entering -= 1;
    }
  }
}
