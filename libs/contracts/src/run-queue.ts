/** What a worker gets. `attempt` starts at 1 and counts deliveries, also those that a crash cut short. */
export interface RunJob {
  readonly id: string;
  readonly attempt: number;
}

export interface RunQueueOptions {
  /** Jobs worked on at once by this process; one whose handler has called `worked` does not count. */
  readonly concurrency: number;
  /** Deliveries of one job in all; default 3. */
  readonly attempts: number;
  /** Waiting before attempt n+1: `backoffMs * 2^(n-1)`; default 1,000. */
  readonly backoffMs: number;
  /** How often a job may be found stalled before it fails; default 1. */
  readonly maxStalled: number;
  /** A job whose worker gave no sign for this long is stalled; default 30,000. */
  readonly lockMs: number;
}

export const defaultRunQueueOptions: RunQueueOptions = {
  concurrency: 2,
  attempts: 3,
  backoffMs: 1000,
  maxStalled: 1,
  lockMs: 30_000,
};

/** Thrown by a handler when trying again cannot help. Told apart by `name`, as BullMQ does (`UnrecoverableError`). */
export class Unrecoverable extends Error {
  override readonly name = 'UnrecoverableError';
}

export interface RunWorker {
  /**
   * Takes no new job, waits for running ones up to `graceMs`, then aborts their signals and gives them a second to settle; what did not resolve by then
   * goes back to the queue (its attempt counted), and what it does later no longer counts.
   */
  close(graceMs: number): Promise<void>;
}

/**
 * Works on one job. It may call `worked` when only the outcome is left to be stored: a worker may then begin another job beside it, and need not. The job ends when the promise
 * settles, as any other.
 */
export type RunHandler = (job: RunJob, signal: AbortSignal, worked: () => void) => Promise<void>;

/**
 * The run queue port. A job is an id; what it means is kept elsewhere.
 *
 * Law (the same on the in-process adapter and on BullMQ):
 * - Ids follow BullMQ's rules: 1…200 characters, no `:`, not only digits, none of the names of its own keys (`wait`, `active` …); others are refused with a TypeError.
 * - `add` resolves when the job is durable, and throws `run-queue-unreachable` when it could not be made so. Adding an id that is waiting, delayed, active, or failed
 *   and not yet told does nothing; one that has ended may be added again.
 * - Each job is delivered at least once, and to one worker at a time while that worker lives; waiting ones by turns, those of one turn in the order of their adding, those that were stalled
 *   or given back before them, those whose backoff has passed after the others of their turn. A job's turn is that of the job at the head of the line, plus `behind`: the number of its owner's
 *   jobs that go before it. So who has many jobs does not hold up who has one, nor is held up for ever. The attempt is counted durably before the handler sees it; only
 *   the first one of a job whose `add` is under way may be seen while both are being stored (a process that ends then leaves no job). Where that fails, `add` throws, and there is no other delivery.
 * - A handler that resolves ends the job. One that rejects gets it again after the backoff until `attempts` deliveries are used, except with `Unrecoverable`. Jobs whose process died are found
 *   stalled and delivered again (at a start at once where one process owns the queue; else after `lockMs`), at most `maxStalled` times. A stalled or given back job that has no delivery left fails
 *   without one. (On BullMQ: `attempts` and the worker's `maxStartedAttempts` are both this number, since BullMQ does not count stalls as attempts.)
 * - A job that ends without its handler resolving is told to `onFailed` of a worker: `(id, reason)`, reason `stalled` (stalled too often) | `attempts` | `unrecoverable`, and the handler's error
 *   where this process saw it. It stays `failed` until `onFailed` resolved, so a crash or a rejection tells it again; after that never.
 * - The queue keeps no result and invents no state of a run.
 * - `remove` takes a waiting or delayed job away and says whether it did; an active one is not touched.
 * - A queue object has one worker at a time. `close` of the queue closes it with no grace. After `close`, `add` and `remove` throw `not-ready`.
 */
export interface RunQueue {
  add(id: string, behind?: number): Promise<void>;
  remove(id: string): Promise<boolean>;
  /** Whether the id is waiting, delayed or active. */
  has(id: string): Promise<boolean>;
  counts(): Promise<{
    readonly waiting: number;
    readonly active: number;
    readonly delayed: number;
    readonly failed: number;
  }>;
  work(
    handler: RunHandler,
    onFailed: (id: string, reason: 'attempts' | 'stalled' | 'unrecoverable', error?: unknown) => Promise<void>,
  ): RunWorker;
  close(): Promise<void>;
}
