import type { IndexMode, IndexPolicy } from '@datakeep/contracts';
import { hasRoom, mayBuild, mayBuildUnasked, type RateLimit } from './gates.ts';
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
      if (weighed.gates.every(({ holds }) => holds) && (await this.#parts.lifecycle.wouldServe(weighed.candidate)))
        worthy.push(weighed);
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
    else if (await this.#parts.lifecycle.makeRoom())
      await this.#parts.lifecycle.keep({ ...newRecord(definition, equality, figures.shapes, now, reason), ...figures });
  }

  async #approve(weighed: Weighed, context: PlanningContext): Promise<boolean> {
    const { name, profile } = weighed.candidate.definition;
    const { records, lifecycle } = this.#parts;
    const record = records.get(name);
    if (!record || !mayBuildUnasked(weighed.demand, this.#pace(context.now))) return false;
    const isFull = !hasRoom({ inProfile: this.#standingIn(profile), inAll: this.#standingIn() }, context.engine);
    const victim = isFull ? victimFor(weighed, context) : undefined;
    if (!(await this.#mayBuild(record, context, victim))) return false;
    if (victim) {
      const reason = 'another index is worth more than half as much again';
      await lifecycle.undo(victim, 'dropped', reason, context.engine);
      // A hidden one has its place until it goes.
      if (context.engine.hidden) return true;
    }
    return this.#build(await lifecycle.move(record, 'approved', 'every gate holds'), context);
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
    if (!(await this.#mayBuild(record, context))) return false;
    await this.#parts.lifecycle.build(record, context.engine);
    return true;
  }

  /** `victim`: an index that goes before. */
  async #mayBuild(record: IndexRecord, { rows, engine, now }: PlanningContext, victim?: IndexRecord): Promise<boolean> {
    const { profile } = record.definition;
    const space = await this.#parts.engine.space();
    const context = {
      rows: rows.get(profile) ?? (await this.#parts.engine.rows(profile)),
      policy: this.#parts.policy(),
      space: { ...space, indexBytes: space.indexBytes - (victim?.bytes ?? 0) },
      inProfile: this.#standingIn(profile, victim),
      inAll: this.#standingIn(undefined, victim),
      now,
    };
    return mayBuild(context, engine);
  }

  #standingIn(profile?: string, without?: IndexRecord): number {
    const isCounted = (record: IndexRecord): boolean =>
      record !== without && (profile === undefined || record.definition.profile === profile);
    return [...this.#parts.records.values()].filter((record) => standing.has(record.state) && isCounted(record)).length;
  }
}
