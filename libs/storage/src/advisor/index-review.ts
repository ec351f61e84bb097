import { coolDownMs, dropFactor } from './constants.ts';
import type { ExistingIndex } from './index-engine.ts';
import type { AdvisorScope } from './advisor-scope.ts';
import type { IndexLifecycle } from './index-lifecycle.ts';
import { standing, type IndexRecord } from './index-record.ts';
import { weighStanding, type PlanningContext } from './planner.ts';

/**
 * One pass over the existing automatic indexes. Every mode but `off` verifies: each action is confirmed or reverted.
 * Only `auto` (`mayDrop`) drops an index for its value.
 */
export async function reviewIndexes(
  scope: AdvisorScope,
  lifecycle: IndexLifecycle,
  context: PlanningContext,
  mayDrop: () => boolean,
): Promise<void> {
  const { memory, statistics, records } = scope;
  const review = async (record: IndexRecord): Promise<void> => {
    const { engine: capabilities, now } = context;
    const { definition, state } = record;
    if ((context.rows.get(definition.profile) ?? 0) === 0) {
      await lifecycle.undo(record, 'dropped', 'the profile holds no events any more', capabilities, true);
      await memory.forget(definition.profile);
      statistics.forgetProfile(definition.profile);
      return;
    }
    const weighed = { ...record, ...weighStanding(record, context), bytes: bytesOf(context.existing, record) };
    records.set(definition.name, weighed);
    if (state === 'hidden') return lifecycle.endHiding(weighed);
    if (state === 'verifying') return lifecycle.verify(weighed, capabilities);
    if (state !== 'active') return;
    const old = now - (weighed.builtAt ?? now) >= coolDownMs;
    const worthless = weighed.benefitMs < dropFactor * weighed.writeCostMs;
    if (!mayDrop() || weighed.kept || !old || !worthless) return lifecycle.keep(weighed);
    const reason = 'what it saved is less than half of what it cost the writes';
    await lifecycle.undo(weighed, 'dropped', reason, capabilities);
  };
  for (const record of Array.from(records.values())) if (standing.has(record.state)) await review(record);
}

function bytesOf(existing: readonly ExistingIndex[], { definition, bytes }: IndexRecord): number | null {
  return existing.find(({ name }) => name === definition.name)?.bytes ?? bytes;
}
