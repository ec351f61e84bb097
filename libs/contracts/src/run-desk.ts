import type { BrokerMethod, ExecutionLimits, ExecutionOutcome } from './execution.ts';

/** One attempt of a run, as its worker is to execute it. */
export interface RunOrder {
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
}

/** `nothing`: the run has ended or is gone. `refused`: it has just been ended, since it may not be executed; trying again cannot help. */
export type RunAnswer = RunOrder | { readonly kind: 'nothing' } | { readonly kind: 'refused'; readonly reason: string };

/** Why an attempt is to be killed: a caller asked for the run's end, or the attempt no longer counts. */
export type StopReason = 'cancelled' | 'overtaken';

export interface AttemptName {
  readonly runId: string;
  readonly attempt: number;
}

/**
 * What the View Manager is to a worker of the run queue, wherever it works: "what is this run? … here is its outcome" (notes/isolation.md §2). The worker knows no
 * records, rights or events; the desk knows no processes.
 *
 * Law:
 * - `begin` checks the instance's permissions and answers what is to be executed. It may answer before the attempt is stored as `running`; broker calls and
 *   outcomes wait for that. An attempt whose place another one (or a cancellation) took is stopped, and its outcome is dropped.
 * - A worker in the same process gives `stop`, which is called at most once, when the attempt is to be killed. One in another process asks `ended` about once a
 *   second while it has attempts, and is answered those that are to be killed; a cancelled run whose worker does not answer for 5 s is ended without it.
 * - `broker` checks the instance's permissions, and that the attempt still counts, at this very call: `run-finished` otherwise.
 * - `finish` stores the outcome once, by compare-and-set on (run, attempt); a stale one is dropped without an error. Rejects when it could not be stored: the
 *   worker's job then fails, and is delivered again.
 * - `interrupted` tells of an attempt without an outcome (a shutdown, a failing service). Answers whether the run waits for another delivery.
 * - `gaveUp` ends a run whose job the queue will not deliver any more: every attempt was cut short (`stopped`), or the service failed (`service-failed`). Harmless when told twice.
 * - Every call may be answered by any process that serves the desk.
 */
export interface RunDesk {
  begin(jobId: string, attempt: number, stop?: (reason: StopReason) => void): Promise<RunAnswer>;
  broker(
    run: AttemptName,
    method: BrokerMethod,
    argumentsJson: string,
  ): Promise<{ readonly json: string; readonly items: number }>;
  finish(run: AttemptName, outcome: ExecutionOutcome): Promise<void>;
  interrupted(run: AttemptName): Promise<boolean>;
  gaveUp(jobId: string, reason: 'stopped' | 'service-failed'): Promise<void>;
  /** Of these attempts, the ones to be killed. */
  ended(runs: readonly AttemptName[]): Promise<readonly (AttemptName & { readonly reason: StopReason })[]>;
}
