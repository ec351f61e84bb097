import type { IndexPolicy } from '@datakeep/contracts';
import { buildFactor, coolDownMs, day, gates, indexBytesPerEvent, writeFactor } from './constants.ts';
import type { IndexCapabilities, StorageSpace } from './index-engine.ts';
import type { ShapeStatistics } from './statistics.ts';

export interface Gate {
  readonly holds: boolean;
  /** For a person. */
  readonly reason: string;
}

/** What a candidate's figures are made of. */
export interface CostEstimate {
  readonly calls: number;
  readonly totalMs: number;
  /** B: time missed, decayed. */
  readonly benefitMs: number;
  /** W: what its upkeep would have cost the writes in the same time. */
  readonly writeCostMs: number;
  /** C: what building it costs. */
  readonly buildCostMs: number;
  readonly gain: number;
  readonly wasted: number;
  readonly buckets: number;
  readonly spanMs: number;
  /** Time missed in the last hour, or in the part of it that was seen. */
  readonly missedLatelyMs: number;
  /** What its upkeep would cost, at the pace of writing of the same time, until it may go again. */
  readonly stayCostMs: number;
}

/** Events written where an index would be kept up. */
export interface Written {
  /** Decayed. */
  readonly events: number;
  /** In the last hour. */
  readonly lately: number;
}

/** The figures of a candidate that these shapes ask for. */
export function demandOf(
  shapes: readonly ShapeStatistics[],
  rows: number,
  written: Written,
  engine: IndexCapabilities,
  now: number,
): CostEstimate {
  let calls = 0;
  let totalMs = 0;
  let missedMs = 0;
  let returned = 0;
  let examined = 0;
  let benefitMs = 0;
  let buckets = 0;
  let spanMs = 0;
  let missedLatelyMs = 0;
  for (const shape of shapes) {
    const seen = shape.since(now - day);
    const spread = shape.spread(now - day);
    calls += seen.calls;
    totalMs += seen.totalMs;
    missedMs += seen.missedMs;
    returned += seen.rows;
    examined += seen.examined;
    benefitMs += shape.missedMs.value(now);
    missedLatelyMs += shape.missedSince(now - gates.paceMs);
    buckets = Math.max(buckets, spread.buckets);
    spanMs = Math.max(spanMs, spread.spanMs);
  }
  return {
    calls,
    totalMs,
    benefitMs,
    writeCostMs: written.events * engine.writeMs,
    buildCostMs: rows * engine.buildMs * (engine.buildBlocksWrites ? 2 : 1),
    gain: totalMs === 0 ? 0 : missedMs / totalMs,
    wasted: calls === 0 ? 0 : Math.min(rows, examined / calls) - returned / calls,
    buckets,
    spanMs,
    missedLatelyMs,
    stayCostMs: written.lately * (coolDownMs / gates.paceMs) * engine.writeMs,
  };
}

/** Whether the candidate is worth reporting to the admin. */
export function worthGates(demand: CostEstimate, rows: number, allMs: number, engine: IndexCapabilities): Gate[] {
  const { calls, totalMs, buckets, spanMs, wasted, gain, benefitMs, buildCostMs, writeCostMs } = demand;
  const share = allMs === 0 ? 0 : totalMs / allMs;
  return [
    gate(
      calls >= gates.calls && buckets >= gates.buckets && spanMs >= gates.spanMs,
      `${calls} calls in 24 hours, in ${buckets} stretches of five minutes`,
    ),
    gate(
      totalMs >= engine.shapeMs || share >= gates.shareOfTime,
      `they took ${seconds(totalMs)} in 24 hours, ${Math.round(share * 100)} % of all query time`,
    ),
    gate(wasted > gates.wasted, `about ${Math.round(Math.max(0, wasted))} events looked at in vain by each`),
    gate(rows >= gates.rows, `${rows} events in the profile`),
    gate(gain >= gates.gain, `an index would save about ${Math.round(gain * 100)} % of their time`),
    gate(
      benefitMs >= buildFactor * buildCostMs + writeFactor * writeCostMs,
      `missed ${seconds(benefitMs)}, against ${seconds(buildCostMs)} to build and ${seconds(writeCostMs)} of writing`,
    ),
  ];
}

export interface BuildContext {
  readonly rows: number;
  readonly policy: IndexPolicy;
  readonly space: StorageSpace;
  readonly inProfile: number;
  readonly inAll: number;
  readonly now: number;
}

/** Whether there is room for one more. */
export const hasRoom = (
  { inProfile, inAll }: Pick<BuildContext, 'inProfile' | 'inAll'>,
  engine: IndexCapabilities,
): boolean => inProfile < engine.perProfile && inAll < engine.inAll;

/** The gates of every build, automatic or requested. */
export function mayBuild(context: BuildContext, engine: IndexCapabilities): boolean {
  const { rows, policy, space, now } = context;
  const bytes = rows * indexBytesPerEvent;
  const { disk } = space;
  const isShort = !engine.buildBlocksWrites || rows * engine.buildMs <= gates.lockMs;
  return (
    hasRoom(context, engine) &&
    space.indexBytes + bytes <= policy.spaceBudget * space.dataBytes &&
    (disk === null || disk.freeBytes - bytes >= (1 - gates.diskFull) * disk.totalBytes) &&
    (isShort || isInWindow(policy.window, now))
  );
}

/**
 * Whether waiting out the hour costs as much as the index can cost: the time missed in the last hour alone pays for the
 * build and for the shortest stay of the index, a day (ski rental, as κ: at most twice the cost of knowing the future).
 */
const presses = ({ missedLatelyMs, buildCostMs, stayCostMs }: CostEstimate): boolean =>
  missedLatelyMs >= buildFactor * buildCostMs + stayCostMs;

export interface RateLimit {
  readonly sinceLastBuildMs: number;
  readonly buildsInADay: number;
  /** Every index before it has passed its replay and harms nothing so far, and none was taken back within the hour. */
  readonly proved: boolean;
  readonly calm: boolean;
}

/** The further gates of a build that no admin requested. */
export const mayBuildUnasked = (
  demand: CostEstimate,
  { sinceLastBuildMs, buildsInADay, proved, calm }: RateLimit,
): boolean =>
  (sinceLastBuildMs >= gates.paceMs || (presses(demand) && proved)) && buildsInADay < gates.buildsADay && calm;

function isInWindow(window: IndexPolicy['window'], now: number): boolean {
  if (window === null) return false;
  const at = new Date(now).getUTCHours();
  const { fromHour, toHour } = window;
  return fromHour <= toHour ? at >= fromHour && at < toHour : at >= fromHour || at < toHour;
}

export function seconds(ms: number): string {
  if (ms >= 1000) return `${Number((ms / 1000).toPrecision(3))} s`;
  return `${Number(ms.toPrecision(3))} ms`;
}

const gate = (holds: boolean, reason: string): Gate => ({ holds, reason });
