import type { Clock } from '@datakeep/kernel';
import type { IndexCapabilities, IndexEngine } from './index-engine.ts';
import { standing, type IndexRecord } from './index-record.ts';
import type { PlanningContext } from './planner.ts';
import type { Statistics } from './statistics.ts';

/**
 * Reads from the engine what one pass decides by: the indexes, and the number of events of each profile in question.
 */
export async function readPlanningContext(
  parts: { readonly engine: IndexEngine; readonly clock: Clock },
  capabilities: IndexCapabilities,
  statistics: Statistics,
  records: ReadonlyMap<string, IndexRecord>,
): Promise<PlanningContext> {
  const { engine, clock } = parts;
  const profiles = new Set([...statistics.shapes.values()].map(({ shape }) => shape.profile));
  for (const { state, definition } of records.values()) if (standing.has(state)) profiles.add(definition.profile);
  const rows = new Map<string, number>();
  for (const profile of profiles) rows.set(profile, await engine.rows(profile));
  const existing = await engine.list();
  return { statistics, records, existing, rows, engine: capabilities, now: clock.now() };
}
