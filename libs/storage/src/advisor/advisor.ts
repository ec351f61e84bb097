import type {
  Aggregation,
  EventQuery,
  IndexAct,
  IndexAdvice,
  IndexAnswer,
  IndexPolicy,
  IndexReport,
} from '@datakeep/contracts';
import { DatakeepError, within, type Timer } from '@datakeep/kernel';
import { AdvisorLease } from './advisor-lease.ts';
import { bucketMs, day, momentMs } from './constants.ts';
import { IndexSelector } from './index-selector.ts';
import type { ExistingIndex, IndexCapabilities } from './index-engine.ts';
import { idOf, isAutomatic } from './index-name.ts';
import { decisionOf } from './decisions.ts';
import { standing, type IndexRecord } from './index-record.ts';
import { reviewIndexes } from './index-review.ts';
import { effectiveModeOf, type EffectiveMode } from './effective-mode.ts';
import { Memory, RecordChanged, type StoredPolicy } from './memory.ts';
import type { PlanningContext } from './planner.ts';
import { declaredReport, reportOf, shapesOf } from './report.ts';
import { shapeOf } from './shape.ts';
import { Statistics } from './statistics.ts';
import { TurnQueue } from './turn-queue.ts';
import type { QueryFigures } from './buckets.ts';
import type { AdvisorOptions, AdvisorScope } from './advisor-scope.ts';
import { IndexLifecycle } from './index-lifecycle.ts';

