import { lruMap, type Clock, type LruMap } from '@datakeep/kernel';

/** Longest that an answer about rights or callers may be held, in ms (ADR 7). */
export const longestHold = 1000;

/** What a loader found, and for how long that stays true (ms from now; absent: for as long as may be). */
export interface Found<V> {
  readonly value: V;
  readonly trueForMs?: number;
}

/**
 * Answers held for at most one second. A hit is synchronous. `drop` counts at once: a load that was under way then is
 * not kept. Loads of one key at the same moment are one.
 *
 * Not the `fetch` of lru-cache: its ttl counts from the end of a load, so that what is revoked during a long one would
 * hold for more than a second, and a ttl of 0 means for ever.
 */
export class ShortCache<V> {
  readonly #entries: LruMap<{ readonly value: V; readonly until: number }>;
  readonly #loading = new Map<string, Promise<V>>();
  #epoch = 0;

  constructor(
    private readonly clock: Clock,
    max = 10_000,
  ) {
    this.#entries = lruMap(max);
  }

  get(key: string, load: () => Promise<Found<V>>): V | Promise<V> {
    const entry = this.#entries.get(key);
    if (entry !== undefined && this.clock.monotonic() < entry.until) return entry.value;
    return this.#loading.get(key) ?? this.#load(key, load);
  }

  drop(key: string): void {
    this.#epoch += 1;
    this.#loading.clear();
    this.#entries.delete(key);
  }

  clear(): void {
    this.#epoch += 1;
    this.#loading.clear();
    this.#entries.clear();
  }

  #load(key: string, load: () => Promise<Found<V>>): Promise<V> {
    const epoch = this.#epoch;
    const began = this.clock.monotonic();
    const loading = load()
      .then((found) => {
        const until = began + Math.min(longestHold, found.trueForMs ?? longestHold);
        if (epoch === this.#epoch && until > began) this.#entries.set(key, { value: found.value, until });
        return found.value;
      })
      .finally(() => {
        if (this.#loading.get(key) === loading) this.#loading.delete(key);
      });
    this.#loading.set(key, loading);
    return loading;
  }
}
