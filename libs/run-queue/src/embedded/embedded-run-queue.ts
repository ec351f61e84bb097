import type { RunHandler, RunQueue, RunQueueCounts, RunQueueOptions, RunWorker } from '@datakeep/contracts';
import {
  allOf,
  type Collection,
  type DocumentStore,
  type Durability,
  tookPlace,
  type Write,
} from '@datakeep/documents';
import { DatakeepError, type Clock, type Logger } from '@datakeep/kernel';

import { checkJobId } from '../job-id.ts';
import { unreachable } from '../unreachable.ts';
import { EmbeddedWorker } from './embedded-worker.ts';
import { type Job, JobLine } from './job.ts';
import { jobRecords, type JobRecord } from './job-records.ts';

export interface EmbeddedRunQueueSetup {
  /** A store that no other process has open. The queue does not close it. */
  readonly documents: DocumentStore;
  readonly clock: Clock;
  readonly options: RunQueueOptions;
  readonly logger: Logger;
}

// setTimeout takes no more (2^31 - 1 ms, about 25 days).
const longestTimerMs = 2_147_483_647;

/**
 * The run queue port inside one process. What is scheduled is decided in memory; the store has each job until it ends,
 * with its count of deliveries, for the next start. Commits are `relaxed`: no job needs to survive a power loss.
 */
export class EmbeddedRunQueue implements RunQueue {
  readonly #setup: EmbeddedRunQueueSetup;
  readonly #records: Collection<JobRecord>;
  readonly #jobs = new Map<string, Job>();
  readonly #line = new JobLine();
  /** Commits that no caller waits for. */
  readonly #storing = new Set<Promise<void>>();
  #worker: EmbeddedWorker | undefined;
  #lastPlace = 0;
  #closed = false;

  private constructor(setup: EmbeddedRunQueueSetup, records: Collection<JobRecord>) {
    this.#setup = setup;
    this.#records = records;
  }

