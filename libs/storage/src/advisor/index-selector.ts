import type { IndexMode, IndexPolicy } from '@datakeep/contracts';
import { buildGates, habitGates, hasRoom, type Gate, type RateLimit } from './gates.ts';
import { day } from './constants.ts';
import { buildTimes, newRecord, standing, type IndexRecord } from './index-record.ts';
import { victimFor, weigh, type PlanningContext, type Weighed } from './planner.ts';
import type { AdvisorScope } from './advisor-scope.ts';
import type { IndexLifecycle } from './index-lifecycle.ts';

export interface IndexSelectorParts extends Pick<AdvisorScope, 'engine' | 'records'> {
  readonly lifecycle: IndexLifecycle;
  readonly policy: () => IndexPolicy;
  readonly effectiveMode: () => IndexMode;
  readonly isCalm: (() => boolean) | undefined;
}

/** Chooses what is suggested, approved and built. */
export class IndexSelector {
  readonly #parts: IndexSelectorParts;

  constructor(parts: IndexSelectorParts) {
    this.#parts = parts;
  }

  /** Candidates: reported, approved where all gates hold, and at most one built. */
  async choose(context: PlanningContext): Promise<void> {
    const worthy: Weighed[] = [];
    for (const weighed of weigh(context))
      if (all(weighed.gates) && (await this.#parts.lifecycle.wouldServe(weighed.candidate))) worthy.push(weighed);
    for (const weighed of worthy) await this.#tell(weighed, context.now);
    const approved = [...this.#parts.records.values()]
      .filter(({ state }) => state === 'approved')
      .toSorted((a, b) => a.stateAt - b.stateAt);
    for (const record of approved) if (await this.#build(record, context)) return;
    if (this.#parts.effectiveMode() !== 'auto') return;
    for (const weighed of worthy) if (await this.#approve(weighed, context)) return;
  }

  /** Stores a candidate, or its new figures. */
  async #tell({ candidate, demand, gates }: Weighed, now: number): Promise<void> {
    const { definition, equality, shapes } = candidate;
    const known = this.#parts.records.get(definition.name);
    const figures = {
      shapes: shapes.map(({ key }) => key),
      benefitMs: demand.benefitMs,
      writeCostMs: demand.writeCostMs,
      equality,
    };
    if (known?.state === 'candidate' || known?.state === 'approved')
      return this.#parts.lifecycle.keep({ ...known, ...figures });
    const reason = gates.map((gate) => gate.reason).join('; ');
    if (known) await this.#parts.lifecycle.move(known, 'candidate', reason, { ...figures, byAdmin: false });
    else
      await this.#parts.lifecycle.keep({ ...newRecord(definition, equality, figures.shapes, now, reason), ...figures });
  }

  async #approve(weighed: Weighed, context: PlanningContext): Promise<boolean> {
    const { name } = weighed.candidate.definition;
    if (!all(habitGates(weighed.demand, this.#pace(context.now)))) return false;
    const inProfile = this.#standingIn(weighed.candidate.definition.profile);
    if (!hasRoom({ inProfile, inAll: this.#standingIn() }, context.engine)) {
      const victim = victimFor(weighed, context);
      if (!victim) return false;
      await this.#parts.lifecycle.undo(
        victim,
        'dropped',
        'another index is worth more than half as much again',
        context.engine,
      );
    }
    const record = this.#parts.records.get(name);
    if (!record || !all(await this.#gates(record, context))) return false;
    return this.#build(await this.#parts.lifecycle.move(record, 'approved', 'every gate holds'), context);
  }

  #pace(now: number): RateLimit {
    const { records, lifecycle, isCalm } = this.#parts;
    const times = buildTimes(records.values());
    return {
      sinceLastBuildMs: now - Math.max(...times),
      buildsInADay: times.filter((at) => at > now - day).length,
      proved: lifecycle.isProved(),
      calm: isCalm?.() ?? true,
    };
  }

  /** Whether a build was begun. */
  async #build(record: IndexRecord, context: PlanningContext): Promise<boolean> {
    if (!record.byAdmin && this.#parts.effectiveMode() !== 'auto') return false;
    if (!all(await this.#gates(record, context))) return false;
    await this.#parts.lifecycle.build(record, context.engine);
    return true;
  }

  async #gates(record: IndexRecord, { rows, engine, now }: PlanningContext): Promise<Gate[]> {
    const { profile } = record.definition;
    const events = rows.get(profile) ?? (await this.#parts.engine.rows(profile));
    const space = await this.#parts.engine.space();
    const context = {
      rows: events,
      policy: this.#parts.policy(),
      space,
      inProfile: this.#standingIn(profile),
      inAll: this.#standingIn(),
      now,
    };
    return buildGates({ buildMs: events * engine.buildMs }, context, engine);
  }

  #standingIn(profile?: string): number {
    let count = 0;
    for (const { state, definition } of this.#parts.records.values()) {
      if (standing.has(state) && (profile === undefined || definition.profile === profile)) count += 1;
    }
    return count;
  }
}

const all = (gates: readonly Gate[]): boolean => gates.every(({ holds }) => holds);
