import type { Clock, Timer } from './clock.ts';

/** A clock that moves only when a test moves it. */
export class ManualClock implements Clock {
  /** What has passed, from the start on; the operating system sets the clock, and not this. */
  #now: number;
  #setBy = 0;
  #timers: { at: number; callback: () => void }[] = [];

  constructor(start: number | string = '2026-01-01T00:00:00.000Z') {
    this.#now = typeof start === 'string' ? Date.parse(start) : start;
  }

  now(): number {
    return this.#now + this.#setBy;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  /** Sets the clock forward, or back where `ms` is negative, as an operating system does: no time passes. */
  set(ms: number): void {
    this.#setBy += ms;
  }

  /** Moves on by `ms`, firing due timers in the order of their times, then lets pending promises run. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = end;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
