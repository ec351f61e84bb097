import type { QueryBucket } from './buckets.ts';
import { neighbours, replay, watch, writes } from './constants.ts';
import type { PairedRun, QueryPlan } from './index-engine.ts';

export type Verdict = { readonly verdict: 'pass' | 'fail' | 'wait' | 'unavailable'; readonly reason: string };

const pass = (reason: string): Verdict => ({ verdict: 'pass', reason });
const fail = (reason: string): Verdict => ({ verdict: 'fail', reason });

/** Step 1: the plan must name the index, and sort no more if the sort was to be served. */
export function judgePlan(plan: QueryPlan, index: string, servesSort: boolean): Verdict {
  if (plan.indexes === null) return { verdict: 'unavailable', reason: 'the engine does not explain its plans' };
  if (!plan.indexes.includes(index))
    return fail('the planner does not choose the index for the queries that asked for it');
  if (servesSort && plan.sorts === true) return fail('the planner uses the index but still sorts the answer');
  return pass('the planner chooses the index');
}

export interface ReplayFigures {
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly ratio: number;
  readonly faster: number;
  readonly pairs: number;
}

export function replayFigures(runs: readonly PairedRun[]): ReplayFigures {
  return {
    beforeMs: median(runs.map((run) => run.withoutMs)),
    afterMs: median(runs.map((run) => run.withMs)),
    ratio: median(runs.map((run) => run.withMs / Math.max(run.withoutMs, 1e-6))),
    faster: runs.filter((run) => run.withMs < run.withoutMs).length,
    pairs: runs.length,
  };
}

/**
 * Step 2: the median pair is at least 30 % faster, and as many pairs are faster as chance would reach once in fifty
 * times (sign test).
 */
export function judgeReplay(runs: readonly PairedRun[]): Verdict {
  if (runs.some((run) => !run.equal)) return fail('answers differ with and without the index');
  const { ratio, faster, pairs } = replayFigures(runs);
  const share = percent(ratio);
  const result = `${faster} of ${pairs} replayed queries were faster with it; the median took ${share} of the time`;
  const needed = Math.ceil((pairs * replay.faster) / replay.of);
  return ratio <= replay.ratio && faster >= needed ? pass(result) : fail(result);
}

/** Step 3: what was really asked before and after. */
export function judgeLive(before: QueryBucket, after: QueryBucket, elapsedMs: number): Verdict {
  const over = elapsedMs >= watch.mostMs;
  if (elapsedMs < watch.leastMs || (after.calls < watch.calls && !over))
    return { verdict: 'wait', reason: 'too few calls yet' };
  if (after.calls < watch.calls) return { verdict: 'unavailable', reason: `only ${after.calls} calls in 72 hours` };
  if (before.calls < 2) return { verdict: 'unavailable', reason: 'nothing to compare with from before' };
  const gain = 1 - Math.exp(mean(after) - mean(before));
  const result = `since then the queries took ${percent(1 - gain)} of the time before, over ${after.calls} calls`;
  if (gain >= watch.gain && welch(before, after) < watch.alpha) return pass(result);
  return over || after.calls >= watch.hopelessCalls ? fail(result) : { verdict: 'wait', reason: result };
}

/** Step 4: whether another shape became slower. `share`: its part of all query time before. */
export function isHarmed(before: QueryBucket, after: QueryBucket, share: number): boolean {
  if (share < neighbours.share || before.calls < neighbours.calls || after.calls < neighbours.calls) return false;
  return Math.exp(mean(after) - mean(before)) > 1 + neighbours.slower && welch(after, before) < neighbours.alpha;
}

/** Step 5: whether appends became slower. `least`: the number of appends needed after. */
export function areWritesHarmed(
  before: { appends: number; p95Ms: number },
  after: { appends: number; p95Ms: number },
  least: number = writes.appends,
): boolean {
  if (before.appends < writes.appends || after.appends < least) return false;
  return after.p95Ms > before.p95Ms * (1 + writes.slower) && after.p95Ms - before.p95Ms > writes.slowerMs;
}

const mean = (bucket: QueryBucket): number => bucket.sumLn / bucket.calls;

/** Welch's test on ln(ms), one-sided: the chance of such a difference if `slow` were not the slower one. */
export function welch(slow: QueryBucket, fast: QueryBucket): number {
  const variance = (bucket: QueryBucket): number =>
    Math.max(0, (bucket.sumLn2 - (bucket.sumLn * bucket.sumLn) / bucket.calls) / Math.max(1, bucket.calls - 1)) /
    bucket.calls;
  const spread = Math.sqrt(variance(slow) + variance(fast));
  const difference = mean(slow) - mean(fast);
  if (spread < 1e-12) return difference > 0 ? 0 : 1;
  return 1 - normal(difference / spread);
}

/**
 * The standard normal distribution (Abramowitz and Stegun 26.2.17, error below 7.5e-8); Student's differs little from
 * ten calls on.
 */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    Math.exp((-z * z) / 2) *
    0.3989422804014327 *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? 1 - tail : tail;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

function percent(ratio: number): string {
  const value = ratio * 100;
  return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} %`;
}
