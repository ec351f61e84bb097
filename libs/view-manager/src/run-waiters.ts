import type { Run } from '@datakeep/contracts';
import type { Clock } from '@datakeep/kernel';

/** Callers that wait for a run's end (`Prefer: wait`). A run that ends in this process wakes them by an event; nothing is polled. */
export class RunWaiters {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<(run: Run | undefined) => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The ended run, or undefined after `waitMs` (or when the process closes). `present` is read after the wait has begun, so an end between the two is not missed;
   * it answers the run if it has ended already.
   */
  async wait(id: string, waitMs: number, present: () => Promise<Run | undefined>): Promise<Run | undefined> {
    const { promise, resolve } = Promise.withResolvers<Run | undefined>();
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(resolve));
    const timer = this.#clock.setTimer(waitMs, () => resolve(undefined));
    try {
      return (await present()) ?? (await promise);
    } finally {
      timer.cancel();
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

  close(): void {
    for (const waiting of this.#waiting.values()) for (const resolve of waiting) resolve(undefined);
  }
}
