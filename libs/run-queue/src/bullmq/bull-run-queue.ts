import type { RunHandler, RunQueue, RunQueueCounts, RunQueueOptions, RunWorker } from '@datakeep/contracts';
import { DatakeepError, type Logger } from '@datakeep/kernel';
import { type JobState, PRIORITY_LIMIT, Queue } from 'bullmq';

import { checkJobId } from '../job-id.ts';
import { unreachable } from '../unreachable.ts';
import { BullWorker } from './bull-worker.ts';
import {
  connectWithin,
  newCommandClient,
  newWorkerClient,
  reasonOf,
  settled,
  type FamilyRedis,
} from './redis-clients.ts';

export interface BullRunQueueSetup {
  /** As docs/configuration.md has it; may hold a password. */
  readonly redisUrl: string;
  readonly options: RunQueueOptions;
  readonly logger: Logger;
  /** First part of every key in Redis; `defaultPrefix`. */
  readonly prefix?: string;
  /** ms that the start waits for Redis; 10,000, or 60,000 with `onNeverReached`. */
  readonly startLimitMs?: number;
  /**
   * With it, a Redis that is away does not hold up the start: the queue opens in the background, answers
   * `run-queue-unreachable` until then, and if it could not within the limit, this is called with the reason. A Redis
   * that refuses (a wrong password) still ends the start.
   */
  readonly onNeverReached?: ((error: Error) => void) | undefined;
}

/** What a user of Redis with an ACL may be limited to (docs/deployment.md). */
export const defaultPrefix = 'datakeep';

/** Time that a start waits for Redis before it continues without it, ms. */
const patienceMs = 1500;

/** ms after which a command without an answer has failed. */
const commandLimitMs = 750;

/** `waiting` is a job that comes again; new ones have a priority. */
function isIdle(state: JobState | 'unknown'): boolean {
  return state === 'waiting' || state === 'prioritized' || state === 'delayed';
}

/** One line when Redis goes away, and one when it is back, however often it is tried between. */
function logOutages(redis: FamilyRedis, logger: Logger): void {
  let isAway = false;
  redis.on('reconnecting', () => {
    if (!isAway) logger.warn('Redis is out of reach', { reason: redis.reason });
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) logger.info('Redis is back');
    isAway = false;
  });
}

/**
 * The run queue port on BullMQ, for any number of processes. A job in Redis is its id and its counts; when it has
 * ended, nothing of it is kept, since its id may be added again. Not by `@nestjs/bullmq`, whose workers are decorated
 * classes that are made at the start: here `work` brings the handler, and the queue opens once Redis is reachable.
 */
export class BullRunQueue implements RunQueue {
  readonly #setup: BullRunQueueSetup;
  readonly #prefix: string;
  readonly #redis: FamilyRedis;
  /** Once Redis was reached. */
  #queue: Queue | undefined;
  /** The work that was asked for before Redis was reached. */
  #onOpened: ((queue: Queue) => void) | undefined;
  #worker: RunWorker | undefined;
  #closed = false;

