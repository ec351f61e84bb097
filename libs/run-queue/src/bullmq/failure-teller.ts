import { randomUUID } from 'node:crypto';

import type { RunQueueOptions } from '@datakeep/contracts';
import type { Logger } from '@datakeep/kernel';
import type { Queue } from 'bullmq';

import type { QueueScripts } from './queue-scripts.ts';
import { reasonOf } from './redis-clients.ts';

export type FailureReason = 'attempts' | 'stalled' | 'unrecoverable';

export interface FailureTellerSetup {
  readonly queue: Queue;
  readonly scripts: QueueScripts;
  readonly options: RunQueueOptions;
  readonly logger: Logger;
  readonly onFailed: (id: string, reason: FailureReason, error?: unknown) => Promise<void>;
}

interface Telling {
  readonly token: string;
  readonly error: unknown;
  time: number;
  retry?: NodeJS.Timeout;
}

const longestRetellMs = 60_000;

/** What BullMQ writes into a job that stalled too often; any other text than this and our own means that no delivery was left. */
const stalledText = 'job stalled more than allowable limit';

function reasonOfJob(failedReason: string): FailureReason {
  if (failedReason === stalledText) return 'stalled';
  return failedReason === 'unrecoverable' ? failedReason : 'attempts';
}

/**
 * Tells failed jobs and then takes them away. One worker tells a job at a time, by a claim in Redis that lapses with its process; what no living worker
 * has claimed is found by looking at all failed jobs, at the start and every `lockMs`.
 */
export class FailureTeller {
  readonly #setup: FailureTellerSetup;
  readonly #tellings = new Map<string, Telling>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #sweep: NodeJS.Timeout;
  #stopped = false;

  constructor(setup: FailureTellerSetup) {
    this.#setup = setup;
    this.#sweep = setInterval(() => this.look(), setup.options.lockMs);
    this.look();
  }

  /** Tells a job that failed in this process. */
  tell(id: string, error: unknown): void {
    if (this.#stopped || this.#tellings.has(id)) return;
    const telling: Telling = { token: randomUUID(), error, time: 1 };
    this.#tellings.set(id, telling);
    this.#follow(this.#tell(id, telling));
  }

  /** Tells all failed jobs that nobody tells. */
  look(): void {
    this.#follow(this.#look());
  }

  /** Begins nothing new. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#sweep);
    for (const { retry } of this.#tellings.values()) clearTimeout(retry);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #look(): Promise<void> {
    for (const { id } of await this.#setup.queue.getFailed()) if (id !== undefined) this.tell(id, undefined);
  }

  async #tell(id: string, telling: Telling): Promise<void> {
    const { scripts, options, queue, logger } = this.#setup;
    const { token } = telling;
    let told = false;
    let claimed = false;
    let renewal: NodeJS.Timeout | undefined;
    try {
      claimed = await scripts.claim(id, token, options.lockMs);
      const job = claimed ? await queue.getJob(id) : undefined;
      // Told and gone since it was found, or claimed by another worker, which ends it or dies: then the next look finds it.
      if (!job?.finishedOn || this.#stopped) return;
      renewal = setInterval(() => this.#follow(scripts.extendClaim(id, token, options.lockMs)), options.lockMs / 2);
      renewal.unref();
      await this.#call(id, reasonOfJob(job.failedReason), telling.error);
      told = true;
    } catch (error) {
      logger.error('a failed job could not be told, which is tried again', { runId: id }, error);
      this.#tellLater(id, telling);
    } finally {
      clearInterval(renewal);
      if (!told && !telling.retry) this.#tellings.delete(id);
      if (claimed && !told) await scripts.dropClaim(id, token);
    }
    if (!told) return;
    await scripts.endFailed(id, token).finally(() => this.#tellings.delete(id));
  }

  #call(id: string, reason: FailureReason, error: unknown): Promise<void> {
    return error === undefined ? this.#setup.onFailed(id, reason) : this.#setup.onFailed(id, reason, error);
  }

  #tellLater(id: string, telling: Telling): void {
    if (this.#stopped) return;
    const waitMs = Math.min(this.#setup.options.backoffMs * 2 ** (telling.time - 1), longestRetellMs);
    telling.time++;
    telling.retry = setTimeout(() => {
      delete telling.retry;
      if (!this.#stopped) this.#follow(this.#tell(id, telling));
    }, waitMs);
    telling.retry.unref();
  }

  /** Redis out of reach is the only way to get here; the next look tries again. */
  #follow(work: Promise<void>): void {
    const followed = work
      .catch((error: unknown) =>
        this.#setup.logger.warn('failed jobs could not be told while Redis was out of reach', {
          reason: reasonOf(error),
        }),
      )
      .finally(() => this.#underWay.delete(followed));
    this.#underWay.add(followed);
  }
}
