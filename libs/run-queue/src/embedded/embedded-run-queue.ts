import type { RunHandler, RunQueue, RunQueueOptions, RunWorker } from '@datakeep/contracts';
import type { DocumentStore } from '@datakeep/documents';
import { DatakeepError, type Clock, type Logger } from '@datakeep/kernel';

import { checkJobId } from '../job-id.ts';
import { EmbeddedWorker } from './embedded-worker.ts';
import { JobLedger } from './job-ledger.ts';
import type { FailureReason } from './job-records.ts';

export interface EmbeddedRunQueueSetup {
  /** The queue's own store, which no other process has open. The queue does not close it. */
  readonly documents: DocumentStore;
  readonly clock: Clock;
  readonly options: RunQueueOptions;
  readonly logger: Logger;
}

/**
 * The run queue port inside one process, durable through the documents port. An idle queue does nothing at all; a busy one reads nothing. A job that finds
 * a free worker is stored as active at once, while its handler begins: one commit beside that and one after it, which the next job's claim shares.
 */
export class EmbeddedRunQueue implements RunQueue {
  readonly #setup: EmbeddedRunQueueSetup;
  readonly #ledger: JobLedger;
  #worker: EmbeddedWorker | undefined;

  private constructor(setup: EmbeddedRunQueueSetup, ledger: JobLedger) {
    this.#setup = setup;
    this.#ledger = ledger;
    ledger.onWaiting = () => this.#pump();
  }

  /** Reads what a former process left: its active jobs are stalled. Throws what the store throws. */
  static async open(setup: EmbeddedRunQueueSetup): Promise<EmbeddedRunQueue> {
    return new EmbeddedRunQueue(setup, await JobLedger.open(setup));
  }

  async add(id: string, behind = 0): Promise<void> {
    checkJobId(id);
    for (let known = this.#ledger.find(id); known; known = this.#ledger.find(id)) {
      if (!known.leaving) return known.added;
      await Promise.allSettled([known.leaving]);
    }
    this.#checkOpen();
    const worker = this.#ledger.isLineEmpty && this.#worker?.hasRoom ? this.#worker : undefined;
    const job = this.#ledger.insert(id, worker ? 'active' : 'waiting', behind);
    worker?.takeNew(job);
    return job.added;
  }

  async remove(id: string): Promise<boolean> {
    checkJobId(id);
    this.#checkOpen();
    const job = this.#ledger.find(id);
    if (!job) return false;
    const stored = await job.added.then(
      () => true,
      () => false,
    );
    const idle = job.record.state === 'waiting' || job.record.state === 'delayed';
    if (!stored || !idle || job.leaving || this.#ledger.find(id) !== job) return false;
    await this.#ledger.remove(job);
    return true;
  }

  async has(id: string): Promise<boolean> {
    const job = this.#ledger.find(id);
    return job !== undefined && job.record.state !== 'failed';
  }

  async counts(): Promise<{
    readonly waiting: number;
    readonly active: number;
    readonly delayed: number;
    readonly failed: number;
  }> {
    const counts = { waiting: 0, active: 0, delayed: 0, failed: 0 };
    for (const { record } of this.#ledger.jobs) counts[record.state]++;
    return counts;
  }

  work(
    handler: RunHandler,
    onFailed: (id: string, reason: FailureReason, error?: unknown) => Promise<void>,
  ): RunWorker {
    this.#checkOpen();
    if (this.#worker) throw new TypeError('The queue has a worker already');
    const worker = new EmbeddedWorker({
      ...this.#setup,
      ledger: this.#ledger,
      handler,
      onFailed,
      onRoom: () => this.#pump(),
      onClosed: () => (this.#worker = undefined),
    });
    this.#worker = worker;
    for (const job of this.#ledger.jobs) if (job.record.state === 'failed') worker.tell(job);
    this.#pump();
    return worker;
  }

  async close(): Promise<void> {
    await this.#worker?.close(0);
    await this.#ledger.close();
  }

  /** Gives waiting jobs to the worker while it has room. */
  #pump(): void {
    while (this.#worker?.hasRoom) {
      const job = this.#ledger.next();
      if (!job) return;
      if (job.record.attempt >= this.#setup.options.attempts) this.#worker.fail(job, 'attempts');
      else this.#worker.take(job, this.#ledger.claim(job));
    }
  }

  #checkOpen(): void {
    if (this.#ledger.closed) throw new DatakeepError('not-ready', 'The run queue is closed.');
  }
}
