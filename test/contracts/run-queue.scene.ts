import type { RunQueue, RunQueueOptions } from '@datakeep/contracts';
import { afterEach, beforeEach, expect, vi } from 'vitest';

/** Where queues keep their jobs: what outlives a process. */
export interface RunQueuePlace {
  open(options: RunQueueOptions): Promise<RunQueue>;
  /**
   * The process that opened it dies: none of its later calls reaches the queue, and others may detect that it is gone.
   */
  crash(queue: RunQueue): Promise<void>;
  /** This many ms pass for its queues. */
  pass(ms: number): Promise<void>;
  remove(): Promise<void>;
}

export interface RunQueueFactory {
  /** A wait that `pass` can take several times in one test. */
  readonly backoffMs: number;
  newPlace(): Promise<RunQueuePlace>;
}

/** A fresh place and an open queue for each test of a `describe`. */
export class Scene {
  readonly backoffMs: number;
  readonly none = { waiting: 0, active: 0, delayed: 0 };
  readonly #factory: RunQueueFactory;
  #place: RunQueuePlace | undefined;
  #queue: RunQueue | undefined;

  constructor(factory: RunQueueFactory) {
    this.#factory = factory;
    this.backoffMs = factory.backoffMs;
    beforeEach(async () => {
      this.#place = await factory.newPlace();
      await this.open();
    });
    afterEach(async () => {
      await this.close();
      await this.place.remove();
    });
  }

  get place(): RunQueuePlace {
    if (!this.#place) throw new Error('There is a place only inside a test');
    return this.#place;
  }

  get queue(): RunQueue {
    if (!this.#queue) throw new Error('There is a queue only inside a test');
    return this.#queue;
  }

  async open(options: Partial<RunQueueOptions> = {}): Promise<void> {
    const { backoffMs } = this.#factory;
    this.#queue = await this.place.open({
      concurrency: 1,
      attempts: 3,
      backoffMs,
      lockMs: 30_000,
      ...options,
    });
  }

  /** The queue's process dies and another one opens it. */
  async crash(options: Partial<RunQueueOptions> = {}): Promise<void> {
    await this.place.crash(this.queue);
    await this.open(options);
  }

  /** Closes the queue, whatever its handlers do about it. */
  async close(): Promise<void> {
    let closed = false;
    const closing = this.queue.close().finally(() => (closed = true));
    await vi.waitFor(
      async () => {
        // Where time is real, no longer than closing takes.
        await Promise.race([closing, this.place.pass(1000)]);
        expect(closed).toBe(true);
      },
      { interval: 2 },
    );
    await closing;
  }

  /** Waits until the counts are these. */
  async counts(expected: Partial<typeof this.none>): Promise<void> {
    await vi.waitFor(async () => expect(await this.queue.counts()).toEqual({ ...this.none, ...expected }), {
      interval: 2,
    });
  }
}
