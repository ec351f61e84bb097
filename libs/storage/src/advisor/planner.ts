import { candidateOf, mergeCandidates, isCovered, ofSameFields, serves, type Candidate } from './candidates.ts';
import { coolDownMs, day, gates as limits, swapFactor, buildFactor } from './constants.ts';
import { demandOf, worthGates, type CostEstimate, type Gate, type Written } from './gates.ts';
import type { ExistingIndex, IndexCapabilities } from './index-engine.ts';
import { isInCooldown, standing, type IndexRecord } from './index-record.ts';
import type { ShapeStatistics, Statistics } from './statistics.ts';

/** What one decision sees. Nothing here reads a clock or asks the engine. */
export interface PlanningContext {
  readonly statistics: Statistics;
  readonly records: ReadonlyMap<string, IndexRecord>;
  readonly existing: readonly ExistingIndex[];
  readonly rows: ReadonlyMap<string, number>;
  readonly engine: IndexCapabilities;
  readonly now: number;
}

export interface Weighed {
  readonly candidate: Candidate;
  readonly demand: CostEstimate;
  readonly gates: readonly Gate[];
}

/** The candidate of one shape by what was seen of it in a day; undefined where no index would help. */
export function candidateFor(statistics: ShapeStatistics, rows: number, now: number): Candidate | undefined {
  const seen = statistics.since(now - day);
  const mostlyComplete = seen.completeCalls * 2 >= seen.calls && seen.completeCalls > 0;
  const selectiveRange = mostlyComplete && seen.completeRows / seen.completeCalls < rows / 100;
  return candidateOf(statistics.shape, { distinct: (field) => statistics.distinct(field), selectiveRange });
}

/** The events whose writing an index of this profile costs. */
function writtenFor({ statistics, engine, now }: PlanningContext, profile: string): Written {
  let events = 0;
  let lately = 0;
  for (const [name, writes] of statistics.profiles) {
    if (engine.partial && name !== profile) continue;
    events += writes.events.value(now);
    lately += writes.eventsSince(now - limits.paceMs);
  }
  return { events, lately };
}

/** Every index that the shapes of the last day ask for and that is not there, merged and weighed; the best first. */
export function weigh(context: PlanningContext): Weighed[] {
  const { statistics, records, existing, rows, engine, now } = context;
  const entombed = [...records.values()].filter((record) => record.state === 'hidden' || isInCooldown(record, now));
  const candidates: Candidate[] = [];
  for (const shape of statistics.shapes.values()) {
    const candidate = candidateFor(shape, rows.get(shape.shape.profile) ?? 0, now);
    if (!candidate || isCovered(candidate, existing)) continue;
    if (entombed.some(({ definition }) => ofSameFields(definition, candidate.definition))) continue;
    candidates.push(candidate);
  }
  const allMs = statistics.totalMs(now - day);
  return mergeCandidates(candidates)
    .filter(
      (candidate) =>
        !isCovered(candidate, existing) &&
        !entombed.some(({ definition }) => ofSameFields(definition, candidate.definition)),
    )
    .map((candidate) => {
      const { profile } = candidate.definition;
      const shapes = candidate.shapes.flatMap(({ key }) => statistics.shapes.get(key) ?? []);
      const demand = demandOf(shapes, rows.get(profile) ?? 0, writtenFor(context, profile), engine, now);
      return { candidate, demand, gates: worthGates(demand, rows.get(profile) ?? 0, allMs, engine) };
    })
    .toSorted((a, b) => b.demand.benefitMs - b.demand.buildCostMs - (a.demand.benefitMs - a.demand.buildCostMs));
}

/** Shapes that an index serves now: those that asked for it, and others since. */
export function servedShapes(record: IndexRecord, { statistics, rows, now }: PlanningContext): string[] {
  const { definition } = record;
  const keys = new Set(record.shapes.filter((key) => statistics.shapes.has(key)));
  for (const [key, shape] of statistics.shapes) {
    if (shape.shape.profile !== definition.profile || keys.has(key)) continue;
    const candidate = candidateFor(shape, rows.get(definition.profile) ?? 0, now);
    if (candidate && serves(definition, candidate)) keys.add(key);
  }
  return [...keys];
}

/** What an existing index has saved and cost, decayed, and the shapes that it serves. */
export function weighStanding(
  record: IndexRecord,
  context: PlanningContext,
): Pick<IndexRecord, 'benefitMs' | 'writeCostMs' | 'shapes'> {
  const shapes = servedShapes(record, context);
  const calls = shapes.reduce(
    (sum, key) => sum + (context.statistics.shapes.get(key)?.calls.value(context.now) ?? 0),
    0,
  );
  const gain = record.beforeMs === null || record.afterMs === null ? 0 : Math.max(0, record.beforeMs - record.afterMs);
  return {
    benefitMs: calls * gain,
    writeCostMs: writtenFor(context, record.definition.profile).events * context.engine.writeMs,
    shapes,
  };
}

/**
 * The index to give up for the candidate where there is no room for both; undefined where none is worth enough less.
 */
export function victimFor({ candidate, demand }: Weighed, context: PlanningContext): IndexRecord | undefined {
  const { engine, now } = context;
  const standingOnes = [...context.records.values()].filter(
    (record) => standing.has(record.state) && record.state !== 'hidden',
  );
  const { profile } = candidate.definition;
  const crowded = standingOnes.filter((record) => record.definition.profile === profile).length >= engine.perProfile;
  const eligible = standingOnes.filter(
    (record) =>
      record.state === 'active' &&
      !record.kept &&
      record.builtAt !== null &&
      now - record.builtAt >= coolDownMs &&
      (!crowded || record.definition.profile === profile),
  );
  const least = eligible.toSorted((a, b) => a.benefitMs - b.benefitMs)[0];
  return least && demand.benefitMs >= swapFactor * least.benefitMs + buildFactor * demand.buildCostMs
    ? least
    : undefined;
}