  /** Throws `ConfigError` for a URL that is not legal. */
  private constructor(setup: BullRunQueueSetup) {
    const { logger, redisUrl, prefix = defaultPrefix } = setup;
    this.#setup = setup;
    this.#prefix = prefix;
    this.#redis = newCommandClient(redisUrl, (reason) =>
      logger.debug('the connection to Redis had an error', { reason }),
    );
  }

  /**
   * Throws `ConfigError`, one line that names REDIS_URL and the reason, when Redis could not be used within the limit,
   * or will not do; see `onNeverReached`.
   */
  static async open(setup: BullRunQueueSetup): Promise<BullRunQueue> {
    const { onNeverReached, logger, startLimitMs = onNeverReached ? 60_000 : 10_000 } = setup;
    const queue = new BullRunQueue(setup);
    const opened = queue.#open(startLimitMs).then(() => true);
    if (!onNeverReached) await opened;
    else if (!(await settled(opened, patienceMs))) {
      logger.warn('Redis is out of reach: runs are refused until it is there', { reason: queue.#redis.reason });
      opened.catch((error: unknown) => {
        if (!queue.#closed) onNeverReached(error instanceof Error ? error : new Error(String(error)));
      });
    }
    return queue;
  }

  async #open(limitMs: number): Promise<void> {
    const redis = this.#redis;
    const { options, logger } = this.#setup;
    const warnings = await connectWithin(redis, limitMs, this.#prefix);
    for (const warning of warnings) logger.warn(warning);
    logOutages(redis, logger);
    const queue = new Queue('runs', {
      connection: redis,
      prefix: this.#prefix,
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: {
        attempts: options.attempts,
        backoff: { type: 'exponential', delay: options.backoffMs },
        removeOnComplete: true,
        removeOnFail: true,
        stackTraceLimit: 0,
      },
    });
    queue.on('error', (error) => logger.debug('the run queue had an error', { reason: reasonOf(error) }));
    this.#queue = queue;
    this.#onOpened?.(queue);
  }

  async add(id: string, behind = 0, recorded?: Promise<unknown>): Promise<void> {
    checkJobId(id);
    await recorded;
    await this.#reach(async (queue) => {
      // A job's priority is one more than its turn: BullMQ has those of priority 0 before all others.
      const [head] = await queue.getPrioritized(0, 0);
      const priority = Math.min((head?.priority ?? 1) + behind, PRIORITY_LIMIT);
      await queue.add('run', {}, { jobId: id, priority });
    });
  }

  async remove(id: string): Promise<boolean> {
    checkJobId(id);
    return this.#reach(async (queue) => {
      const state = await queue.getJobState(id);
      // One that a worker takes meanwhile is locked, and stays.
      return isIdle(state) && (await queue.remove(id)) === 1;
    });
  }

  async has(id: string): Promise<boolean> {
    const state = await this.#reach((queue) => queue.getJobState(id));
    return isIdle(state) || state === 'active';
  }

  async counts(): Promise<RunQueueCounts> {
    const counts = await this.#reach((queue) => queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed'));
    const { waiting = 0, prioritized = 0, active = 0, delayed = 0 } = counts;
    return { waiting: waiting + prioritized, active, delayed };
  }

  work(handler: RunHandler): RunWorker {
    this.#checkOpen();
    if (this.#worker) throw new TypeError('The queue has a worker already');
    const { logger, redisUrl, options } = this.#setup;
    const start = (queue: Queue): RunWorker =>
      new BullWorker({
        name: queue.name,
        prefix: this.#prefix,
        options,
        logger,
        redis: newWorkerClient(redisUrl, (reason) =>
          logger.debug("the worker's connection to Redis had an error", { reason }),
        ),
        handler,
        onClosed: () => (this.#worker = undefined),
      });
    this.#worker = this.#queue ? start(this.#queue) : this.#startWhenOpened(start);
    return this.#worker;
  }

  #startWhenOpened(start: (queue: Queue) => RunWorker): RunWorker {
    let started: RunWorker | undefined;
    this.#onOpened = (queue) => (started = start(queue));
    return {
      close: async (graceMs) => {
        this.#onOpened = undefined;
        await started?.close(graceMs);
        this.#worker = undefined;
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.close(0);
    if (this.#queue) await settled(this.#queue.close(), commandLimitMs);
    this.#redis.cutOff();
  }

  /** Runs the command, or fails within a second. */
  async #reach<T>(command: (queue: Queue) => Promise<T>): Promise<T> {
    this.#checkOpen();
    const queue = this.#queue;
    if (!queue) throw unreachable('never reached yet');
    let failure: unknown = 'no answer';
    const done = command(queue).then(
      (value) => ({ value }),
      (error: unknown) => {
        failure = error;
        return undefined;
      },
    );
    const answer = await settled(done, commandLimitMs);
    if (answer) return answer.value;
    throw unreachable(failure);
  }

  #checkOpen(): void {
    if (this.#closed) throw new DatakeepError('not-ready', 'The run queue is closed.');
  }
}
