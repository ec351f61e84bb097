import type { RunHandler, RunWorker } from '@datakeep/contracts';
import { type Clock, within } from '@datakeep/kernel';

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
  readonly #deliveries = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  /** Rejects when what is still under way no longer counts. */
  readonly #released = Promise.withResolvers<never>();
  #closing: Promise<void> | undefined;

  constructor(setup: EmbeddedWorkerSetup) {
    this.#setup = setup;
    this.#released.promise.catch(() => undefined);
  }

  get hasRoom(): boolean {
    return !this.#closing && this.#deliveries.size < this.#setup.concurrency;
  }

  take(job: Job): void {
    const delivery = this.#deliver(job).finally(() => {
      this.#deliveries.delete(delivery);
      this.#setup.onRoom();
    });
    this.#deliveries.add(delivery);
  }

  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #deliver(job: Job): Promise<void> {
    const { begin, handler, resolved, rejected } = this.#setup;
    const abort = new AbortController();
    const onAbort = (): void => abort.abort();
    this.#abort.signal.addEventListener('abort', onAbort);
    try {
      begin(job);
      const { id, attempt } = job.record;
      await Promise.race([handler({ id, attempt }, abort.signal), this.#released.promise]);
      resolved(job);
    } catch {
      rejected(job, this.#closing !== undefined);
    } finally {
      this.#abort.signal.removeEventListener('abort', onAbort);
    }
  }

  async #close(graceMs: number): Promise<void> {
    await this.#idleWithin(graceMs);
    this.#abort.abort();
    await this.#idleWithin(settleMs);
    this.#released.reject(new Error('The worker has closed.'));
    await Promise.all(this.#deliveries);
    this.#setup.onClosed();
  }

  /** Waits until no job is worked on, at most this long. */
  async #idleWithin(ms: number): Promise<void> {
    if (ms <= 0 || this.#deliveries.size === 0) return;
    await within(this.#setup.clock, ms, Promise.all(this.#deliveries));
  }
}
