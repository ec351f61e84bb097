import type { IndexMode, IndexPolicy } from '@datakeep/contracts';
import { hasRoom, mayBuild, mayBuildUnasked, type RateLimit } from './gates.ts';
import { day } from './constants.ts';
import { buildTimes, newRecord, standing, type IndexRecord } from './index-record.ts';
import { victimFor, weigh, type PlanningContext, type Weighed } from './planner.ts';
import type { AdvisorScope } from './advisor-scope.ts';
import type { IndexLifecycle } from './index-lifecycle.ts';

export interface IndexSelectorOptions extends Pick<AdvisorScope, 'engine' | 'records'> {
  readonly lifecycle: IndexLifecycle;
  readonly policy: () => IndexPolicy;
  readonly effectiveMode: () => IndexMode;
  readonly isCalm: (() => boolean) | undefined;
}

/** Chooses what is suggested, approved and built. */
export class IndexSelector {
  readonly #options: IndexSelectorOptions;

  constructor(options: IndexSelectorOptions) {
    this.#options = options;
  }

  /** Candidates: reported, approved where all gates hold, and at most one built. */
  async choose(context: PlanningContext): Promise<void> {
    const worthy: Weighed[] = [];
    for (const weighed of weigh(context))
      if (weighed.gates.every(({ holds }) => holds) && (await this.#options.lifecycle.wouldServe(weighed.candidate)))
        worthy.push(weighed);
    for (const weighed of worthy) await this.#record(weighed, context.now);
    const approved = [...this.#options.records.values()]
      .filter(({ state }) => state === 'approved')
      .toSorted((a, b) => a.stateAt - b.stateAt);
    for (const record of approved) if (await this.#build(record, context)) return;
    if (this.#options.effectiveMode() !== 'auto') return;
    for (const weighed of worthy) if (await this.#approve(weighed, context)) return;
  }

  /** Stores a candidate, or its new figures. */
  async #record({ candidate, demand, gates }: Weighed, now: number): Promise<void> {
    const { definition, equality, shapes } = candidate;
    const known = this.#options.records.get(definition.name);
    const figures = {
      shapes: shapes.map(({ key }) => key),
      benefitMs: demand.benefitMs,
      writeCostMs: demand.writeCostMs,
      equality,
    };
    if (known?.state === 'candidate' || known?.state === 'approved')
      return this.#options.lifecycle.keep({ ...known, ...figures });
    const reason = gates.map((gate) => gate.reason).join('; ');
    if (known) await this.#options.lifecycle.move(known, 'candidate', reason, { ...figures, byAdmin: false });
    else if (await this.#options.lifecycle.makeRoom())
      await this.#options.lifecycle.keep({
        ...newRecord(definition, equality, figures.shapes, now, reason),
        ...figures,
      });
  }

  async #approve(weighed: Weighed, context: PlanningContext): Promise<boolean> {
    const { name, profile } = weighed.candidate.definition;
    const { records, lifecycle } = this.#options;
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
    const { records, lifecycle, isCalm } = this.#options;
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
    if (!record.byAdmin && this.#options.effectiveMode() !== 'auto') return false;
    if (!(await this.#mayBuild(record, context))) return false;
    await this.#options.lifecycle.build(record, context.engine);
    return true;
  }

  /** `victim`: an index that goes before. */
  async #mayBuild(record: IndexRecord, { rows, engine, now }: PlanningContext, victim?: IndexRecord): Promise<boolean> {
    const { profile } = record.definition;
    const space = await this.#options.engine.space();
    const context = {
      rows: rows.get(profile) ?? (await this.#options.engine.rows(profile)),
      policy: this.#options.policy(),
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
    return [...this.#options.records.values()].filter((record) => standing.has(record.state) && isCounted(record))
      .length;
  }
}
