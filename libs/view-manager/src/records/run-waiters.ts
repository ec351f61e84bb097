import type { Run } from '@datakeep/contracts';
import type { Clock, Timer } from '@datakeep/kernel';

/**
 * First interval at which a waiting caller's record is polled where its run may end in another process, ms; each
 * interval is 1.5 times the one before.
 */
const firstLookMs = 40;
const longestLookMs = 500;

/**
 * Callers that wait for a run's end (`Prefer: wait`). A run that ends in this process wakes them by an event; records
 * are polled only where runs may end in another one.
 */
export class RunWaiters {
  readonly #endsElsewhere: boolean;
  readonly #waiting = new Map<string, Set<(run: Run | undefined) => void>>();
  #closed = false;

  constructor(
    private readonly clock: Clock,
    endsElsewhere = false,
  ) {
    this.#endsElsewhere = endsElsewhere;
  }

  /**
   * The ended run, or undefined after `waitMs` (or when the process closes). `present` is read after the wait has
   * begun, so an end between the two is not missed; it returns the run if it has already ended.
   */
  async wait(id: string, waitMs: number, present: () => Promise<Run | undefined>): Promise<Run | undefined> {
    const { promise, resolve } = Promise.withResolvers<Run | undefined>();
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(resolve));
    const timer = this.clock.setTimer(waitMs, () => resolve(undefined));
    let looking: Timer | undefined;
    let over = false;
    const look = (afterMs: number): void => {
      if (over) return;
      looking = this.clock.setTimer(afterMs, () => {
        present().then(
          (run) => (run ? resolve(run) : look(Math.min(longestLookMs, afterMs * 1.5))),
          // Out of reach for a moment: the caller gets the present state at the end of its wait, or the error then.
          () => look(longestLookMs),
        );
      });
    };
    try {
      const run = await present();
      if (run || this.#closed) return run;
      if (this.#endsElsewhere) look(firstLookMs);
      return await promise;
    } finally {
      timer.cancel();
      looking?.cancel();
      over = true;
      waiting.delete(resolve);
      if (waiting.size === 0 && this.#waiting.get(id) === waiting) this.#waiting.delete(id);
    }
  }

  ended(id: string, show: () => Run): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    const run = show();
    for (const resolve of waiting) resolve(run);
  }

  /** Everyone gets the present state, now and from now on. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.values()) for (const resolve of waiting) resolve(undefined);
  }
}
