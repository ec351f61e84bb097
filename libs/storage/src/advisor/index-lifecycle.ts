import type { EventQuery, IndexState } from '@datakeep/contracts';
import type { AdvisorScope } from './advisor-scope.ts';
import { QueryBucket } from './buckets.ts';
import { hiddenMs, mostRecords, sampleSets, watch, writes } from './constants.ts';
import { candidateFor } from './planner.ts';
import type { Candidate } from './candidates.ts';
import type { IndexCapabilities, IndexDefinition, PairedRun, QueryPlan } from './index-engine.ts';
import { isAutomatic } from './index-name.ts';
import { lastChangeAt, leastWanted, moved, standing, type IndexRecord } from './index-record.ts';
import { IndexTrial } from './index-trial.ts';
import { judgeLive, judgePlan, judgeReplay, replayFigures, type Verdict } from './verification.ts';

const planSamples = 5;

/** Builds, verifies and reverts: every step is stored before it is done, and done by `settle` after a crash. */
export class IndexLifecycle {
  readonly #scope: AdvisorScope;
  readonly #trial: IndexTrial;

  constructor(scope: AdvisorScope) {
    this.#scope = scope;
    this.#trial = new IndexTrial(scope);
  }

  /** Stores the next state of an index, with its reason. */
  async move(
    record: IndexRecord,
    state: IndexState,
    reason: string,
    change: Partial<IndexRecord> = {},
  ): Promise<IndexRecord> {
    const next = moved(record, state, this.#scope.clock.now(), reason, change);
    await this.keep(next);
    this.#scope.logger.info(`automatic index ${state}`, { profile: record.definition.profile, state, reason });
    return next;
  }

  async keep(record: IndexRecord): Promise<void> {
    await this.#scope.memory.saveRecord(record);
    this.#scope.records.set(record.definition.name, record);
  }

  /** Makes room for one more record; false where none may be forgotten. */
  async makeRoom(): Promise<boolean> {
    const { records, memory, clock } = this.#scope;
    if (records.size < mostRecords) return true;
    const least = leastWanted(records.values(), clock.now());
    if (!least) return false;
    await memory.deleteRecord(least.definition.name);
    return records.delete(least.definition.name);
  }

  /**
   * Whether the planner would take the index: checked before it is reported, so that none is built in vain. True where
   * the engine cannot plan ahead.
   */
  async wouldServe({ definition, shapes }: Candidate): Promise<boolean> {
    const { engine } = this.#scope;
    const keys = shapes.map(({ key }) => key);
    const samples = this.#planSamples(keys);
    if (!engine.foresee || samples.length === 0) return true;
    const { verdict } = await this.#judgePlans(definition, keys, await engine.foresee(samples, definition));
    return verdict !== 'fail';
  }

  async build(record: IndexRecord, capabilities: IndexCapabilities): Promise<void> {
    const { engine, clock, statistics } = this.#scope;
    const [sample] = this.#trial.principal(record.shapes)?.samples ?? [];
    const plan = sample && (await engine.plan(sample));
    const former = plan?.indexes?.find((name) => name !== record.definition.name) ?? null;
    const building = await this.move(record, 'building', 'its turn has come', {
      former,
      baseline: this.#trial.baseline(record),
    });
    let buildMs: number;
    try {
      buildMs = await engine.create(record.definition);
    } catch (error) {
      await this.move(building, 'failed', 'the build failed');
      this.#scope.logger.error('building an automatic index failed', { profile: record.definition.profile }, error);
      return;
    }
    statistics.cut(clock.now());
    const bytes = (await engine.list()).find(({ name }) => name === record.definition.name)?.bytes ?? null;
    await this.verify(
      await this.move(building, 'verifying', 'it is there; now it has to prove itself', { buildMs, bytes }),
      capabilities,
    );
  }

  /** One check of an index that is being verified: it becomes active, is reverted, or stays as it is. */
  async verify(record: IndexRecord, capabilities: IndexCapabilities): Promise<void> {
    const harm = this.#trial.latest() === record.definition.name ? this.#trial.harm(record) : undefined;
    if (harm !== undefined) return this.undo(record, 'reverted', harm, capabilities);
    const plan = await this.#plan(record);
    if (plan.verdict === 'fail') return this.undo(record, 'reverted', plan.reason, capabilities);
    let current = record;
    if (!current.replayed && capabilities.replay) {
      const replayed = await this.#replay(current);
      if (replayed === 'wait') return;
      if (replayed.verdict.verdict === 'fail') {
        await this.keep({ ...current, ...replayed.change });
        return this.undo({ ...current, ...replayed.change }, 'reverted', replayed.verdict.reason, capabilities);
      }
      current = { ...current, ...replayed.change, replayed: true };
      await this.keep(current);
    }
    await this.#live(current, capabilities);
  }

  /** Whether the latest indexes are proved; see `IndexTrial`. */
  isProved(): boolean {
    return this.#trial.isProved();
  }

  /** Reverts or drops an index: hidden and watched first where the engine can hide. */
  async undo(
    record: IndexRecord,
    goal: 'dropped' | 'reverted',
    reason: string,
    capabilities: IndexCapabilities,
    atOnce = false,
  ): Promise<void> {
    const { engine, statistics, clock } = this.#scope;
    const { name } = record.definition;
    if (capabilities.hidden && !atOnce && record.state !== 'hidden') {
      await this.move(record, 'hidden', reason, { goal });
      await engine.hide(name, true);
    } else {
      await this.move(record, goal, reason);
      await engine.drop(name);
    }
    statistics.cut(clock.now());
  }

  /** An index that was hidden long enough goes. */
  async endHiding(record: IndexRecord): Promise<void> {
    if (this.#scope.clock.now() - record.stateAt < hiddenMs) return;
    await this.move(record, record.goal ?? 'dropped', record.history.at(-1)?.reason ?? 'nothing missed it');
    await this.#scope.engine.drop(record.definition.name);
  }

  /** Reconciles records and indexes after a crash, or after another process acted. Drops indexes without a record. */
  async settle({ hidden }: IndexCapabilities): Promise<void> {
    const { engine, records } = this.#scope;
    const there = new Map(
      (await engine.list()).filter(({ name }) => isAutomatic(name)).map((index) => [index.name, index]),
    );
    for (const record of records.values()) {
      const index = there.get(record.definition.name);
      there.delete(record.definition.name);
      if (standing.has(record.state)) {
        if (index && record.state === 'building')
          await this.move(record, 'verifying', 'the build ended while nobody watched');
        else if (index && record.state === 'hidden' && hidden && !index.hidden) await engine.hide(index.name, true);
        else if (!index && record.state === 'hidden') await this.move(record, record.goal ?? 'dropped', 'it is gone');
        else if (!index)
          await this.move(
            record,
            'failed',
            record.state === 'building' ? 'the build was interrupted' : 'the index is gone',
          );
      } else if (index) await engine.drop(index.name);
    }
    for (const name of there.keys()) await engine.drop(name);
  }

  #planSamples(shapes: readonly string[]): readonly EventQuery[] {
    return this.#trial.principal(shapes)?.samples.slice(0, planSamples) ?? [];
  }

  async #plan({ definition, shapes }: IndexRecord): Promise<Verdict> {
    const plans: QueryPlan[] = [];
    for (const sample of this.#planSamples(shapes)) plans.push(await this.#scope.engine.plan(sample));
    return this.#judgePlans(definition, shapes, plans);
  }

  async #judgePlans(
    { name, profile, idAfter }: IndexDefinition,
    shapes: readonly string[],
    plans: readonly QueryPlan[],
  ): Promise<Verdict> {
    const principal = this.#trial.principal(shapes);
    if (!principal || plans.length === 0) return { verdict: 'unavailable', reason: 'no query of its kind is known' };
    const rows = await this.#scope.engine.rows(profile);
    const sorts =
      idAfter !== null && candidateFor(principal, rows, this.#scope.clock.now())?.definition.idAfter === idAfter;
    const verdicts = plans.map((plan) => judgePlan(plan, name, sorts));
    const failed = verdicts.filter(({ verdict }) => verdict === 'fail');
    return (
      (failed.length * 2 > verdicts.length ? failed[0] : verdicts.find(({ verdict }) => verdict !== 'fail')) ??
      (verdicts[0] as Verdict)
    );
  }

  /** With fewer parameter sets than the test needs it waits; when the time is over, those that there are decide. */
  async #replay(record: IndexRecord): Promise<'wait' | { verdict: Verdict; change: Partial<IndexRecord> }> {
    const { engine, clock, isAwaited } = this.#scope;
    const samples = this.#trial.principal(record.shapes)?.samples ?? [];
    const over = clock.now() - (record.builtAt ?? 0) >= watch.mostMs;
    if (samples.length < sampleSets && !over) return 'wait';
    if (samples.length === 0)
      return { verdict: { verdict: 'fail', reason: 'no query of its kind came in 72 hours' }, change: {} };
    const runs: PairedRun[] = [];
    for (const sample of samples) {
      if (isAwaited()) return 'wait';
      runs.push(await engine.replay(sample, record.definition, record.former));
    }
    const { beforeMs, afterMs } = replayFigures(runs);
    return { verdict: judgeReplay(runs), change: { beforeMs, afterMs } };
  }

