import type { AppLimitDirectory, RunQueue } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

export function queueUnreachable(cause: unknown): DatakeepError {
  return new DatakeepError('run-queue-unreachable', undefined, { retryAfterSeconds: 5, cause });
}

/** Of an app whose run is to be made; `unfinished` counts its runs in the records. */
export interface AppRuns {
  readonly appId: string;
  unfinished(): Promise<number>;
}

/**
 * How many runs may wait in the keep, and how many unfinished ones each app may have. Both are counted for each run, in
 * the queue and in the records, and runs that this process admitted since the count began are added. Runs that come
 * together may pass a cap by as many as are being stored at that moment.
 */
export class QueueCapacity {
  readonly #max: number;
  /** Runs admitted in this process, ever. */
  #admitted = 0;
  readonly #admittedOfApp = new Map<string, number>();

  constructor(
    private readonly options: {
      readonly queue: RunQueue;
      readonly maxQueuedRuns: number;
      readonly appLimits: AppLimitDirectory;
    },
  ) {
    this.#max = options.maxQueuedRuns;
  }

  /**
   * Makes a run if there is room for it; `behind` is the number of unfinished runs of its app before it. Throws
   * `run-queue-full`, and `run-queue-unreachable` where the queue does not answer.
   */
  async admit<T>(app: AppRuns | undefined, make: (behind: number) => Promise<T>): Promise<T> {
    const before = this.#admitted;
    const beforeOfApp = this.#ofApp(app);
    const [queued, unfinished = 0, limits] = await Promise.all([
      this.#queued(),
      app?.unfinished(),
      app && this.options.appLimits.of(app.appId),
    ]);
    const waiting = queued + this.#admitted - before;
    if (waiting >= this.#max)
      throw new DatakeepError('run-queue-full', `${waiting} runs are waiting in the keep, which takes no more.`, {
        retryAfterSeconds: 1,
      });
    const behind = unfinished + this.#ofApp(app) - beforeOfApp;
    if (limits && behind >= limits.queuedRuns)
      throw new DatakeepError(
        'run-queue-full',
        `${behind} runs of this app wait or are executed, and it may have ${limits.queuedRuns}: its own limit, ` +
          `not the keep's.`,
        { retryAfterSeconds: 1 },
      );
    this.#admitted += 1;
    if (app) this.#admittedOfApp.set(app.appId, this.#ofApp(app) + 1);
    return make(behind);
  }

  async #queued(): Promise<number> {
    try {
      const { waiting, delayed } = await this.options.queue.counts();
      return waiting + delayed;
    } catch (error) {
      throw queueUnreachable(error);
    }
  }

  #ofApp(app: AppRuns | undefined): number {
    return app ? (this.#admittedOfApp.get(app.appId) ?? 0) : 0;
  }
}
