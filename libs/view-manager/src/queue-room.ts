import type { RunQueue } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

/** Tells when the queue's answer is that it cannot be asked. */
export function queueUnreachable(cause: unknown): DatakeepError {
  return new DatakeepError('run-queue-unreachable', undefined, { retryAfterSeconds: 5, cause });
}

/** How many runs may wait. */
export class QueueRoom {
  readonly #queue: RunQueue;
  readonly #max: number;
  /** Runs of this process that have passed the cap and are not yet in the queue's count. */
  #entering = 0;

  constructor(options: { readonly queue: RunQueue; readonly maxQueuedRuns: number }) {
    this.#queue = options.queue;
    this.#max = options.maxQueuedRuns;
  }

  /** Runs that wait now. Throws `run-queue-unreachable`. */
  async waiting(): Promise<number> {
    try {
      const { waiting, delayed } = await this.#queue.counts();
      return waiting + delayed;
    } catch (error) {
      throw queueUnreachable(error);
    }
  }

  /** Makes a run if there is room beside those that `waiting` told. Throws `run-queue-full`. */
  async enter<T>(waiting: number, make: () => Promise<T>): Promise<T> {
    if (waiting + this.#entering >= this.#max) throw new DatakeepError('run-queue-full', `${waiting} runs are waiting.`, { retryAfterSeconds: 1 });
    this.#entering += 1;
    try {
      return await make();
    } finally {
      this.#entering -= 1;
    }
  }
}
