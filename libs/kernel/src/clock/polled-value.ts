import { DatakeepError } from '../errors/datakeep-error.ts';
import type { Clock, Timer } from './clock.ts';

/** How soon a new value is noticed, ms. */
const pollMs = 500;

/**
 * Watches a value that others change: reads it while there is a watcher. A value that cannot be read (`DatakeepError`)
 * is read again.
 */
export class PolledValue {
  readonly #read: () => Promise<string>;
  readonly #clock: Clock;
  readonly #watchers = new Set<() => void>();
  #timer: Timer | undefined;
  #last: string | undefined;

  constructor(read: () => Promise<string>, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  /** Calls `wake` for each new value, and for the first that is read. Answers how to stop. */
  watch(wake: () => void): () => void {
    const watcher = (): void => wake();
    this.#watchers.add(watcher);
    this.#timer ??= this.#next();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.stop();
    };
  }

  /** Calls all watchers, for a caller that has a new value already. */
  wake(): void {
    for (const wake of this.#watchers) wake();
  }

  stop(): void {
    this.#watchers.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#last = undefined;
  }

  #next(): Timer {
    return this.#clock.setTimer(pollMs, () => void this.#poll());
  }

  async #poll(): Promise<void> {
    try {
      const last = await this.#read();
      if (last !== this.#last) this.wake();
      this.#last = last;
    } catch (error) {
      if (DatakeepError.from(error) === undefined) throw error;
    } finally {
      // All may have left meanwhile, and others come.
      this.#timer?.cancel();
      this.#timer = this.#watchers.size === 0 ? undefined : this.#next();
    }
  }
}