  async #live(record: IndexRecord, capabilities: IndexCapabilities): Promise<void> {
    const { statistics, records, clock } = this.#scope;
    // Another index was added or removed: this one's effect on writes cannot be separated from that one's yet.
    if (clock.now() - lastChangeAt(records.values()) < writes.overMs) return;
    const before = new QueryBucket(0);
    const after = new QueryBucket(0);
    for (const key of record.shapes) {
      before.addSums(QueryBucket.from(record.baseline?.shapes[key] ?? []));
      const since = statistics.shapes.get(key)?.since(record.builtAt ?? 0);
      if (since) after.addSums(since);
    }
    const { verdict, reason } = judgeLive(before, after, clock.now() - (record.builtAt ?? 0));
    if (verdict === 'fail') return this.undo(record, 'reverted', reason, capabilities);
    if (verdict === 'pass') {
      const seen =
        record.beforeMs === null
          ? { beforeMs: Math.exp(before.sumLn / before.calls), afterMs: Math.exp(after.sumLn / after.calls) }
          : {};
      await this.move(record, 'active', reason, seen);
    } else if (verdict === 'unavailable') {
      // Little was asked since, or nothing before: the replay alone speaks for it.
      if (record.replayed) await this.move(record, 'active', `${reason}; the replay speaks for it`, { unproven: true });
      else await this.undo(record, 'reverted', reason, capabilities);
    }
  }
}
