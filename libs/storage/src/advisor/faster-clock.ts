import type { Clock, Timer } from '@datakeep/kernel';

/**
 * A clock that starts at another's time and runs `factor` times as fast, so that hours of the advisor's observation
 * pass in minutes. For trials; its dates run ahead.
 */
export class FasterClock implements Clock {
  readonly #clock: Clock;
  readonly #factor: number;
  readonly #start: number;

  constructor(clock: Clock, factor: number) {
    this.#clock = clock;
    this.#factor = factor;
    this.#start = clock.now();
  }

  now(): number {
    return Math.round(this.#start + (this.#clock.now() - this.#start) * this.#factor);
  }

  monotonic(): number {
    return this.#clock.monotonic() * this.#factor;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    return this.#clock.setTimer(delayMs / this.#factor, callback);
  }
}
