import type { RunQueueOptions } from '@datakeep/contracts';
import {
  allOf,
  DocumentConflict,
  type Collection,
  type DocumentStore,
  type Urgency,
  type Write,
} from '@datakeep/documents';
import { DatakeepError, type Clock, type Logger, type Timer } from '@datakeep/kernel';

import { jobRecords, type FailureReason, type JobRecord } from './job-records.ts';
import { recover } from './recovery.ts';

/** A job that has not ended: its record, and what is under way with it. */
export interface Job {
  record: JobRecord;
  /** Settles when the record is durable for the first time; rejects when it could not be made so. */
  readonly added: Promise<void>;
  /** While the record is being deleted. */
  leaving?: Promise<void>;
  backoff?: Timer;
  /** What the handler rejected with, in this process. */
  error?: unknown;
}

function turnOf(job: Job | undefined): number {
  return job?.record.turn ?? 0;
}

export interface JobLedgerSetup {
  readonly documents: DocumentStore;
  readonly clock: Clock;
  readonly options: RunQueueOptions;
  readonly logger: Logger;
}

// setTimeout takes no more (2^31 - 1 ms, about 25 days).
const longestTimerMs = 2_147_483_647;
const storeRetryMs = 1000;

/**
 * The queue's jobs, in memory and in the store. What is scheduled is decided in memory, which the one process that owns the store may do;
 * every change is in the store before anyone acts on it.
 */
export class JobLedger {
  readonly #setup: JobLedgerSetup;
  readonly #records: Collection<JobRecord>;
  readonly #jobs = new Map<string, Job>();
  /** Waiting jobs, the next one first. */
  #line: Job[] = [];
  #onWaiting: () => void = () => undefined;
  #lastPlace = 0;
  #closed = false;

  private constructor(setup: JobLedgerSetup, records: Collection<JobRecord>) {
    this.#setup = setup;
    this.#records = records;
  }

  /** Reads what a former process left; its active jobs are stalled. */
  static async open(setup: JobLedgerSetup): Promise<JobLedger> {
    const records = setup.documents.collection(jobRecords);
    const { jobs, writes, stalled } = recover(
      await allOf(records, { sort: { field: 'place', direction: 'ascending' } }),
      records,
      setup.options,
    );
    await setup.documents.commit(writes);
    if (stalled > 0) setup.logger.warn('jobs of a former process were found stalled', { count: stalled });
    const ledger = new JobLedger(setup, records);
    for (const record of jobs) ledger.#enter(record, Promise.resolve());
    return ledger;
  }

  /** `onWaiting` is called when a backoff has passed. */
  set onWaiting(onWaiting: () => void) {
    this.#onWaiting = onWaiting;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get isLineEmpty(): boolean {
    return this.#line.length === 0;
  }

  get jobs(): Iterable<Job> {
    return this.#jobs.values();
  }

