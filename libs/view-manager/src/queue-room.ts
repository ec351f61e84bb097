import type { RunQueue } from '@datakeep/contracts';
import { type AppLimits, type Clock, DatakeepError } from '@datakeep/kernel';

/** Tells when the queue's answer is that it cannot be asked. */
export function queueUnreachable(cause: unknown): DatakeepError {
  return new DatakeepError('run-queue-unreachable', undefined, { retryAfterSeconds: 5, cause });
}

/** How long a count of the queue is good while there is ample room, ms. */
const freshMs = 100;

/** What a run that is to be made finds before it. */
export interface Line {
  /** Runs of the keep that wait. */
  readonly waiting: number;
  /** Of the run's app, unless it is a dry run. */
  readonly own?: { readonly appId: string; readonly unfinished: number; readonly enteredBefore: number };
}

/** How many runs may wait, of the keep and of each app. */
export class QueueRoom {
  readonly #queue: RunQueue;
  readonly #clock: Clock;
  readonly #max: number;
  readonly #maxOfApp: number;
  /** What the queue told last, and how many runs were made since it was asked. */
  #known = { waiting: Number.POSITIVE_INFINITY, askedAt: Number.NEGATIVE_INFINITY, made: 0 };
  /** Runs of this process that have passed the cap and are not yet in the queue's count. */
  #entering = 0;
  /** Runs of each app that have passed both caps in this process, ever: told apart are those from before a count and those since. */
  readonly #entered = new Map<string, number>();

  constructor(options: {
    readonly queue: RunQueue;
    readonly clock: Clock;
    readonly maxQueuedRuns: number;
    readonly appLimits: Pick<AppLimits, 'queuedRuns'>;
  }) {
    this.#queue = options.queue;
    this.#clock = options.clock;
    this.#max = options.maxQueuedRuns;
    this.#maxOfApp = options.appLimits.queuedRuns;
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

  /** The line as a run of the app finds it; `unfinished` counts the app's runs in the records. */
  async lineOf(appId: string, unfinished: () => Promise<number>): Promise<Line> {
    const enteredBefore = this.#entered.get(appId) ?? 0;
    const [waiting, counted] = await Promise.all([this.waiting(), unfinished()]);
    return { waiting, own: { appId, unfinished: counted, enteredBefore } };
  }

  /** Whether runs were waiting when the queue told last. */
  get hasLine(): boolean {
    return Number.isFinite(this.#known.waiting) && this.#known.waiting > 0;
  }

  /** Makes a run if there is room behind the line; `behind` is how many runs of its app go before it. Throws `run-queue-full`. */
  async enter<T>({ waiting, own }: Line, make: (behind: number) => Promise<T>): Promise<T> {
    if (waiting + this.#entering >= this.#max)
      throw new DatakeepError('run-queue-full', `${waiting} runs are waiting in the keep, which takes no more.`, {
        retryAfterSeconds: 1,
      });
    const behind = own ? this.#enterOwn(own) : 0;
    this.#entering += 1;
    this.#known.made += 1;
    try {
      return await make(behind);
    } finally {
      this.#entering -= 1;
    }
  }

  #enterOwn({ appId, unfinished, enteredBefore }: NonNullable<Line['own']>): number {
    const entered = this.#entered.get(appId) ?? 0;
    const before = unfinished + entered - enteredBefore;
    if (before >= this.#maxOfApp)
      throw new DatakeepError(
        'run-queue-full',
        `${before} runs of this app wait or are executed, and it may have ${this.#maxOfApp}: its own limit, not the keep's.`,
        { retryAfterSeconds: 1 },
      );
    this.#entered.set(appId, entered + 1);
    return before;
  }
}
