import type { RunJob, RunQueue, RunQueueOptions, RunWorker } from '@datakeep/contracts';
import { DatakeepError, type Logger } from '@datakeep/kernel';
import { Queue } from 'bullmq';

import { checkJobId } from '../job-id.ts';
import { BullWorker } from './bull-worker.ts';
import type { FailureReason } from './failure-teller.ts';
import { QueueScripts } from './queue-scripts.ts';
import { checkRedisUrl, connectWithin, newCommandClient, newWorkerClient, reasonOf, settled, type FamilyRedis } from './redis-clients.ts';

export interface BullRunQueueSetup {
  /** `redis://` or `rediss://`, which may hold a password. */
  readonly redisUrl: string;
  readonly options: RunQueueOptions;
  readonly logger: Logger;
  /** First part of every key in Redis; `datakeep`. */
  readonly prefix?: string;
  /** ms that the start waits for Redis; 10,000. */
  readonly startLimitMs?: number;
}

/** ms within which a command is done, or is told to have failed. */
const commandLimitMs = 750;

/** One line when Redis goes away, and one when it is back, however often it is tried between. */
function tellOutages(redis: FamilyRedis, logger: Logger): void {
  let isAway = false;
  redis.on('reconnecting', () => {
    if (!isAway) logger.warn('Redis is out of reach');
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) logger.info('Redis is back');
    isAway = false;
  });
}

/**
 * The run queue port on BullMQ, for any number of processes. A job in Redis is its id, its counts and one of our own words for its failure; when it
 * has ended, nothing is kept of it, since its id may be added again.
 */
export class BullRunQueue implements RunQueue {
  readonly #setup: BullRunQueueSetup;
  readonly #prefix: string;
  readonly #redis: FamilyRedis;
  readonly #queue: Queue;
  readonly #scripts: QueueScripts;
  #worker: BullWorker | undefined;
  #closed = false;

  private constructor(setup: BullRunQueueSetup, prefix: string, redis: FamilyRedis, queue: Queue) {
    this.#setup = setup;
    this.#prefix = prefix;
    this.#redis = redis;
    this.#queue = queue;
    this.#scripts = new QueueScripts(redis, queue);
  }

  /** Throws `ConfigError`, one line that names REDIS_URL and the reason, when Redis could not be used within the limit. */
  static async open(setup: BullRunQueueSetup): Promise<BullRunQueue> {
    checkRedisUrl(setup.redisUrl);
    const { options, logger, prefix = 'datakeep', startLimitMs = 10_000 } = setup;
    const redis = newCommandClient(setup.redisUrl, (reason) => logger.debug('the connection to Redis had an error', { reason }));
    await connectWithin(redis, startLimitMs);
    tellOutages(redis, logger);
    const persistence = await settled(redis.info('persistence'), commandLimitMs);
    if (persistence?.includes('aof_enabled:0')) logger.warn('Redis keeps no append-only file: jobs may be lost when it dies');
    const queue = new Queue('runs', {
      connection: redis,
      prefix,
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: {
        attempts: options.attempts,
        backoff: { type: 'by-delivery' },
        removeOnComplete: true,
        // A failed job is what says that it must still be told; the teller takes it away.
        removeOnFail: false,
        stackTraceLimit: 0,
      },
    });
    queue.on('error', (error) => logger.debug('the run queue had an error', { reason: reasonOf(error) }));
    return new BullRunQueue(setup, prefix, redis, queue);
  }

  async add(id: string): Promise<void> {
    checkJobId(id);
    await this.#reach(() => this.#queue.add('run', {}, { jobId: id }));
  }

  async remove(id: string): Promise<boolean> {
    checkJobId(id);
    return this.#reach(() => this.#scripts.removeIdle(id));
  }

  async has(id: string): Promise<boolean> {
    const state = await this.#reach(() => this.#queue.getJobState(id));
    return state === 'waiting' || state === 'delayed' || state === 'active';
  }

  async counts(): Promise<{ readonly waiting: number; readonly active: number; readonly delayed: number; readonly failed: number }> {
    const {
      waiting = 0,
      active = 0,
      delayed = 0,
      failed = 0,
    } = await this.#reach(() => this.#queue.getJobCounts('waiting', 'active', 'delayed', 'failed'));
    return { waiting, active, delayed, failed };
  }

  work(
    handler: (job: RunJob, signal: AbortSignal) => Promise<void>,
    onFailed: (id: string, reason: FailureReason, error?: unknown) => Promise<void>,
  ): RunWorker {
    this.#checkOpen();
    if (this.#worker) throw new TypeError('The queue has a worker already');
    const { logger } = this.#setup;
    this.#worker = new BullWorker({
      ...this.#setup,
      prefix: this.#prefix,
      redis: newWorkerClient(this.#setup.redisUrl, (reason) => logger.debug("the worker's connection to Redis had an error", { reason })),
      queue: this.#queue,
      scripts: this.#scripts,
      handler,
      onFailed,
      onClosed: () => (this.#worker = undefined),
    });
    return this.#worker;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.close(0);
    await settled(this.#queue.close(), commandLimitMs);
    this.#redis.cutOff();
  }

  /** Runs the command, or fails within a second. */
  async #reach<T>(command: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    let failure: unknown = 'no answer';
    const done = command().then(
      (value) => ({ value }),
      (error: unknown) => {
        failure = error;
        return undefined;
      },
    );
    const answer = await settled(done, commandLimitMs);
    if (answer) return answer.value;
    throw new DatakeepError('run-queue-unreachable', undefined, { retryAfterSeconds: 5, cause: failure });
  }

  #checkOpen(): void {
    if (this.#closed) throw new DatakeepError('not-ready', 'The run queue is closed.');
  }
}
