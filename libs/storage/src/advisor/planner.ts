import { candidateOf, mergeCandidates, isCovered, ofSameFields, serves, type Candidate } from './candidates.ts';
import { coolDownMs, day, gates as limits, swapFactor, buildFactor } from './constants.ts';
import { demandOf, worthGates, type CostEstimate, type Gate, type Written } from './gates.ts';
import { declaredKeys, type ExistingIndex, type IndexCapabilities, type IndexKeys } from './index-engine.ts';
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

function writtenTo(profile: string, { statistics, now }: PlanningContext): Written {
  const writes = statistics.profiles.get(profile);
  return { events: writes?.events.value(now) ?? 0, lately: writes?.eventsSince(now - limits.paceMs) ?? 0 };
}

/** What queries are served by now: the declared index, and the automatic ones that are there and not hidden. */
function servingIndexes({ records, existing }: PlanningContext): (IndexKeys & { readonly profile?: string })[] {
  const there = new Set(existing.filter(({ hidden }) => !hidden).map(({ name }) => name));
  const automatic = [...records.values()].map(({ definition }) => definition).filter(({ name }) => there.has(name));
  return [declaredKeys, ...automatic];
}

/** Every index that the shapes of the last day ask for and that is not there, merged and weighed; the best first. */
export function weigh(context: PlanningContext): Weighed[] {
  const { statistics, records, rows, engine, now } = context;
  const serving = servingIndexes(context);
  const inCooldown = [...records.values()].filter((record) => record.state === 'hidden' || isInCooldown(record, now));
  const isWanted = (candidate: Candidate): boolean =>
    !isCovered(candidate, serving) &&
    !inCooldown.some(({ definition }) => ofSameFields(definition, candidate.definition));
  const candidates = [...statistics.shapes.values()]
    .flatMap((shape) => candidateFor(shape, rows.get(shape.shape.profile) ?? 0, now) ?? [])
    .filter(isWanted);
  const allMs = statistics.totalMs(now - day);
  return mergeCandidates(candidates)
    .filter(isWanted)
    .map((candidate) => {
      const { profile } = candidate.definition;
      const shapes = candidate.shapes.flatMap(({ key }) => statistics.shapes.get(key) ?? []);
      const demand = demandOf(shapes, rows.get(profile) ?? 0, writtenTo(profile, context), engine, now);
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
    writeCostMs: writtenTo(record.definition.profile, context).events * context.engine.writeMs,
    shapes,
  };
}

/**
 * The index to give up for the candidate where there is no room for both; undefined where none is worth enough less, or
 * where one is hidden and leaves its place soon.
 */
export function victimFor({ candidate, demand }: Weighed, context: PlanningContext): IndexRecord | undefined {
  const { engine, now } = context;
  const there = [...context.records.values()].filter(({ state }) => standing.has(state));
  const inProfile = there.filter(({ definition }) => definition.profile === candidate.definition.profile);
  const among = inProfile.length >= engine.perProfile ? inProfile : there;
  if (among.some(({ state }) => state === 'hidden')) return undefined;
  const isOld = ({ builtAt }: IndexRecord): boolean => builtAt !== null && now - builtAt >= coolDownMs;
  const [least] = among
    .filter((record) => record.state === 'active' && !record.kept && isOld(record))
    .toSorted((a, b) => a.benefitMs - b.benefitMs);
  return least && demand.benefitMs >= swapFactor * least.benefitMs + buildFactor * demand.buildCostMs
    ? least
    : undefined;
}
