import type { Count } from '@datakeep/kernel';

/** What a worker gets. `attempt` starts at 1 and counts deliveries, also those that a crash cut short. */
export interface RunJob {
  readonly id: string;
  readonly attempt: number;
}

export interface RunQueueOptions {
  /** Jobs worked on at once by this process. */
  readonly concurrency: number;
  /** Deliveries of one job in all; default 3. */
  readonly attempts: number;
  /** Waiting before attempt n+1: `backoffMs * 2^(n-1)`; default 1,000. */
  readonly backoffMs: number;
  /** A job whose worker gave no sign for this long is delivered again; default 30,000. */
  readonly lockMs: number;
}

export const defaultRunQueueOptions: RunQueueOptions = {
  concurrency: 2,
  attempts: 3,
  backoffMs: 1000,
  lockMs: 30_000,
};

export interface RunQueueCounts {
  readonly waiting: Count;
  readonly active: Count;
  readonly delayed: Count;
}

export interface RunWorker {
  /**
   * Takes no new job, waits for running ones up to `graceMs`, then aborts their signals and gives them a second to
   * settle. What did not resolve by then is delivered again, and what its handler does later does not count.
   */
  close(graceMs: number): Promise<void>;
}

/** Works on one job, which ends when the promise resolves. */
export type RunHandler = (job: RunJob, signal: AbortSignal) => Promise<void>;

/**
 * The run queue port: at-least-once delivery of an id, with bounded attempts. What the id means, and its state, is kept
 * elsewhere, by records that are compared and set; so is what the queue gave up or lost.
 *
 * Guarantees, the same for the in-process adapter and for BullMQ:
 * - Ids follow BullMQ's rules: 1…200 characters, no `:`, not only digits, none of the names of its own keys (`wait`,
 *   `active` …); others are refused with a TypeError.
 * - `add` resolves when the job survives the death of this process, and throws `run-queue-unreachable` where it does
 *   not. A power loss may take it: its owner adds it again. An id that is waiting, delayed or active is not added
 *   twice. With `recorded`, which the owner's record of the id resolves, the job is delivered only after it; where it
 *   rejects, so does `add`, and there is no job. An adapter whose jobs lie beside the records commits both together.
 * - Each job is delivered at least once. Waiting ones by turns, those of one turn in the order of their adding. A job's
 *   turn is that of the job at the head of the line, plus `behind`: the number of its owner's jobs that go before it.
 *   So an owner with many jobs does not hold up one with few, nor is held up for ever.
 * - A handler that resolves ends the job. One that rejects gets it again after the backoff. A job whose process died is
 *   delivered again: at the start where one process owns the queue, else after `lockMs`. After `attempts` deliveries
 *   the queue forgets the job.
 * - `remove` takes a waiting or delayed job away and answers whether it did; an active one is not touched.
 * - `remove`, `has` and `counts` throw `run-queue-unreachable` where the queue does not answer.
 * - A queue object has one worker at a time. `close` of the queue closes it with no grace. After `close`, `add` and
 *   `remove` throw `not-ready`.
 */
export interface RunQueue {
  add(id: string, behind?: number, recorded?: Promise<unknown>): Promise<void>;
  remove(id: string): Promise<boolean>;
  /** Whether the id is waiting, delayed or active. */
  has(id: string): Promise<boolean>;
  counts(): Promise<RunQueueCounts>;
  work(handler: RunHandler): RunWorker;
  close(): Promise<void>;
}
