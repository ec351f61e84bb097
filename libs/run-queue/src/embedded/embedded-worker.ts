import type { RunHandler, RunWorker } from '@datakeep/contracts';
import { type Clock, within } from '@datakeep/kernel';

import { Deliveries } from '../deliveries.ts';
import type { Job } from './job.ts';

export interface EmbeddedWorkerSetup {
  readonly clock: Clock;
  readonly concurrency: number;
  readonly handler: RunHandler;
  /** Stores that the job is delivered once more. */
  readonly begin: (job: Job) => void;
  readonly resolved: (job: Job) => void;
  /** `isAborted`: the worker is closing. */
  readonly rejected: (job: Job, isAborted: boolean) => void;
  readonly onRoom: () => void;
  readonly onClosed: () => void;
}

/** How long a handler may take to settle after its signal was aborted. */
const settleMs = 1000;

/** Runs handlers, as many at once as the queue allows. */
export class EmbeddedWorker implements RunWorker {
  readonly #setup: EmbeddedWorkerSetup;
  readonly #deliveries = new Deliveries();
  readonly #underWay = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(setup: EmbeddedWorkerSetup) {
    this.#setup = setup;
  }

  get hasRoom(): boolean {
    return !this.#closing && this.#underWay.size < this.#setup.concurrency;
  }

  take(job: Job): void {
    const delivery = this.#deliver(job).finally(() => {
      this.#underWay.delete(delivery);
      this.#setup.onRoom();
    });
    this.#underWay.add(delivery);
  }

  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #deliver(job: Job): Promise<void> {
    const { begin, handler, resolved, rejected } = this.#setup;
    try {
      begin(job);
      const { id, attempt } = job.record;
      await this.#deliveries.run(handler, { id, attempt });
      resolved(job);
    } catch {
      rejected(job, this.#closing !== undefined);
    }
  }

  async #close(graceMs: number): Promise<void> {
    await this.#idleWithin(graceMs);
    this.#deliveries.abort();
    await this.#idleWithin(settleMs);
    this.#deliveries.release();
    await Promise.all(this.#underWay);
    this.#setup.onClosed();
  }

  /** Waits until no job is worked on, at most this long. */
  async #idleWithin(ms: number): Promise<void> {
    if (ms <= 0 || this.#underWay.size === 0) return;
    await within(this.#setup.clock, ms, Promise.all(this.#underWay));
  }
}
