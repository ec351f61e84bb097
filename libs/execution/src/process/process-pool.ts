import { DatakeepError, type Clock, type Logger, type Timer } from '@datakeep/kernel';
import type { ViewProcess } from './view-process.ts';

/** What a process is started with; one of another size never serves. */
export interface ProcessSize {
  readonly memoryMiB: number;
  readonly cpuSeconds: number;
}

export interface PoolOptions {
  /** Processes at work at once. */
  readonly max: number;
  /** Bound processes alive at once, at work or idle; `max` where that is more. The one spare comes on top. */
  readonly kept?: number;
  readonly size: ProcessSize;
  /** Runs that one process serves. */
  readonly maxRuns: number;
  /** How long a process serves its key. */
  readonly maxAgeMs: number;
  /** A spare process is ended after this long without a run. */
  readonly spareMs: number;
  readonly start: (size: ProcessSize) => ViewProcess;
  readonly clock: Clock;
  readonly logger: Logger;
}

const startAttempts = 3;

/**
 * The view processes of one runtime. A process is bound to one key at its first use and never serves another; one
 * unbound spare is kept warm for the next key. Nothing is started before `warm` or the first `acquire`.
 */
export class ProcessPool {
  readonly #options: PoolOptions;
  readonly #all = new Set<ViewProcess>();
  /** Bound and free, least recently used first, each with the timer of its age. */
  readonly #idle = new Map<ViewProcess, Timer>();
  readonly #sizes = new WeakMap<ViewProcess, ProcessSize>();
  #spare: ViewProcess | undefined;
  #spareTimer: Timer | undefined;
  /** At work for a key that was evicted meanwhile. */
  readonly #doomed = new WeakSet<ViewProcess>();
  #waiting: (() => void)[] = [];
  #closed = false;
  #failing = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  counts(): { running: number; idle: number; max: number } {
    return { running: this.#atWork(), idle: this.#all.size - this.#atWork(), max: this.#options.max };
  }

