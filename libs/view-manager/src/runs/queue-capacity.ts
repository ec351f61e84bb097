import type { AppLimitDirectory, RunQueue } from '@datakeep/contracts';
import { type AppLimits, DatakeepError, lruMap } from '@datakeep/kernel';

/** The least recently seen is forgotten, with runs of it that are being stored: it may pass its cap by those. */
const maxApps = 10_000;

/** Of an app whose run is to be made; `unfinished` counts its runs in the records. */
export interface AppRuns {
  readonly appId: string;
  unfinished(): Promise<number>;
}

/** Runs that this process admitted. */
class Admitted {
  #ever = 0;
  /** Those that are on their way into the queue and the records. */
  readonly #storing = new Set<Promise<unknown>>();

  add(made: Promise<unknown>): void {
    this.#ever += 1;
    this.#storing.add(made);
    const forget = (): boolean => this.#storing.delete(made);
    made.then(forget, forget);
  }

  /** At the begin of a count, which may miss what is `storing` and misses what was admitted `since`. */
  mark(): { readonly storing: readonly Promise<unknown>[]; readonly since: () => number } {
    const before = this.#ever;
    return { storing: [...this.#storing], since: () => this.#ever - before };
  }
}

/**
 * How many runs may wait in the keep, and how many unfinished ones each app may have. Both are counted for each run, in
 * the queue and in the records, and runs that this process admitted since the count began are added. Where those decide
 * that were being stored when it began, they are awaited and counted anew. Another process may pass a cap by as many as
 * this one is storing.
 */
export class QueueCapacity {
  readonly #max: number;
  readonly #ofKeep = new Admitted();
  readonly #ofApps = lruMap<Admitted>(maxApps);

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
   * Makes a run if there is room for it; `behind` is the number of unfinished runs of its app before it, or a few more.
   * Throws `run-queue-full`, and `run-queue-unreachable` where the queue does not answer.
   */
  async admit<T>(app: AppRuns | undefined, make: (behind: number) => Promise<T>): Promise<T> {
    const ofApp = app && this.#ofApp(app.appId);
    for (;;) {
      const ofKeep = this.#ofKeep.mark();
      const own = ofApp?.mark() ?? { storing: [], since: () => 0 };
      const [queued, unfinished = 0, limits] = await Promise.all([
        this.#queued(),
        app?.unfinished(),
        app && this.options.appLimits.of(app.appId),
      ]);
      const waiting = queued + ofKeep.since();
      const behind = unfinished + own.since();
      this.#check(waiting, behind, limits);
      if (this.#fits(waiting + ofKeep.storing.length, behind + own.storing.length, limits)) {
        const made = make(behind + own.storing.length);
        this.#ofKeep.add(made);
        ofApp?.add(made);
        return made;
      }
      await Promise.allSettled([...ofKeep.storing, ...own.storing]);
    }
  }

  #fits(waiting: number, behind: number, limits: AppLimits | undefined): boolean {
    return waiting < this.#max && (!limits || behind < limits.queuedRuns);
  }

  #check(waiting: number, behind: number, limits: AppLimits | undefined): void {
    if (this.#fits(waiting, behind, limits)) return;
    throw new DatakeepError(
      'run-queue-full',
      waiting >= this.#max
        ? `${waiting} runs are waiting in the keep, which takes no more.`
        : `${behind} runs of this app wait or are executed, and it may have ${limits?.queuedRuns}: its own limit, ` +
            `not the keep's.`,
      { retryAfterSeconds: 1 },
    );
  }

  async #queued(): Promise<number> {
    const { waiting, delayed } = await this.options.queue.counts();
    return waiting + delayed;
  }

  #ofApp(appId: string): Admitted {
    const admitted = this.#ofApps.get(appId) ?? new Admitted();
    this.#ofApps.set(appId, admitted);
    return admitted;
  }
}
