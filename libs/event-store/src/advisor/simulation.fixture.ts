import { setImmediate } from 'node:timers/promises';
import type { EventQuery, Filter, IndexMode } from '@datakeep/contracts';
import { createLogger } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { Advisor } from './advisor.ts';
import { candidateOf, serves, type Candidate } from './candidates.ts';
import { bucketMs, servedMs as eachMs, servedRowMs } from './constants.ts';
import type {
  AdviceEntry,
  ExistingIndex,
  IndexCapabilities,
  IndexDefinition,
  IndexEngine,
  PairedRun,
  QueryPlan,
  StorageSpace,
} from './index-engine.ts';
import { shapeOf } from './shape.ts';
import { SimulatedStore } from './simulated-store.fixture.ts';

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
export class SimulatedEngine extends SimulatedStore implements IndexEngine {
  readonly engine = 'simulated';
  readonly indexes = new Map<string, IndexDefinition>();
  readonly hiddenIndexes = new Set<string>();
  readonly profiles = new Map<string, number>();
  able: IndexCapabilities = capabilities;
  /** Called before, and after, what changes something. */
  interfere: (step: Step, what: string) => void = () => undefined;
  /** Whether the planner takes indexes. */
  planner: 'good' | 'stubborn' = 'good';
  /** Where it is set, the engine foresees plans. */
  foresee?: NonNullable<IndexEngine['foresee']>;
  /** Whether a replay finds the same answers. */
  equal = true;
  builds = 0;
  mostIndexes = 0;
  readonly #candidates = new Map<string, Candidate | undefined>();

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

  override async put(entries: readonly AdviceEntry[]): Promise<void> {
    for (const entry of entries) {
      this.interfere('put', `${entry.kind} ${entry.key}`);
      await super.put([entry]);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  servingIndex(query: EventQuery): string | undefined {
    if (this.planner === 'stubborn') return undefined;
    const candidate = this.#candidateFor(query);
    if (!candidate) return undefined;
    for (const index of this.indexes.values()) {
      if (index.profile === query.profile && !this.hiddenIndexes.has(index.name) && serves(index, candidate)) return index.name;
    }
    return undefined;
  }

  #candidateFor(query: EventQuery): Candidate | undefined {
    const shape = shapeOf(query, this.able);
    if (!this.#candidates.has(shape.key)) this.#candidates.set(shape.key, candidateOf(shape, { distinct: () => 1, selectiveRange: false }));
    return this.#candidates.get(shape.key);
  }

  scanMs(query: EventQuery): number {
    return (this.profiles.get(query.profile) ?? 0) * 0.0015;
  }

  servedMs(query: EventQuery): number {
    return eachMs + servedRowMs * rowsOf(query);
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
  /** What was asked and written in each stretch, to tell what other sets of indexes would have made of it. */
  readonly #past: { readonly at: number; readonly shapes: ReadonlyMap<number, Asked>; readonly writtenEvents: number }[] = [];
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
    const rows = engine.profiles.get('p') ?? 0;
    const shapes = new Map<number, Asked>();
    for (const [name, count] of Object.entries(calls)) {
      const shape = Number(name);
      const asked = { scanMs: 0, servedMs: 0 };
      const isServed = count > 0 && engine.servingIndex(queryOf(shape, 0)) !== undefined;
      for (let call = 0; call < count; call += 1) {
        const query = queryOf(shape, (this.#calls += 1));
        const [scanMs, servedMs] = [engine.scanMs(query), engine.servedMs(query)];
        const ms = (isServed ? servedMs : scanMs) * (0.95 + 0.01 * (this.#calls % 10));
        advisor.queried(query, { ms, rowsReturned: 10, rowsExamined: isServed ? 10 : rows, rowsTouched: 10, complete: false });
        this.costMs += ms;
        asked.scanMs += scanMs;
        asked.servedMs += servedMs;
      }
      shapes.set(shape, asked);
    }
    this.#past.push({ at: this.clock.now(), shapes, writtenEvents });
    if (writtenEvents > 0) {
      for (let part = 0; part < 10; part += 1) advisor.wrote('p', writtenEvents / 10, this.appendMs);
      this.costMs += writtenEvents * engine.able.writeMs * engine.indexes.size;
    }
    const before = engine.builds;
    await this.clock.advance(bucketMs);
    // Nothing here waits for anything but promises: the look around is over when they are done.
    await setImmediate();
    // Writers wait while it builds.
    this.costMs += (engine.builds - before) * this.#buildMs;
  }

  async passAll(stretches: number, stretch: (at: number) => Stretch): Promise<void> {
    for (let at = 0; at < stretches; at += 1) await this.pass(stretch(at));
  }

  /** What it would have cost without any index. */
  costOfNone(): number {
    return [...this.#costs().values()].reduce((sum, { none }) => sum + none, 0);
  }

  /** With an index for every shape from the start on. */
  costOfAll(): number {
    return [...this.#costs().values()].reduce((sum, { indexed }) => sum + indexed, 0);
  }

  /**
   * With the best set of indexes that stays, known from the start: `most` of them at the most, each built `paceMs` after the one before, the one that saves most first. That is the least that
   * any policy can cost which never drops an index.
   */
  costOfBest({ most = Number.POSITIVE_INFINITY, paceMs = 0 } = {}): number {
    const saving = ({ none, indexed }: Cost): number => none - indexed;
    const shapes = [...this.#costs()].toSorted(([, a], [, b]) => saving(b) - saving(a));
    const start = this.#past[0]?.at ?? 0;
    let sum = 0;
    for (const [at, [shape, { none }]] of shapes.entries()) {
      sum += at < most ? Math.min(none, this.#costs(start + at * paceMs).get(shape)?.indexed ?? none) : none;
    }
    return sum;
  }

  /** Of each shape, without its index and with it, where it was there from `from` on. */
  #costs(from = Number.NEGATIVE_INFINITY): Map<number, Cost> {
    const costs = new Map<number, Cost>();
    let upkeepMs = this.#buildMs;
    for (const { at, shapes, writtenEvents } of this.#past) {
      if (at >= from) upkeepMs += writtenEvents * this.engine.able.writeMs;
      for (const [shape, { scanMs, servedMs }] of shapes) {
        const { none, indexed } = costs.get(shape) ?? { none: 0, indexed: 0 };
        costs.set(shape, { none: none + scanMs, indexed: indexed + (at >= from ? servedMs : scanMs) });
      }
    }
    return new Map([...costs].map(([shape, { none, indexed }]) => [shape, { none, indexed: indexed + upkeepMs }]));
  }

  get #buildMs(): number {
    return (this.engine.profiles.get('p') ?? 0) * this.engine.able.buildMs * 2;
  }
}

/** What the calls of one shape in one stretch cost without an index, and with theirs. */
interface Asked {
  scanMs: number;
  servedMs: number;
}

interface Cost {
  readonly none: number;
  readonly indexed: number;
}
