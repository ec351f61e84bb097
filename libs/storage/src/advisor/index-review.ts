import { coolDownMs, dropFactor } from './constants.ts';
import type { ExistingIndex } from './index-engine.ts';
import type { IndexLifecycle } from './index-lifecycle.ts';
import { standing, type IndexRecord } from './index-record.ts';
import type { Memory } from './memory.ts';
import { weighStanding, type PlanningContext } from './planner.ts';
import type { Statistics } from './statistics.ts';

export interface IndexReviewParts {
  readonly lifecycle: IndexLifecycle;
  readonly memory: Memory;
  readonly statistics: Statistics;
  /** Of every index, by name. */
  readonly records: Map<string, IndexRecord>;
  /** Whether the policy in force is `auto`. */
  readonly isAutomatic: () => boolean;
}

/**
 * One pass over the existing automatic indexes. Every mode but `off` verifies: each action is confirmed or reverted.
 * Only `auto` drops an index for its value.
 */
export class IndexReview {
  readonly #parts: IndexReviewParts;

  constructor(parts: IndexReviewParts) {
    this.#parts = parts;
  }

  async run(context: PlanningContext): Promise<void> {
    for (const record of Array.from(this.#parts.records.values()))
      if (standing.has(record.state)) await this.#review(record, context);
  }

  async #review(record: IndexRecord, context: PlanningContext): Promise<void> {
    const { lifecycle, memory, statistics, records, isAutomatic } = this.#parts;
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
    if (!isAutomatic() || weighed.kept || !old || !worthless) return lifecycle.keep(weighed);
    const reason = 'what it saved is less than half of what it cost the writes';
    await lifecycle.undo(weighed, 'dropped', reason, capabilities);
  }
}

function bytesOf(existing: readonly ExistingIndex[], { definition, bytes }: IndexRecord): number | null {
  return existing.find(({ name }) => name === definition.name)?.bytes ?? bytes;
}