  /** Reads what a former process left. Throws what the store throws. */
  static async open(setup: EmbeddedRunQueueSetup): Promise<EmbeddedRunQueue> {
    const queue = new EmbeddedRunQueue(setup, setup.documents.collection(jobRecords));
    for (const record of await allOf(queue.#records, { sort: { field: 'place', direction: 'ascending' } })) {
      const job: Job = { record, state: 'waiting', added: Promise.resolve() };
      queue.#jobs.set(record.id, job);
      queue.#lastPlace = record.place;
      if (record.attempt >= setup.options.attempts) queue.#giveUp(job);
      else queue.#schedule(job);
    }
    return queue;
  }

  async add(id: string, behind = 0, recorded?: Promise<unknown>): Promise<void> {
    checkJobId(id);
    const known = this.#jobs.get(id);
    if (known) return known.added;
    this.#checkOpen();
    this.#lastPlace += 1;
    const record: JobRecord = { id, attempt: 0, place: this.#lastPlace, turn: this.#line.turnBehind(behind) };
    const added = this.#insertWith(record, recorded);
    const job: Job = { record, state: 'waiting', added };
    this.#jobs.set(id, job);
    await added;
    this.#schedule(job);
    this.#pump();
  }

  async remove(id: string): Promise<boolean> {
    checkJobId(id);
    this.#checkOpen();
    const job = this.#jobs.get(id);
    await job?.added.catch(() => undefined);
    if (!job || job.state === 'active' || this.#jobs.get(id) !== job) return false;
    job.backoff?.cancel();
    this.#line.leave(job);
    this.#jobs.delete(id);
    try {
      await this.#commit(this.#records.delete(id));
      return true;
    } catch (cause) {
      this.#jobs.set(id, job);
      this.#schedule(job);
      this.#pump();
      throw unreachable(cause);
    }
  }

  async has(id: string): Promise<boolean> {
    return this.#jobs.has(id);
  }

  async counts(): Promise<RunQueueCounts> {
    const counts = { waiting: 0, active: 0, delayed: 0 };
    for (const { state } of this.#jobs.values()) counts[state] += 1;
    return counts;
  }

  work(handler: RunHandler): RunWorker {
    this.#checkOpen();
    if (this.#worker) throw new TypeError('The queue has a worker already');
    this.#worker = new EmbeddedWorker({
      clock: this.#setup.clock,
      concurrency: this.#setup.options.concurrency,
      handler,
      begin: (job) => this.#begin(job),
      resolved: (job) => this.#end(job),
      rejected: (job, isAborted) => this.#retry(job, isAborted),
      onRoom: () => this.#pump(),
      onClosed: () => (this.#worker = undefined),
    });
    this.#pump();
    return this.#worker;
  }

  async close(): Promise<void> {
    await this.#worker?.close(0);
    this.#closed = true;
    for (const job of this.#jobs.values()) job.backoff?.cancel();
    await Promise.allSettled([...this.#storing, ...Array.from(this.#jobs.values(), ({ added }) => added)]);
  }

  /** Gives waiting jobs to the worker while it has room. */
  #pump(): void {
    while (this.#worker?.hasRoom && !this.#line.isEmpty) this.#worker.take(this.#line.next()!);
  }

  /** In one transaction with the owner's record, where that is on its way into the same store. */
  async #insertWith(record: JobRecord, recorded: Promise<unknown> | undefined): Promise<void> {
    const [inserted, owner] = await Promise.allSettled([this.#insert(record), recorded]);
    if (inserted.status === 'fulfilled' && owner.status === 'fulfilled') return;
    this.#jobs.delete(record.id);
    if (inserted.status === 'rejected') throw unreachable(inserted.reason);
    this.#store(this.#records.delete(record.id));
    throw (owner as PromiseRejectedResult).reason;
  }

  async #insert(record: JobRecord): Promise<void> {
    if (await tookPlace(this.#commit(this.#records.insert(record)))) return;
    // The end of a former job of that id could not be stored.
    const { id, ...set } = record;
    await this.#commit(this.#records.update(id, { set, unset: ['dueAt'] }));
  }

  /**
   * Counts one more delivery. The handler does not wait for the commit: what it stores itself is committed after it, or
   * in the same transaction.
   */
  #begin(job: Job): void {
    const { dueAt: _passed, ...record } = job.record;
    job.record = { ...record, attempt: record.attempt + 1 };
    job.state = 'active';
    this.#store(this.#records.update(record.id, { set: { attempt: job.record.attempt }, unset: ['dueAt'] }));
  }

  #end(job: Job): void {
    this.#jobs.delete(job.record.id);
    this.#store(this.#records.delete(job.record.id), 'deferred');
  }

  #giveUp(job: Job): void {
    this.#setup.logger.warn('a job was delivered as often as it may be, and is forgotten', { runId: job.record.id });
    this.#end(job);
  }

  /** The job comes again: at once where its worker is closing, else after the backoff. */
  #retry(job: Job, isAborted: boolean): void {
    const { id, attempt } = job.record;
    if (attempt >= this.#setup.options.attempts) return this.#giveUp(job);
    job.state = 'waiting';
    if (!isAborted) {
      const dueAt = this.#setup.clock.now() + this.#backoffMs(attempt);
      job.record = { ...job.record, dueAt };
      this.#store(this.#records.update(id, { set: { dueAt } }));
    }
    this.#schedule(job);
  }

  #schedule(job: Job): void {
    const { dueAt, attempt } = job.record;
    if (dueAt === undefined) return this.#line.enter(job);
    job.state = 'delayed';
    // A clock that was set back does not make a backoff longer than it was.
    const waitMs = Math.min(Math.max(0, dueAt - this.#setup.clock.now()), this.#backoffMs(attempt));
    job.backoff = this.#setup.clock.setTimer(waitMs, () => {
      delete job.backoff;
      job.state = 'waiting';
      this.#line.enter(job);
      this.#pump();
    });
  }

  #backoffMs(attempt: number): number {
    return Math.min(this.#setup.options.backoffMs * 2 ** (attempt - 1), longestTimerMs);
  }

  #commit(write: Write, durability: Durability = 'relaxed'): Promise<void> {
    return this.#setup.documents.commit([write], durability);
  }

  /** A change that is lost delivers the job once more, or sooner, after the next start. */
  #store(write: Write, durability?: Durability): void {
    const storing = this.#commit(write, durability)
      .catch((error: unknown) => this.#setup.logger.error('a change of a job was not stored', {}, error))
      .finally(() => this.#storing.delete(storing));
    this.#storing.add(storing);
  }

  #checkOpen(): void {
    if (this.#closed) throw new DatakeepError('not-ready', 'The run queue is closed.');
  }
}