  find(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  /** Takes the next job out of the line. */
  next(): Job | undefined {
    return this.#line.shift();
  }

  /** A new job: in the line, or active at once, which saves the commit of its claim. */
  insert(id: string, state: 'waiting' | 'active', behind: number): Job {
    const record: JobRecord = {
      id,
      state,
      attempt: state === 'active' ? 1 : 0,
      stalls: 0,
      place: this.#lastPlace + 1,
      turn: turnOf(this.#line[0]) + behind,
    };
    const urgency = state === 'active' ? 'prompt' : 'patient';
    const added = this.#setup.documents
      .commit([this.#records.insert(record)], 'durable', urgency)
      .catch((cause: unknown) => {
        this.#forget(id);
        throw new DatakeepError('run-queue-unreachable', undefined, { cause });
      });
    return this.#enter(record, added);
  }

  /** Takes a waiting or delayed job away. */
  async remove(job: Job): Promise<void> {
    job.backoff?.cancel();
    this.#line = this.#line.filter((other) => other !== job);
    try {
      await this.#delete(job, this.#setup.documents.commit([this.#records.delete(job.record.id)]));
    } catch (cause) {
      this.#schedule(job);
      throw new DatakeepError('run-queue-unreachable', 'The job could not be removed.', { cause });
    }
  }

  /** Counts one more delivery. The handler may see it when the promise resolves. */
  async claim(job: Job): Promise<void> {
    const attempt = job.record.attempt + 1;
    await Promise.all([job.added, this.#change(job, { state: 'active', attempt })]);
  }

  /** The job is over: its record goes, with the next claim if one comes soon. */
  end(job: Job): Promise<void> {
    return this.#delete(job, this.#store([this.#records.delete(job.record.id)], 'patient'));
  }

  /** The job comes again after its backoff. */
  delay(job: Job): Promise<void> {
    const stored = this.#change(job, {
      state: 'delayed',
      dueAt: this.#setup.clock.now() + this.#backoffMs(job.record),
    });
    this.#schedule(job);
    return stored;
  }

  /** The job comes again as the next one. */
  giveBack(job: Job): Promise<void> {
    const stored = this.#change(job, { state: 'waiting' });
    this.#line.unshift(job);
    return stored;
  }

  fail(job: Job, reason: FailureReason, error?: unknown): Promise<void> {
    job.error = error;
    return this.#change(job, { state: 'failed', reason });
  }

  /** No job is added or scheduled any more; resolves when no commit is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#jobs.values()) job.backoff?.cancel();
    await Promise.allSettled([...this.#jobs.values()].flatMap((job) => [job.added, job.leaving]));
  }

  #enter(record: JobRecord, added: Promise<void>): Job {
    const job: Job = { record, added };
    // `add` hands the rejection to its caller; whoever else waits for the job handles it there.
    added.catch(() => undefined);
    this.#lastPlace = Math.max(this.#lastPlace, record.place);
    this.#jobs.set(record.id, job);
    this.#schedule(job);
    return job;
  }

  #schedule(job: Job): void {
    const { state, dueAt } = job.record;
    if (state === 'waiting') this.#line.splice(this.#placeOf(job), 0, job);
    if (state !== 'delayed' || dueAt === undefined || this.#closed) return;
    // A clock that was set back does not make a backoff longer than it was.
    const waitMs = Math.min(Math.max(0, dueAt - this.#setup.clock.now()), this.#backoffMs(job.record));
    job.backoff = this.#setup.clock.setTimer(waitMs, () => {
      delete job.backoff;
      // Not stored: after a restart the backoff is found to have passed.
      job.record = { ...job.record, state: 'waiting' };
      this.#line.splice(this.#placeOf(job), 0, job);
      this.#onWaiting();
    });
  }

  /** Where the job enters the line: after the others of its turn. */
  #placeOf(job: Job): number {
    return this.#line.findLastIndex((other) => turnOf(other) <= turnOf(job)) + 1;
  }

  #backoffMs(record: JobRecord): number {
    return Math.min(this.#setup.options.backoffMs * 2 ** (record.attempt - 1), longestTimerMs);
  }

  #change(job: Job, change: Partial<JobRecord>): Promise<void> {
    job.record = { ...job.record, ...change };
    return this.#store([this.#records.update(job.record.id, { set: change })]);
  }

  async #delete(job: Job, deleted: Promise<void>): Promise<void> {
    job.leaving = deleted;
    try {
      await deleted;
      this.#forget(job.record.id);
    } finally {
      delete job.leaving;
    }
  }

  #forget(id: string): void {
    const job = this.#jobs.get(id);
    this.#jobs.delete(id);
    if (job?.record.state === 'waiting') this.#line = this.#line.filter((other) => other !== job);
  }

  /**
   * Commits, trying again until it is done: what happened to a job is not undone by a full disk. Gives up when the ledger is closed, for the next
   * start finds the job, and at a conflict, which means that the job was never stored.
   */
  async #store(writes: readonly Write[], urgency: Urgency = 'prompt'): Promise<void> {
    for (;;) {
      try {
        return await this.#setup.documents.commit(writes, 'durable', urgency);
      } catch (error) {
        if (this.#closed || error instanceof DocumentConflict) throw error;
        this.#setup.logger.error('the run queue could not store a change of a job, which is tried again', {}, error);
        await new Promise<void>((resolve) => void this.#setup.clock.setTimer(storeRetryMs, resolve));
      }
    }
  }
}
