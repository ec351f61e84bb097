import type { EventQuery, Filter, IndexMode } from '@datakeep/contracts';
import { createLogger } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { Advisor } from './advisor.ts';
import { candidateOf, serves } from './candidates.ts';
import { bucketMs, servedMs, servedRowMs } from './constants.ts';
import type {
  AdviceEntry,
  AdviceKind,
  ExistingIndex,
  IndexCapabilities,
  IndexDefinition,
  IndexEngine,
  PairedRun,
  QueryPlan,
  StorageSpace,
} from './index-engine.ts';
import { shapeOf } from './shape.ts';

export const capabilities: IndexCapabilities = {
  partial: true,
  explain: true,
  replay: true,
  hidden: false,
  arrays: false,
  sortedIn: false,
  negation: false,
  buildBlocksWrites: true,
  writeMs: 0.01,
  buildMs: 0.001,
  perProfile: 16,
  inAll: 128,
  shapeMs: 10_000,
};

/** What a step of the engine's work is called when it is about to be done: tests break it there. */
export type Step = 'put' | 'create' | 'created' | 'drop' | 'dropped';

/** An engine of figures: queries cost what the note measured, with an index or without. What it stores outlives the advisor, as a disk would. */
export class SimulatedEngine implements IndexEngine {
  readonly engine = 'simulated';
  readonly entries = new Map<string, AdviceEntry>();
  readonly indexes = new Map<string, IndexDefinition>();
  readonly hiddenIndexes = new Set<string>();
  readonly profiles = new Map<string, number>();
  able: IndexCapabilities = capabilities;
  /** Called before, and after, what changes something. */
  interfere: (step: Step, what: string) => void = () => undefined;
  /** Whether the planner takes indexes. */
  planner: 'good' | 'stubborn' = 'good';
  /** Whether a replay finds the same answers. */
  equal = true;
  holder: { readonly name: string; readonly until: number } | undefined;
  builds = 0;
  mostIndexes = 0;

  capabilities(): Promise<IndexCapabilities> {
    return Promise.resolve(this.able);
  }

  list(): Promise<ExistingIndex[]> {
    const hidden = (name: string): boolean => this.hiddenIndexes.has(name);
    const automatic = [...this.indexes.values()].map(({ name, profile, keys, idAfter }): ExistingIndex => ({
      name,
      profile,
      keys,
      idAfter,
      bytes: 1000,
      hidden: hidden(name),
    }));
    const declared: ExistingIndex = {
      name: 'events_by_created',
      profile: null,
      keys: [{ field: 'metadata.createdDate', direction: 'ascending' }],
      idAfter: 1,
      bytes: 1000,
      hidden: false,
    };
    return Promise.resolve([declared, ...automatic]);
  }

  async create(definition: IndexDefinition): Promise<number> {
    this.interfere('create', definition.name);
    this.indexes.set(definition.name, definition);
    this.builds += 1;
    this.mostIndexes = Math.max(this.mostIndexes, this.indexes.size);
    this.interfere('created', definition.name);
    return (this.profiles.get(definition.profile) ?? 0) * this.able.buildMs;
  }

  async drop(name: string): Promise<void> {
    this.interfere('drop', name);
    this.indexes.delete(name);
    this.hiddenIndexes.delete(name);
    this.interfere('dropped', name);
  }

  async hide(name: string, hidden: boolean): Promise<void> {
    if (hidden) this.hiddenIndexes.add(name);
    else this.hiddenIndexes.delete(name);
  }

  rows(profile: string): Promise<number> {
    return Promise.resolve(this.profiles.get(profile) ?? 0);
  }

  space(): Promise<StorageSpace> {
    return Promise.resolve({ dataBytes: 1e12, indexBytes: 0, disk: null });
  }

  plan(query: EventQuery): Promise<QueryPlan> {
    const index = this.servingIndex(query);
    return Promise.resolve({ indexes: [index ?? 'events_by_created'], sorts: false, steps: [] });
  }

  replay(query: EventQuery): Promise<PairedRun> {
    const withMs = this.planner === 'good' ? this.servedMs(query) : this.scanMs(query);
    return Promise.resolve({ withMs, withoutMs: this.scanMs(query), equal: this.equal, rowsReturned: rowsOf(query) });
  }

  tend(): Promise<void> {
    return Promise.resolve();
  }

  async put(entries: readonly AdviceEntry[]): Promise<void> {
    for (const entry of entries) {
      this.interfere('put', `${entry.kind} ${entry.key}`);
      this.entries.set(`${entry.kind} ${entry.key}`, entry);
    }
  }

  all(kind: AdviceKind, from = 0): Promise<AdviceEntry[]> {
    return Promise.resolve([...this.entries.values()].filter((entry) => entry.kind === kind && entry.at >= from));
  }

  async remove(kind: AdviceKind, before: number): Promise<void> {
    for (const [key, entry] of this.entries) if (entry.kind === kind && entry.at < before) this.entries.delete(key);
  }

  async forget(profile: string): Promise<void> {
    for (const [key, entry] of this.entries) if (entry.profile === profile && entry.kind !== 'index') this.entries.delete(key);
  }

