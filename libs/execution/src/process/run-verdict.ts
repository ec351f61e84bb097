import { constants } from 'node:os';
import type { ExecutionLimits, RunError } from '@datakeep/contracts';
import type { RunnerFailure } from '../frames/frames.ts';
import type { Exit } from './view-process.ts';

/** How a run ended: with a result, or with an error and perhaps another state than `failed`. */
export type Verdict =
  { readonly resultJson: string } | { readonly failure: RunError; readonly state?: 'timed-out' | 'cancelled' };

/** A number that the process reports of itself; only for display, so nonsense is 0. */
export function reportedNumber(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
}

/** The body of a `failed` frame, which a hostile process may have written; undefined where it is illegal. */
export function readFailure(
  body: Buffer,
): { readonly failure: RunError; readonly cpuMs: number; readonly logBytesDropped: number } | undefined {
  let sent: Partial<RunnerFailure>;
  try {
    sent = JSON.parse(body.toString()) as Partial<RunnerFailure>;
  } catch {
    return undefined;
  }
  const { code, message, file, line } = sent;
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  return {
    failure: {
      code,
      message,
      ...(typeof file === 'string' ? { file } : {}),
      ...(typeof line === 'number' ? { line } : {}),
    },
    cpuMs: reportedNumber(sent.cpuMs),
    logBytesDropped: reportedNumber(sent.logBytesDropped),
  };
}

/** Of a child that exited without an answer; `end` is its exit code, or minus the signal that ended it. */
export function verdictOfChild(end: number, cpuMs: number, { cpuTimeMs }: ExecutionLimits): Verdict {
  const { SIGXCPU, SIGKILL } = constants.signals;
  if (end === -SIGXCPU || (end === -SIGKILL && cpuMs >= cpuTimeMs))
    return {
      failure: {
        code: 'view-cpu-exhausted',
        message: 'The run used up its CPU time.',
        limit: cpuTimeMs,
        used: cpuMs,
      },
      state: 'timed-out',
    };
  const how = end < 0 ? `by signal ${-end}` : `with exit code ${end}`;
  return { failure: { code: 'view-crashed', message: `The view process ended ${how}, without an answer.` } };
}

/** Of a view process that exited without an answer. */
export function verdictOfExit(exit: Exit, limits: ExecutionLimits): Verdict {
  const failure = failureOfExit(exit, limits);
  const state = stateOfKill(failure.code);
  return { failure, ...(state === undefined ? {} : { state }) };
}

function failureOfExit(exit: Exit, { resultBytes, cpuTimeMs }: ExecutionLimits): RunError {
  if (exit.killed)
    return exit.killed.code === 'view-result-too-large' ? { ...exit.killed, limit: resultBytes } : exit.killed;
  // The kernel's own limit, in whole seconds over the process's life; the watch looks sooner.
  if (exit.signal === 'SIGXCPU')
    return { code: 'view-cpu-exhausted', message: 'The run used up its CPU time.', limit: cpuTimeMs };
  if (/heap out of memory|Allocation failed|OOM|memory allocation/i.test(exit.stderrTail))
    return { code: 'view-out-of-memory', message: "The view's JavaScript heap is full." };
  const how = exit.signal ? `by ${exit.signal}` : `with exit code ${exit.exitCode ?? 'unknown'}`;
  return { code: 'view-crashed', message: `The view process ended ${how}, without an answer.` };
}

/** The state of a run whose process was killed for this code; undefined: `failed`. */
function stateOfKill(code: string): 'timed-out' | 'cancelled' | undefined {
  if (code === 'view-cancelled') return 'cancelled';
  return code === 'view-timed-out' || code === 'view-cpu-exhausted' ? 'timed-out' : undefined;
}
