import type { BrokerMethod, ExecutionLimits, ExecutionOutcome } from './execution.ts';

/** One attempt of a run, as its worker is to execute it. */
export interface ExecutionTask {
  readonly kind: 'execute';
  readonly runId: string;
  readonly attempt: number;
  /** Name of the runtime that is to run it. */
  readonly runtime: string;
  readonly sourceCodeId: string;
  /** Opaque: see `ExecutionRequest`. */
  readonly reuseKey: string;
  /** JSON text of the first argument of the entry function. */
  readonly parametersJson: string;
  /** See `ExecutionRequest`. */
  readonly dataEndpoint?: string;
  readonly limits: ExecutionLimits;
  /** W3C trace context of the request that made the run, where it was traced. */
  readonly traceparent?: string;
}

/** `nothing`: the run is gone, has ended (it may just have been refused), or another delivery was first. */
export type RunAnswer = ExecutionTask | { readonly kind: 'nothing' };

/** Why an attempt is to be killed: a caller asked for the run's end, or the attempt no longer counts. */
export type StopReason = 'cancelled' | 'overtaken';

export interface AttemptId {
  readonly runId: string;
  readonly attempt: number;
}

/**
 * What the View Manager is to a worker of the run queue, wherever it works: "what is this run? … here is its outcome".
 * The worker knows no records, rights or events; the coordinator knows no processes.
 *
 * Guarantees:
 * - `begin` checks the instance's permissions, stores the attempt as `running` and answers what is to be executed. An
 *   attempt whose place another one (or a cancellation) took is stopped, and its outcome is dropped.
 * - A worker in the same process gives `stop`, which is called at most once, when the attempt is to be killed. One in
 *   another process asks `ended` about once a second while it has attempts, and is answered those that are to be
 *   killed; a cancelled run whose worker does not answer for 5 s is ended without it.
 * - `broker` checks the instance's permissions, and that the attempt still counts, at this very call: `run-finished`
 *   otherwise.
 * - `finish` stores the outcome once, by compare-and-set on (run, attempt); a stale one is dropped without an error.
 *   Of a run that a caller cancelled before, it stores the logs and usage, and that the run was cancelled.
 *   Rejects when it could not be stored: the worker's job then fails, and is delivered again.
 * - `interrupted` reports an attempt without an outcome: a shutdown (`stopped`) or a failing service
 *   (`service-failed`). Answers whether the run waits for another delivery; after its last attempt it is ended.
 * - Every call may be answered by any process that serves the port.
 */
export interface RunCoordinator {
  begin(jobId: string, stop?: (reason: StopReason) => void): Promise<RunAnswer>;
  broker(
    run: AttemptId,
    method: BrokerMethod,
    argumentsJson: string,
  ): Promise<{ readonly json: string; readonly items: number }>;
  finish(run: AttemptId, outcome: ExecutionOutcome): Promise<void>;
  interrupted(run: AttemptId, why: 'stopped' | 'service-failed'): Promise<boolean>;
  /** Of these attempts, the ones to be killed. */
  ended(runs: readonly AttemptId[]): Promise<readonly (AttemptId & { readonly reason: StopReason })[]>;
}