  lease(name: string, now: number, until: number): Promise<boolean> {
    if (this.holder && this.holder.name !== name && this.holder.until > now) return Promise.resolve(false);
    this.holder = { name, until };
    return Promise.resolve(true);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  servingIndex(query: EventQuery): string | undefined {
    if (this.planner === 'stubborn') return undefined;
    const candidate = candidateOf(shapeOf(query, this.able), { distinct: () => 1, selectiveRange: false });
    const found = [...this.indexes.values()].find(
      (index) => index.profile === query.profile && !this.hiddenIndexes.has(index.name) && candidate !== undefined && serves(index, candidate),
    );
    return found?.name;
  }

  scanMs(query: EventQuery): number {
    return (this.profiles.get(query.profile) ?? 0) * 0.0015;
  }

  servedMs(query: EventQuery): number {
    return servedMs + servedRowMs * rowsOf(query);
  }

  /** What the query costs now. */
  costMs(query: EventQuery): number {
    return this.servingIndex(query) === undefined ? this.scanMs(query) : this.servedMs(query);
  }
}

const rowsOf = (query: EventQuery): number => Math.min(10, query.limit);

/** A query of the shape with this number, of which each has a field of its own. */
export function queryOf(shape: number, value: number, over: Partial<EventQuery> = {}): EventQuery {
  const field = `payload.f${shape}`;
  const filter: Filter = { node: 'eq', field, value };
  const sort = [{ field: 'metadata.createdDate', direction: 'descending' as const }];
  return {
    profile: 'p',
    filter,
    sort,
    limit: 100,
    kinds: { [field]: 'number', 'metadata.createdDate': 'date' },
    arrays: [],
    timeoutMs: 1000,
    ...over,
  };
}

/** What happens in five minutes. */
export interface Stretch {
  /** Calls of each shape, by its number. */
  readonly calls: Readonly<Record<number, number>>;
  readonly writtenEvents: number;
}

/** An advisor over the simulated engine, on a clock of its own, and what all of it has cost. */
export class Simulation {
  clock = new ManualClock();
  readonly engine: SimulatedEngine;
  advisor!: Advisor;
  costMs = 0;
  /** What it would have cost with the best set of indexes that stays, and with none. */
  readonly #scans = new Map<number, number>();
  readonly #served = new Map<number, number>();
  #written = 0;
  #calls = 0;
  #mode: IndexMode;
  appendMs = 1;

  private constructor(engine: SimulatedEngine, mode: IndexMode) {
    this.engine = engine;
    this.#mode = mode;
  }

  static async start({ engine = new SimulatedEngine(), mode = 'auto' as IndexMode, rows = 50_000 } = {}): Promise<Simulation> {
    engine.profiles.set('p', rows);
    const simulation = new Simulation(engine, mode);
    await simulation.restart();
    return simulation;
  }

  /** As after a crash: only what the engine holds is left. */
  async restart(): Promise<void> {
    const { engine } = this;
    // Nothing fires any more on the clock of the one before.
    const clock = (this.clock = new ManualClock(this.clock.now()));
    let seed = 1;
    const random = (): number => ((seed = (seed * 16_807) % 2_147_483_647) - 1) / 2_147_483_646;
    this.advisor = new Advisor({ engine, clock, logger: createLogger('silent'), defaultMode: this.#mode, holder: 'local', random });
    await this.advisor.start();
  }

  async pass({ calls, writtenEvents }: Stretch): Promise<void> {
    const { engine, advisor } = this;
    for (const [name, count] of Object.entries(calls)) {
      const shape = Number(name);
      for (let call = 0; call < count; call += 1) {
        const query = queryOf(shape, (this.#calls += 1));
        const ms = engine.costMs(query) * (0.95 + 0.01 * (this.#calls % 10));
        const rowsExamined = engine.servingIndex(query) === undefined ? (engine.profiles.get('p') ?? 0) : 10;
        advisor.queried(query, { ms, rowsReturned: 10, rowsExamined, rowsTouched: 10, complete: false });
        this.costMs += ms;
        this.#scans.set(shape, (this.#scans.get(shape) ?? 0) + engine.scanMs(query));
        this.#served.set(shape, (this.#served.get(shape) ?? 0) + engine.servedMs(query));
      }
    }
    if (writtenEvents > 0) {
      for (let part = 0; part < 10; part += 1) advisor.wrote('p', writtenEvents / 10, this.appendMs);
      this.costMs += writtenEvents * engine.able.writeMs * engine.indexes.size;
      this.#written += writtenEvents;
    }
    const before = engine.builds;
    await this.clock.advance(bucketMs);
    // Its turn comes when the look around is over.
    await advisor.setIndexPolicy({});
    // Writers wait while it builds.
    this.costMs += (engine.builds - before) * (engine.profiles.get('p') ?? 0) * engine.able.buildMs * 2;
  }

  async passAll(stretches: number, stretch: (at: number) => Stretch): Promise<void> {
    for (let at = 0; at < stretches; at += 1) await this.pass(stretch(at));
  }

  costOfNone(): number {
    return [...this.#scans.values()].reduce((sum, ms) => sum + ms, 0);
  }

  /** Shape by shape, whichever is less: to have its index all the time, or never. */
  costOfBest(): number {
    const upkeep = this.#written * this.engine.able.writeMs + (this.engine.profiles.get('p') ?? 0) * this.engine.able.buildMs * 2;
    return [...this.#scans].reduce((sum, [shape, ms]) => sum + Math.min(ms, (this.#served.get(shape) ?? 0) + upkeep), 0);
  }
}
