import type { EventQuery } from '@datakeep/contracts';
import { candidateOf, serves, type Candidate } from './candidates.ts';
import { servedMs as eachMs, servedRowMs } from './constants.ts';
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
export type Step = 'put' | 'create' | 'created' | 'hide' | 'hidden' | 'drop' | 'dropped';

/**
 * A simulated engine: queries cost what was measured, with an index or without. Its stored entries outlive the advisor,
 * as on a disk.
 */
export class SimulatedEngine extends SimulatedStore implements IndexEngine {
  readonly engine = 'simulated';
  readonly records = this;
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
  /** What replays have taken, beside the requests: each side runs twice. */
  provingMs = 0;
  mostIndexes = 0;
  readonly #candidates = new Map<string, Candidate | undefined>();

  capabilities(): Promise<IndexCapabilities> {
    return Promise.resolve(this.able);
  }

  list(): Promise<ExistingIndex[]> {
    const names = ['events_by_created', ...this.indexes.keys()];
    return Promise.resolve(names.map((name) => ({ name, bytes: 1000, hidden: this.hiddenIndexes.has(name) })));
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
    this.interfere('hide', name);
    if (hidden) this.hiddenIndexes.add(name);
    else this.hiddenIndexes.delete(name);
    this.interfere('hidden', name);
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
    this.provingMs += 2 * (withMs + this.scanMs(query));
    return Promise.resolve({ withMs, withoutMs: this.scanMs(query), equal: this.equal });
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

  interrupt(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }

  servingIndex(query: EventQuery): string | undefined {
    if (this.planner === 'stubborn') return undefined;
    const candidate = this.#candidateFor(query);
    if (!candidate) return undefined;
    for (const index of this.indexes.values()) {
      if (index.profile === query.profile && !this.hiddenIndexes.has(index.name) && serves(index, candidate))
        return index.name;
    }
    return undefined;
  }

  #candidateFor(query: EventQuery): Candidate | undefined {
    const shape = shapeOf(query, this.able);
    if (!this.#candidates.has(shape.key))
      this.#candidates.set(shape.key, candidateOf(shape, { distinct: () => 1, selectiveRange: false }));
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
