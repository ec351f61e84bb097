/**
 * The clock port. Everything that depends on time takes one, so that a test can hold it still.
 *
 * Guarantees: `now()` is milliseconds since the Unix epoch, an integer, and what every date of the system comes from.
 * A timer fires once, never before its delay has passed on this clock, never synchronously, and not after `cancel()`.
 * Pending timers do not keep the process alive. A clock may be set back by the operating system: durations that must
 * not be negative are taken with `monotonic()`, milliseconds with a fraction from an arbitrary origin.
 */
export interface Clock {
  now(): number;
  monotonic(): number;
  setTimer(delayMs: number, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timeout = setTimeout(callback, delayMs);
    timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  }
}
