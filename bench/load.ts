import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The status of a good answer; any other counts as failed. */
  readonly expect: number;
  /** What a good answer holds. */
  readonly expectText?: string;
}

export interface LoadJob {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Sent one after the other by each connection, from the start again after the last. */
  readonly requests: readonly LoadRequest[];
}

export interface LoadResult {
  /** Answered with the status of a good answer. */
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly failed: number;
  readonly firstFailure: string;
}

/** By nearest rank; NaN of nothing. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}

/** Puts one load on a server from a separate process, and resolves with the measurements. */
export async function load(job: LoadJob): Promise<LoadResult> {
  const child = fork(fileURLToPath(new URL('./load-process.ts', import.meta.url)), { execArgv: [] });
  child.send(job);
  const ended = once(child, 'exit').then(([code]: unknown[]): never => {
    throw new Error(`The load generator ended by itself (${String(code)}).`);
  });
  const [result] = (await Promise.race([once(child, 'message'), ended])) as [LoadResult];
  child.kill();
  return result;
}

/** Several rounds as one: requests and time add up; of the percentiles the median round's is taken. */
export function together(rounds: readonly LoadResult[]): LoadResult {
  const sum = (of: (round: LoadResult) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const median = (of: (round: LoadResult) => number) =>
    rounds.map(of).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN;
  return {
    requests: sum((round) => round.requests),
    seconds: sum((round) => round.seconds),
    p50: median((round) => round.p50),
    p95: median((round) => round.p95),
    p99: median((round) => round.p99),
    failed: sum((round) => round.failed),
    firstFailure: rounds.find((round) => round.firstFailure !== '')?.firstFailure ?? '',
  };
}
