import type { RunHandler, RunQueueOptions, RunWorker } from '@datakeep/contracts';
import type { Logger } from '@datakeep/kernel';
import { type Job, WaitingError, Worker } from 'bullmq';

import { Deliveries } from '../deliveries.ts';
import { reasonOf, settled, type FamilyRedis } from './redis-clients.ts';

export interface BullWorkerSetup {
  readonly name: string;
  /** The worker's own; it is cut off when the worker has closed. */
  readonly redis: FamilyRedis;
  readonly prefix: string;
  readonly options: RunQueueOptions;
  readonly logger: Logger;
  readonly handler: RunHandler;
  readonly onClosed: () => void;
}

/** How long a handler may take to settle after its signal was aborted. */
const settleMs = 1000;
/** How long Redis may take over the last commands of a worker. */
const farewellMs = 1000;

/** Runs handlers for BullMQ's jobs. */
export class BullWorker implements RunWorker {
  readonly #setup: BullWorkerSetup;
  readonly #worker: Worker;
  readonly #deliveries = new Deliveries();
  #closing: Promise<void> | undefined;

  constructor(setup: BullWorkerSetup) {
    const { name, redis, prefix, options, logger } = setup;
    this.#setup = setup;
    this.#worker = new Worker(name, (job, token) => this.#deliver(job, token ?? ''), {
      connection: redis,
      prefix,
      concurrency: options.concurrency,
      lockDuration: options.lockMs,
      stalledInterval: options.lockMs,
      maxStalledCount: options.attempts,
      maxStartedAttempts: options.attempts,
      // How soon a worker continues after Redis came back; BullMQ's default is 15 s.
      runRetryDelay: 500,
    });
    this.#worker.on('failed', (job, error) =>
      logger.warn('a job failed', { runId: job?.id, attempt: job?.attemptsStarted, reason: error.message }),
    );
    this.#worker.on('stalled', (id) => logger.warn('a job stalled and is delivered again', { runId: id }));
    let warned = '';
    this.#worker.on('active', () => (warned = ''));
    // There is one with each attempt, ten in a second; while Redis is away the queue has said so.
    this.#worker.on('error', (error) => {
      const reason = reasonOf(error);
      logger[redis.status === 'ready' && reason !== warned ? 'warn' : 'debug']('the run queue had an error', {
        reason,
      });
      warned = reason;
    });
  }

  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  /** The texts of what it throws are kept in Redis for as long as the job is, so they are our own. */
  async #deliver(job: Job, token: string): Promise<void> {
    try {
      await this.#deliveries.run(this.#setup.handler, { id: job.id ?? '', attempt: job.attemptsStarted });
    } catch {
      if (!this.#deliveries.isAborted) throw new Error('The attempt failed.');
      // It waits at its old place for another worker.
      await job.moveToWait(token);
      throw new WaitingError();
    }
  }

  async #close(graceMs: number): Promise<void> {
    const { redis, onClosed } = this.#setup;
    const closed = this.#worker.close().then(() => true);
    if (!(await settled(closed, graceMs))) {
      this.#deliveries.abort();
      await settled(closed, settleMs);
      this.#deliveries.release();
      // Longer only where Redis is away: its jobs are found stalled, and delivered again.
      await settled(closed, farewellMs);
    }
    redis.cutOff();
    onClosed();
  }
}