/** Watches the queries, creates indexes that pay, proves them, reverts those that do not (docs/indexing.md). */
export class Advisor implements IndexAdvice {
  readonly #options: AdvisorOptions;
  readonly #memory: Memory;
  readonly #statistics: Statistics;
  readonly #records = new Map<string, IndexRecord>();
  readonly #lease: AdvisorLease;
  readonly #turns = new TurnQueue();
  readonly #scope: AdvisorScope;
  readonly #lifecycle: IndexLifecycle;
  readonly #selector: IndexSelector;
  #capabilities: IndexCapabilities | undefined;
  #policy: StoredPolicy;
  #started: Promise<void> | undefined;
  #existing: readonly ExistingIndex[] = [];
  #refreshing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: AdvisorOptions) {
    this.#options = options;
    const { engine, clock, logger } = options;
    this.#memory = new Memory(engine.records, options.holder);
    this.#lease = new AdvisorLease(engine.records, options.holder, clock);
    this.#statistics = new Statistics(options.random ?? Math.random);
    this.#scope = {
      engine,
      clock,
      logger,
      memory: this.#memory,
      statistics: this.#statistics,
      records: this.#records,
      isAwaited: () => this.#turns.isAwaited,
    };
    this.#lifecycle = new IndexLifecycle(this.#scope);
    this.#selector = new IndexSelector({
      ...this.#scope,
      lifecycle: this.#lifecycle,
      policy: () => this.#policy,
      effectiveMode: () => this.#mode().effectiveMode,
      isCalm: options.isCalm,
    });
    this.#policy = { mode: options.defaultMode, spaceBudget: 0.5, window: null, healthySince: 0 };
  }

  /**
   * Reads what is stored, makes records and indexes agree, and begins to tick. Queries are counted from then on. Where
   * it fails, the next call tries again, at the latest the next tick.
   */
  start(): Promise<void> {
    if (!this.#timer) this.#schedule();
    this.#started ??= this.#turns
      .run(() => this.#begin())
      .catch((error: unknown) => {
        this.#started = undefined;
        throw error;
      });
    return this.#started;
  }

  queried(query: EventQuery, figures: QueryFigures): void {
    if (!this.#capabilities || this.#policy.mode === 'off') return;
    this.#statistics.queried(query, this.#capabilities, figures, this.#options.clock.now());
  }

  /** An index can serve its filter. It is recorded, planned and replayed as the count of the events that it folds. */
  aggregated({ profile, filter, kinds, arrays, timeoutMs }: Aggregation, figures: QueryFigures): void {
    if (filter) this.queried({ profile, filter, sort: [], limit: 1, count: true, kinds, arrays, timeoutMs }, figures);
  }

  wrote(profile: string, events: number, ms: number): void {
    if (this.#capabilities && this.#policy.mode !== 'off')
      this.#statistics.wrote(profile, events, ms, this.#options.clock.now());
  }

  /** The shape of a query, for `explain`; undefined before the advisor has started. */
  shapeText(query: EventQuery): string | undefined {
    return this.#capabilities && shapeOf(query, this.#capabilities).key.slice(query.profile.length + 1);
  }

  /** One pass over everything; a timer starts one every five minutes. */
  async tick(): Promise<void> {
    await this.start();
    await this.#turns.run(() => this.#look());
  }

  /** Does not wait for a build or a replay that is under way: it reports the present state. */
  async indexes(): Promise<IndexAnswer> {
    await this.start();
    const { engine, clock } = this.#options;
    await within(clock, momentMs, this.#refresh());
    const capabilities = this.#known();
    const reports = [...this.#records.values()]
      .toSorted((a, b) => b.stateAt - a.stateAt)
      .map((record) => reportOf(record, shapesOf(record, this.#statistics), capabilities, clock.now()));
    const declared = this.#existing.filter(({ name }) => !isAutomatic(name)).map(declaredReport);
    const policy = this.#publicPolicy();
    return { engine: engine.engine, policy, ...this.#mode(), indexes: [...reports, ...declared] };
  }

  /** Reads policy, records and indexes again; a call that comes meanwhile joins. */
  #refresh(): Promise<void> {
    return (this.#refreshing ??= this.#turns
      .run(async () => {
        await this.#readPolicy();
        if (!this.#lease.isHeld) await this.#readRecords();
        this.#existing = await this.#options.engine.list();
      })
      .finally(() => (this.#refreshing = undefined)));
  }

  async decide(id: string, act: IndexAct): Promise<IndexReport> {
    await this.start();
    const report = await this.#turns.runUrgent(() =>
      this.#act(id, act).catch((error: unknown) => {
        if (error instanceof RecordChanged) return this.#act(id, act);
        throw error;
      }),
    );
    // An approved index is built now and not at the next tick.
    if (report.state === 'approved' && !this.#closed) void this.tick().catch((error: unknown) => this.#failed(error));
    return report;
  }

  async #act(id: string, act: IndexAct): Promise<IndexReport> {
    const capabilities = this.#known();
    await this.#readRecords();
    const record = [...this.#records.values()].find(({ definition }) => idOf(definition.name) === id);
    if (!record) throw new DatakeepError('not-found');
    const decision = decisionOf(record, act);
    if (!decision) throw new DatakeepError('index-decided');
    if (decision.state === undefined) await this.#lifecycle.keep({ ...record, ...decision.change });
    else await this.#lifecycle.move(record, decision.state, decision.reason, decision.change);
    if (decision.drops) await this.#options.engine.drop(record.definition.name);
    const next = this.#records.get(record.definition.name) ?? record;
    return reportOf(next, shapesOf(next, this.#statistics), capabilities, this.#options.clock.now());
  }

  async setIndexPolicy(policy: Partial<IndexPolicy>): Promise<IndexPolicy> {
    await this.start();
    return this.#turns.runUrgent(async () => {
      const now = this.#options.clock.now();
      await this.#readPolicy();
      const next = { ...this.#policy, ...policy, ...(policy.mode === undefined ? {} : { healthySince: now }) };
      await this.#memory.savePolicy(next, now);
      this.#policy = next;
      return this.#publicPolicy();
    });
  }

  /** Stores what was counted, and lets another process decide at once; the caller that opened the engine closes it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    await this.#turns.idle();
    if (!this.#capabilities) return;
    try {
      await this.#memory.flush(this.#statistics, this.#options.clock.now());
      await this.#lease.release();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #begin(): Promise<void> {
    const capabilities = await this.#options.engine.capabilities();
    await this.#readPolicy();
    const now = this.#options.clock.now();
    await this.#memory.load(this.#statistics, now);
    this.#statistics.forgetBefore(now - day - bucketMs);
    this.#capabilities = capabilities;
    await this.#lead();
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.setTimer(bucketMs, () => {
      void this.tick()
        .catch((error: unknown) => this.#failed(error))
        .finally(() => this.#schedule());
    });
  }

  #failed(error: unknown): void {
    // A pass that the end of the process interrupted, or an act of the admin through another process.
    if (this.#closed && DatakeepError.from(error)?.code === 'not-ready') return;
    if (error instanceof RecordChanged) return;
    const { engine, logger } = this.#options;
    logger.error('the index advisor failed at a look around', { engine: engine.engine }, error);
  }

  /** Takes or renews the lease. A new holder reads what others stored and reconciles it with the indexes. */
  async #lead(): Promise<boolean> {
    const lease = await this.#lease.renew();
    if (lease === 'renewed' || lease === 'taken') await this.#readRecords();
    if (lease === 'taken') await this.#lifecycle.settle(await this.#options.engine.capabilities());
    return lease !== 'lost';
  }

  /** Another process may have set it. */
  async #readPolicy(): Promise<void> {
    this.#policy = { ...this.#policy, ...(await this.#memory.policy()) };
  }

  async #readRecords(): Promise<void> {
    const stored = await this.#memory.records();
    this.#records.clear();
    for (const [name, record] of stored) this.#records.set(name, record);
  }

  async #look(): Promise<void> {
    const now = this.#options.clock.now();
    await this.#memory.flush(this.#statistics, now);
    await this.#memory.tidy(now);
    await this.#readPolicy();
    this.#forget(now);
    if (this.#policy.mode === 'off' || !(await this.#lead())) return;
    await this.#lease.during(() => this.#improve(now));
  }

  async #improve(now: number): Promise<void> {
    await this.#readRecords();
    await this.#memory.load(this.#statistics, now);
    await this.#options.engine.tend();
    await this.#lifecycle.settle(await this.#options.engine.capabilities());
    const mayDrop = (): boolean => this.#mode().effectiveMode === 'auto';
    await reviewIndexes(this.#scope, this.#lifecycle, await this.#context(), mayDrop);
    await this.#selector.choose(await this.#context());
  }

  #forget(now: number): void {
    let oldest = now - day;
    for (const { state, builtAt } of this.#records.values())
      if (state === 'verifying' && builtAt !== null) oldest = Math.min(oldest, builtAt);
    this.#statistics.forgetBefore(Math.min(oldest, now - day) - bucketMs);
  }

  /** What the next decisions are made by: the indexes, and the events of each profile in question. */
  async #context(): Promise<PlanningContext> {
    const { engine, clock } = this.#options;
    const profiles = new Set([...this.#statistics.shapes.values()].map(({ shape }) => shape.profile));
    for (const { state, definition } of this.#records.values())
      if (standing.has(state)) profiles.add(definition.profile);
    const rows = new Map<string, number>();
    for (const profile of profiles) rows.set(profile, await engine.rows(profile));
    this.#existing = await engine.list();
    return {
      statistics: this.#statistics,
      records: this.#records,
      existing: this.#existing,
      rows,
      engine: this.#known(),
      now: clock.now(),
    };
  }

  #mode(): EffectiveMode {
    return effectiveModeOf(this.#policy, this.#known(), this.#records.values());
  }

  #publicPolicy(): IndexPolicy {
    const { mode, spaceBudget, window } = this.#policy;
    return { mode, spaceBudget, window };
  }

  #known(): IndexCapabilities {
    if (!this.#capabilities) throw new DatakeepError('not-ready');
    return this.#capabilities;
  }
}
