import type {
  Aggregation,
  EventQuery,
  IndexAct,
  IndexAdvice,
  IndexAnswer,
  IndexMode,
  IndexPolicy,
  IndexReport,
} from '@datakeep/contracts';
import { DatakeepError, type Clock, type Logger, type Timer } from '@datakeep/kernel';
import { bucketMs, coolDownMs, day, dropFactor, keptMs, leaseMs, momentMs } from './constants.ts';
import { idOf } from './candidates.ts';
import { IndexSelector } from './index-selector.ts';
import type { ExistingIndex, IndexCapabilities, IndexEngine } from './index-engine.ts';
import { decisionOf } from './decisions.ts';
import { isDegraded, standing, type IndexRecord } from './index-record.ts';
import { Memory, type StoredPolicy } from './memory.ts';
import { weighStanding, type PlanningContext } from './planner.ts';
import { declaredReport, reportOf, shapesOf } from './report.ts';
import { shapeOf } from './shape.ts';
import { Statistics } from './statistics.ts';
import type { QueryFigures } from './buckets.ts';
import { IndexLifecycle } from './index-lifecycle.ts';

export interface AdvisorParts {
  readonly engine: IndexEngine;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly defaultMode: IndexMode;
  /** Names this process among those that share the engine; the same after a restart where it is alone. */
  readonly holder: string;
  /**
   * Whether the keep has time for a build: the event loop is not late, and no backlog waits to be written. Default:
   * always.
   */
  readonly isCalm?: () => boolean;
  /** From 0 (inclusive) to 1. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Watches what is asked, makes the index that pays, proves it, and takes it back where it does not (docs/indexing.md).
 */
export class Advisor implements IndexAdvice {
  readonly #parts: AdvisorParts;
  readonly #memory: Memory;
  readonly #statistics: Statistics;
  readonly #records = new Map<string, IndexRecord>();
  readonly #lifecycle: IndexLifecycle;
  readonly #selector: IndexSelector;
  #capabilities: IndexCapabilities | undefined;
  #policy: StoredPolicy;
  #leads = false;
  #leaseUntil = 0;
  #started: Promise<void> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** Acts that wait for their turn. */
  #acts = 0;
  #existing: readonly ExistingIndex[] = [];
  #refreshing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(parts: AdvisorParts) {
    this.#parts = parts;
    const { engine, clock, logger } = parts;
    this.#memory = new Memory(engine, parts.holder);
    this.#statistics = new Statistics(parts.random ?? Math.random);
    const isAwaited = (): boolean => this.#acts > 0;
    this.#lifecycle = new IndexLifecycle({
      engine,
      clock,
      logger,
      memory: this.#memory,
      statistics: this.#statistics,
      records: this.#records,
      isAwaited,
    });
    this.#selector = new IndexSelector({
      engine,
      lifecycle: this.#lifecycle,
      records: this.#records,
      policy: () => this.#policy,
      effectiveMode: () => this.#mode().effectiveMode,
      isCalm: parts.isCalm,
    });
    this.#policy = { mode: parts.defaultMode, spaceBudget: 0.5, window: null, healthySince: 0 };
  }

  /** Reads what is stored, makes records and indexes agree, and begins to tick. Queries are counted from then on. */
  start(): Promise<void> {
    this.#started ??= this.#inTurn(() => this.#begin());
    return this.#started;
  }

  queried(query: EventQuery, figures: QueryFigures): void {
    if (!this.#capabilities || this.#policy.mode === 'off') return;
    this.#statistics.queried(query, this.#capabilities, figures, this.#parts.clock.now());
  }

  /** An index can serve its filter. It is remembered, planned and replayed as the count of the events that it folds. */
  aggregated({ profile, filter, kinds, arrays, timeoutMs }: Aggregation, figures: QueryFigures): void {
    if (filter) this.queried({ profile, filter, sort: [], limit: 1, count: true, kinds, arrays, timeoutMs }, figures);
  }

  wrote(profile: string, events: number, ms: number): void {
    if (this.#capabilities && this.#policy.mode !== 'off')
      this.#statistics.wrote(profile, events, ms, this.#parts.clock.now());
  }

  /** The shape of a query, for `explain`; undefined before the advisor has started. */
  shapeText(query: EventQuery): string | undefined {
    return this.#capabilities && shapeOf(query, this.#capabilities).key.slice(query.profile.length + 1);
  }

  /** Whether this process holds the lease. */
  get leads(): boolean {
    return this.#leads;
  }

  /** One pass over everything; a timer starts one every five minutes. */
  tick(): Promise<void> {
    return this.#inTurn(() => this.#look());
  }

  /** Does not wait for a build or a replay that is under way: it reports the present state. */
  async indexes(): Promise<IndexAnswer> {
    await this.start();
    await this.#refreshOrMoment();
    const { engine, clock } = this.#parts;
    const capabilities = this.#known();
    const { effectiveMode, note } = this.#mode();
    const reports = [...this.#records.values()]
      .toSorted((a, b) => b.stateAt - a.stateAt)
      .map((record) => reportOf(record, shapesOf(record, this.#statistics), capabilities, clock.now()));
    const declared = this.#existing.filter(({ name }) => !name.startsWith('auto_')).map(declaredReport);
    return {
      engine: engine.engine,
      policy: this.#publicPolicy(),
      effectiveMode,
      note,
      indexes: [...reports, ...declared],
    };
  }

  /** Resolves when what is known is fresh, or a moment is over. */
  #refreshOrMoment(): Promise<void> {
    this.#refreshing ??= this.#inTurn(async () => {
      if (!this.#leads) await this.#readRecords();
      this.#existing = await this.#parts.engine.list();
    }).finally(() => (this.#refreshing = undefined));
    const refreshing = this.#refreshing;
    return new Promise((resolve, reject) => {
      const timer = this.#parts.clock.setTimer(momentMs, resolve);
      refreshing.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  async decide(id: string, act: IndexAct): Promise<IndexReport> {
    await this.start();
    const report = await this.#inTurnSoon(async () => {
      const capabilities = this.#known();
      await this.#readRecords();
      const record = [...this.#records.values()].find(({ definition }) => idOf(definition.name) === id);
      if (!record) throw new DatakeepError('not-found');
      const decision = decisionOf(record, act);
      if (!decision) throw new DatakeepError('index-decided');
      if (decision.state === undefined) await this.#lifecycle.keep({ ...record, ...decision.change });
      else await this.#lifecycle.move(record, decision.state, decision.reason, decision.change);
      if (decision.drops) await this.#parts.engine.drop(record.definition.name);
      const next = this.#records.get(record.definition.name) ?? record;
      return reportOf(next, shapesOf(next, this.#statistics), capabilities, this.#parts.clock.now());
    });
    // What was approved is built now and not at the next tick.
    if (report.state === 'approved' && !this.#closed) void this.tick().catch((error: unknown) => this.#failed(error));
    return report;
  }

  async setIndexPolicy(policy: Partial<IndexPolicy>): Promise<IndexPolicy> {
    await this.start();
    return this.#inTurnSoon(async () => {
      const now = this.#parts.clock.now();
      const next = { ...this.#policy, ...policy, ...(policy.mode === undefined ? {} : { healthySince: now }) };
      await this.#memory.savePolicy(next, now);
      this.#policy = next;
      return this.#publicPolicy();
    });
  }

  /** Stores what was counted and stops the timer; the caller that opened the engine closes it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    await this.#turn;
    if (!this.#capabilities) return;
    try {
      await this.#memory.flush(this.#statistics, this.#parts.clock.now());
    } catch (error) {
      this.#failed(error);
    }
  }

  async #begin(): Promise<void> {
    const { engine, clock } = this.#parts;
    try {
      const capabilities = await engine.capabilities();
      this.#policy = { ...this.#policy, ...(await this.#memory.policy()) };
      const now = clock.now();
      await this.#memory.load(this.#statistics, now - keptMs, now);
      this.#statistics.forgetBefore(now - day - bucketMs);
      this.#capabilities = capabilities;
      await this.#lead();
    } finally {
      this.#schedule();
    }
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = this.#parts.clock.setTimer(bucketMs, () => {
      void this.tick()
        .catch((error: unknown) => this.#failed(error))
        .finally(() => this.#schedule());
    });
  }

  #failed(error: unknown): void {
    // A look that the end of the process cut short.
    if (this.#closed && DatakeepError.from(error)?.code === 'not-ready') return;
    this.#parts.logger.error('the index advisor failed at a look around', { engine: this.#parts.engine.engine }, error);
  }

  /** Takes or renews the lease. A new holder reads what others stored and reconciles it with the indexes. */
  async #lead(): Promise<boolean> {
    const now = this.#parts.clock.now();
    if (this.#leads && this.#leaseUntil - now > leaseMs / 2) return true;
    const led = this.#leads;
    this.#leads = await this.#memory.lease(now, now + leaseMs);
    this.#leaseUntil = now + leaseMs;
    if (this.#leads) {
      await this.#readRecords();
      if (!led) await this.#lifecycle.settle();
    }
    return this.#leads;
  }

  async #readRecords(): Promise<void> {
    const stored = await this.#memory.records();
    this.#records.clear();
    for (const [name, record] of stored) this.#records.set(name, record);
  }

  async #look(): Promise<void> {
    const { engine, clock } = this.#parts;
    this.#capabilities ??= await engine.capabilities();
    const now = clock.now();
    await this.#memory.flush(this.#statistics, now);
    this.#policy = { ...this.#policy, ...(await this.#memory.policy()) };
    this.#forget(now);
    if (this.#policy.mode === 'off' || !(await this.#lead())) return;
    await this.#readRecords();
    await this.#memory.load(this.#statistics, now - 4 * bucketMs, now);
    await engine.tend();
    await this.#lifecycle.settle();
    await this.#judgeStanding(await this.#sight());
    await this.#selector.choose(await this.#sight());
    await this.#memory.tidy(now);
  }

  #forget(now: number): void {
    let oldest = now - day;
    for (const { state, builtAt } of this.#records.values())
      if (state === 'verifying' && builtAt !== null) oldest = Math.min(oldest, builtAt);
    this.#statistics.forgetBefore(Math.min(oldest, now - day) - bucketMs);
  }

  async #sight(): Promise<PlanningContext> {
    const { engine, clock } = this.#parts;
    const profiles = new Set([...this.#statistics.shapes.values()].map(({ shape }) => shape.profile));
    for (const { state, definition } of this.#records.values())
      if (standing.has(state)) profiles.add(definition.profile);
    const rows = new Map<string, number>();
    for (const profile of profiles) rows.set(profile, await engine.rows(profile));
    const existing = (this.#existing = await engine.list());
    return {
      statistics: this.#statistics,
      records: this.#records,
      existing,
      rows,
      engine: this.#known(),
      now: clock.now(),
    };
  }

  /** Every mode but `off` verifies: each action is confirmed or reverted. Only `auto` acts on value. */
  async #judgeStanding(sight: PlanningContext): Promise<void> {
    const { engine: capabilities, now } = sight;
    for (const record of Array.from(this.#records.values())) {
      const { definition, state } = record;
      if (!standing.has(state)) continue;
      if ((sight.rows.get(definition.profile) ?? 0) === 0) {
        await this.#lifecycle.undo(record, 'dropped', 'the profile holds no events any more', capabilities, true);
        await this.#memory.forget(definition.profile);
        this.#statistics.forgetProfile(definition.profile);
        continue;
      }
      const weighed = { ...record, ...weighStanding(record, sight), bytes: bytesOf(sight.existing, record) };
      this.#records.set(definition.name, weighed);
      if (state === 'hidden') await this.#lifecycle.endHiding(weighed);
      else if (state === 'verifying') await this.#lifecycle.verify(weighed, capabilities);
      else if (state === 'active') {
        const old = now - (weighed.builtAt ?? now) >= coolDownMs;
        const worthless = weighed.benefitMs < dropFactor * weighed.writeCostMs;
        if (this.#mode().effectiveMode === 'auto' && !weighed.kept && old && worthless) {
          await this.#lifecycle.undo(
            weighed,
            'dropped',
            'what it saved is less than half of what it cost the writes',
            capabilities,
          );
        } else await this.#lifecycle.keep(weighed);
      }
    }
  }

  #mode(): { effectiveMode: IndexMode; note: string | null } {
    const { mode, healthySince } = this.#policy;
    if (mode !== 'auto') return { effectiveMode: mode, note: null };
    const { replay, explain } = this.#known();
    if (!replay || !explain)
      return {
        effectiveMode: 'suggest',
        note: 'This engine cannot prove that an index helps, so nothing is done without the admin.',
      };
    if (isDegraded(this.#records.values(), healthySince)) {
      return {
        effectiveMode: 'suggest',
        note: 'More than 30 % of the last actions had to be taken back. Set the mode again to go on.',
      };
    }
    return { effectiveMode: 'auto', note: null };
  }

  #publicPolicy(): IndexPolicy {
    const { mode, spaceBudget, window } = this.#policy;
    return { mode, spaceBudget, window };
  }

  #known(): IndexCapabilities {
    if (!this.#capabilities) throw new DatakeepError('not-ready');
    return this.#capabilities;
  }

  /** As `#inTurn`, and interrupts a pass that is under way. */
  #inTurnSoon<T>(action: () => Promise<T>): Promise<T> {
    this.#acts += 1;
    return this.#inTurn(() => {
      this.#acts -= 1;
      return action();
    });
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(action, action);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function bytesOf(existing: readonly ExistingIndex[], { definition, bytes }: IndexRecord): number | null {
  return existing.find(({ name }) => name === definition.name)?.bytes ?? bytes;
}