  #atWork(): number {
    return this.#all.size - this.#idle.size - (this.#spare ? 1 : 0);
  }

  /** Whether the last process that was asked for could not be started. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Starts a spare unless there is one. Never throws: what needs a process starts its own. */
  warm(): void {
    if (this.#closed || this.#spare) return;
    let spare: ViewProcess;
    try {
      spare = this.#start(this.#options.size);
    } catch (error) {
      this.#options.logger.warn('A view process could not be started ahead', { reason: messageOf(error) });
      return;
    }
    this.#spare = spare;
    this.#spareTimer?.cancel();
    this.#spareTimer = this.#options.clock.setTimer(
      this.#options.spareMs,
      () => void spare.kill({ code: 'idle', message: 'not used' }),
    );
  }

  /**
   * A ready process bound to `key`; undefined when `signal` aborts first. Waits while all slots are busy. Throws
   * `execution-service-unreachable`.
   */
  async acquire(key: string, size: ProcessSize, signal: AbortSignal): Promise<ViewProcess | undefined> {
    let failures = 0;
    while (!signal.aborted && !this.#closed) {
      const process = this.#atWork() < this.#options.max ? (this.#free(key, size) ?? this.#fresh(size)) : undefined;
      if (!process) {
        await this.#makeRoom(signal);
        continue;
      }
      process.key = key;
      try {
        await process.ready;
      } catch (error) {
        failures += 1;
        this.#options.logger.warn('A view process did not start', {
          reason: messageOf(error),
          attempt: failures,
        });
        await process.exited;
        this.#failing = failures >= startAttempts;
        if (this.#failing)
          throw new DatakeepError('execution-service-unreachable', 'The view processes do not start.', {
            cause: error,
          });
        continue;
      }
      this.#failing = false;
      if (process.boundAt === 0) process.boundAt = this.#options.clock.monotonic();
      return process;
    }
    return undefined;
  }

  /** Gives a process back: to its key if it may serve on, else it is ended (and its slot free) in the background. */
  release(process: ViewProcess, reusable: boolean): void {
    const { maxRuns, maxAgeMs, clock } = this.#options;
    const size = this.#sizes.get(process)!;
    const rest = process.boundAt + maxAgeMs - clock.monotonic();
    // The CPU limit counts over a process's life (T5): half of it must be left for the next run.
    const fit =
      reusable &&
      !this.#closed &&
      !this.#doomed.has(process) &&
      process.runs < maxRuns &&
      rest > 0 &&
      process.cpuMs < size.cpuSeconds * 500;
    if (!fit || !process.alive) {
      void process.kill({ code: 'retired', message: 'served its time' });
      return;
    }
    this.#idle.set(
      process,
      clock.setTimer(rest, () => void process.kill({ code: 'retired', message: 'served its time' })),
    );
    this.#wake();
    this.warm();
  }

  /** Whether a process bound to `key` is free now. */
  holds(key: string, size: ProcessSize): boolean {
    return this.#bound(key, size) !== undefined;
  }

  /**
   * Ends the processes whose key `matches`: idle ones now, busy ones after their run. Resolves when the idle ones have
   * exited.
   */
  async evict(matches: (key: string) => boolean): Promise<void> {
    const bound = [...this.#all].filter(({ key }) => key !== undefined && matches(key));
    for (const process of bound) this.#doomed.add(process);
    const idle = bound.filter((process) => this.#idle.has(process));
    await Promise.all(idle.map((process) => process.kill({ code: 'retired', message: 'not needed any more' })));
  }

  /** Ends the spare; the next run is one for which a process has to be started. */
  async letSpareGo(): Promise<void> {
    this.#spareTimer?.cancel();
    await this.#spare?.kill({ code: 'idle', message: 'not needed' });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#spareTimer?.cancel();
    await Promise.all(
      [...this.#all].map((process) => process.kill({ code: 'view-cancelled', message: 'The keep is shutting down.' })),
    );
    this.#wake();
  }

  #bound(key: string, size: ProcessSize): ViewProcess | undefined {
    return [...this.#idle.keys()].find((process) => process.key === key && process.alive && this.#fits(process, size));
  }

  #free(key: string, size: ProcessSize): ViewProcess | undefined {
    const process = this.#bound(key, size);
    if (process) {
      this.#idle.get(process)?.cancel();
      this.#idle.delete(process);
    }
    return process;
  }

  #fresh(size: ProcessSize): ViewProcess | undefined {
    const spare = this.#spare;
    const bound = this.#all.size - (spare ? 1 : 0);
    if (bound >= Math.max(this.#options.max, this.#options.kept ?? 0)) return undefined;
    if (!spare?.alive || !this.#fits(spare, size)) return this.#start(size);
    this.#spare = undefined;
    this.#spareTimer?.cancel();
    this.warm();
    return spare;
  }

  #fits(process: ViewProcess, size: ProcessSize): boolean {
    const own = this.#sizes.get(process);
    return own?.memoryMiB === size.memoryMiB && own.cpuSeconds === size.cpuSeconds;
  }

  /** Ends what has been idle longest, else waits until something changes. */
  async #makeRoom(signal: AbortSignal): Promise<void> {
    const victim = this.#atWork() < this.#options.max ? [...this.#idle.keys()].find(({ alive }) => alive) : undefined;
    if (victim) {
      await victim.kill({ code: 'retired', message: 'its slot is needed' });
      return;
    }
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.push(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #start(size: ProcessSize): ViewProcess {
    const process = this.#options.start(size);
    this.#all.add(process);
    this.#sizes.set(process, size);
    void this.#forget(process);
    return process;
  }

  async #forget(process: ViewProcess): Promise<void> {
    await process.exited;
    this.#all.delete(process);
    this.#idle.get(process)?.cancel();
    this.#idle.delete(process);
    if (this.#spare === process) this.#spare = undefined;
    this.#wake();
    // Only after a process that worked: one that cannot start is not started over and over.
    if (process.runs > 0 && this.#waiting.length === 0) this.warm();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
