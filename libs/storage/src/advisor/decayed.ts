import { halfLifeMs } from './constants.ts';

/** A sum whose parts halve each half-life, kept as value and time so that adding is O(1). */
export class DecayedSum {
  #value = 0;
  #at = 0;

  add(amount: number, at: number): void {
    if (at >= this.#at) {
      this.#value = this.value(at) + amount;
      this.#at = at;
    } else this.#value += amount * 2 ** ((at - this.#at) / halfLifeMs);
  }

  /** The sum at a time not before its last part. */
  value(at: number): number {
    return this.#value * 2 ** ((this.#at - at) / halfLifeMs);
  }
}
