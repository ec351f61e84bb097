import { monitorEventLoopDelay, type ELDHistogram } from 'node:perf_hooks';

/** The 99th part of the event loop's delays from which the keep is busy, ms. */
const busyMs = 50;

/** Whether the event loop of this process has been on time since the last question. */
export class EventLoopProbe {
  readonly #delays: ELDHistogram = monitorEventLoopDelay({ resolution: 20 });

  start(): void {
    this.#delays.enable();
  }

  isOnTime(): boolean {
    // In nanoseconds, and each is the time between two looks.
    const late = this.#delays.count > 0 && this.#delays.percentile(99) / 1e6 - 20 > busyMs;
    this.#delays.reset();
    return !late;
  }

  stop(): void {
    this.#delays.disable();
  }
}
