import type { RunHandler, RunJob, RunQueueOptions, RunWorker } from '@datakeep/contracts';
import type { Logger } from '@datakeep/kernel';
import { Job, UnrecoverableError, WaitingError, Worker, type Queue } from 'bullmq';

import { FailureTeller, type FailureReason } from './failure-teller.ts';
import type { QueueScripts } from './queue-scripts.ts';
import { reasonOf, settled, type FamilyRedis } from './redis-clients.ts';

export interface BullWorkerSetup {
  /** The worker's own; it is cut off when the worker has closed. */
  readonly redis: FamilyRedis;
  readonly queue: Queue;
  readonly prefix: string;
  readonly scripts: QueueScripts;
  readonly options: RunQueueOptions;
  readonly logger: Logger;
  readonly handler: RunHandler;
  readonly onFailed: (id: string, reason: FailureReason, error?: unknown) => Promise<void>;
  readonly onClosed: () => void;
}

interface Delivery {
  readonly abort: AbortController;
  /** Settles the delivery whatever its handler does: `given-back` puts the job into the queue again, `lost` means that another worker has it. */
  readonly release: (why: 'given-back' | 'lost') => void;
}

/** How long a handler may take to settle after its signal was aborted. */
const settleMs = 1000;
/** How long Redis may take over the last commands of a worker. */
const farewellMs = 1000;

/** BullMQ's worker with a way out when Redis is gone while it closes. */
class LeavingWorker extends Worker {
  /** Stops renewing locks, the one thing that would go on. */
  abandon(): Promise<void> {
    return this.lockManager.close();
  }
}

/**
 * Runs handlers for BullMQ's jobs. One worker of BullMQ for each job at once: a worker with room for several asks Redis for a second job before it begins the first.
 */
export class BullWorker implements RunWorker {
  readonly #setup: BullWorkerSetup;
  readonly #workers: readonly LeavingWorker[];
  readonly #teller: FailureTeller;
  /** By lock token, since one process may hold a lost and a new delivery of one job. */
  readonly #deliveries = new Map<string, { readonly id: string } & Delivery>();
  #closing: Promise<void> | undefined;

  constructor(setup: BullWorkerSetup) {
    this.#setup = setup;
    this.#teller = new FailureTeller(setup);
    this.#workers = Array.from({ length: setup.options.concurrency }, () => this.#newWorker());
  }

  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  #newWorker(): LeavingWorker {
    const { redis, queue, prefix, options, logger } = this.#setup;
    const worker = new LeavingWorker(queue.name, (job, token) => this.#deliver(job, token ?? ''), {
      connection: redis,
      prefix,
      lockDuration: options.lockMs,
      stalledInterval: options.lockMs,
      maxStalledCount: options.maxStalled,
      maxStartedAttempts: options.attempts,
      // Instead of 15 s: how soon a worker goes on after Redis came back.
      runRetryDelay: 500,
      // BullMQ's own strategy counts rejections; the law counts deliveries.
      settings: {
        backoffStrategy: (_made, _type, _error, job) =>
          options.backoffMs * 2 ** (job instanceof Job ? job.attemptsStarted - 1 : 0),
      },
    });
    worker.on('failed', (job, error) => {
      if (job?.id !== undefined && job.finishedOn) this.#teller.tell(job.id, error.cause);
    });
    worker.on('lockRenewalFailed', (ids) => this.#lose(ids));
    worker.on('stalled', (id) => logger.warn('a job stalled and is delivered again', { runId: id }));
    // While Redis is away there is one with each attempt to reach it; the queue has said so.
    worker.on('error', (error) =>
      logger[redis.status === 'ready' ? 'warn' : 'debug']('the run queue had an error', { reason: reasonOf(error) }),
    );
    return worker;
  }

  async #deliver(job: Job, token: string): Promise<void> {
    const id = job.id ?? '';
    const abort = new AbortController();
    const { promise: released, resolve: release } = Promise.withResolvers<'given-back' | 'lost'>();
    this.#deliveries.set(token, { id, abort, release });
    if (this.#closing) release('given-back');
    try {
      const outcome = await Promise.race([released, this.#handle({ id, attempt: job.attemptsStarted }, abort.signal)]);
      if (outcome === 'given-back') {
        // Of priority 0 it is the next job, and an idle worker is woken for it.
        await job.changePriority({ priority: 0 });
        await job.moveToWait(token);
      }
      // BullMQ's sign that the job is no longer this worker's concern.
      if (outcome !== 'done') throw new WaitingError();
    } finally {
      this.#deliveries.delete(token);
    }
  }

  /** The texts of what it throws are kept in Redis, so they are our own; the handler's error is the cause, which stays here. */
  async #handle(job: RunJob, signal: AbortSignal): Promise<'done' | 'given-back'> {
    if (this.#closing) return 'given-back';
    try {
      // BullMQ asks for the next job when it stores the end of this one.
      await this.#setup.handler(job, signal, () => undefined);
      return 'done';
    } catch (cause) {
      if (signal.aborted) return 'given-back';
      const isUnrecoverable = cause instanceof Error && cause.name === 'UnrecoverableError';
      if (!isUnrecoverable) this.#setup.logger.warn('a job failed', { runId: job.id, attempt: job.attempt });
      const error = isUnrecoverable ? new UnrecoverableError('unrecoverable') : new Error('attempts');
      throw Object.assign(error, { cause });
    }
  }

  /** The locks lapsed, because this process stood still or Redis was away: the jobs are stalled, and other workers get them. */
  #lose(ids: readonly string[]): void {
    for (const delivery of this.#deliveries.values()) {
      if (!ids.includes(delivery.id)) continue;
      this.#setup.logger.warn('a job was lost to another worker', { runId: delivery.id });
      delivery.release('lost');
      delivery.abort.abort();
    }
  }

  async #close(graceMs: number): Promise<void> {
    // Pausing stops the search for stalled jobs at once, which closing alone would do last.
    const closed = Promise.all(this.#workers.map((worker) => worker.pause(true).then(() => worker.close())));
    this.#teller.stop();
    const done = Promise.all([closed, this.#teller.idle()]).then(() => true);
    if (!(await settled(done, graceMs))) {
      for (const { abort } of this.#deliveries.values()) abort.abort();
      if (!(await settled(done, this.#deliveries.size > 0 ? settleMs : 0))) {
        for (const { release } of this.#deliveries.values()) release('given-back');
        await settled(done, farewellMs);
      }
    }
    await Promise.all(this.#workers.map((worker) => worker.abandon()));
    this.#setup.redis.cutOff();
    this.#setup.onClosed();
  }
}
