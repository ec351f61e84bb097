import { setImmediate } from 'node:timers/promises';
import type { EventQuery, Filter, IndexMode } from '@datakeep/contracts';
import { createLogger } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { Advisor } from './advisor.ts';
import { bucketMs } from './constants.ts';
import { SimulatedEngine } from './simulated-engine.fixture.ts';

/** A query of the shape with this number; each shape has a different field. */
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

export const ticksOf = (ms: number): number => ms / bucketMs;

/** Shapes from `first` on, each so often in five minutes. */
export const shapes = (first: number, count: number, calls: number): Record<number, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [first + n, calls]));

/** What happens in five minutes. */
export interface Stretch {
  /** Calls of each shape, by its number. */
  readonly calls: Readonly<Record<number, number>>;
  readonly writtenEvents: number;
}

/** An advisor over the simulated engine, on a simulated clock, and the cost of all of it. */
export class Simulation {
  clock = new ManualClock();
  readonly engine: SimulatedEngine;
  advisor!: Advisor;
  costMs = 0;
  /** The queries and writes of each stretch, from which the cost of other sets of indexes is computed. */
  readonly #past: { readonly shapes: ReadonlyMap<number, Asked>; readonly writtenEvents: number }[] = [];
  #calls = 0;
  #mode: IndexMode;
  appendMs = 1;

  private constructor(engine: SimulatedEngine, mode: IndexMode) {
    this.engine = engine;
    this.#mode = mode;
  }

  static async start({
    engine = new SimulatedEngine(),
    mode = 'auto' as IndexMode,
    rows = 50_000,
  } = {}): Promise<Simulation> {
    engine.profiles.set('p', rows);
    const simulation = new Simulation(engine, mode);
    await simulation.restart();
    return simulation;
  }

  /** As after a crash: only what the engine holds is left. */
  async restart(): Promise<void> {
    // Nothing fires any more on the clock of the one before.
    this.clock = new ManualClock(this.clock.now());
    this.advisor = this.another('local');
    await this.advisor.start();
  }

  /** The advisor of another process on the same engine, which has not started. */
  another(holder = 'another'): Advisor {
    const { engine, clock } = this;
    let seed = 1;
    const random = (): number => ((seed = (seed * 16_807) % 2_147_483_647) - 1) / 2_147_483_646;
    return new Advisor({ engine, clock, logger: createLogger('silent'), defaultMode: this.#mode, holder, random });
  }

  async pass({ calls, writtenEvents }: Stretch): Promise<void> {
    const { engine, advisor } = this;
    const rows = engine.profiles.get('p') ?? 0;
    const past = new Map<number, Asked>();
    for (const [name, count] of Object.entries(calls)) {
      const shape = Number(name);
      const asked = { scanMs: 0, servedMs: 0 };
      const isServed = count > 0 && engine.servingIndex(queryOf(shape, 0)) !== undefined;
      for (let call = 0; call < count; call += 1) {
        const query = queryOf(shape, (this.#calls += 1));
        const [scanMs, servedMs] = [engine.scanMs(query), engine.servedMs(query)];
        const ms = (isServed ? servedMs : scanMs) * (0.95 + 0.01 * (this.#calls % 10));
        advisor.queried(query, {
          ms,
          rowsReturned: 10,
          rowsExamined: isServed ? 10 : rows,
          rowsTouched: 10,
          complete: false,
        });
        this.costMs += ms;
        asked.scanMs += scanMs;
        asked.servedMs += servedMs;
      }
      past.set(shape, asked);
    }
    this.#past.push({ shapes: past, writtenEvents });
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

  /** With the best set of indexes that stays, known and built at the start: `most` of them at the most. */
  costOfBest({ most = Number.POSITIVE_INFINITY } = {}): number {
    const saving = ({ none, indexed }: Cost): number => none - indexed;
    const costs = [...this.#costs().values()].toSorted((a, b) => saving(b) - saving(a));
    return costs.reduce((sum, { none, indexed }, at) => sum + (at < most ? Math.min(none, indexed) : none), 0);
  }

  /** Of each shape, without its index and with it. */
  #costs(): Map<number, Cost> {
    const costs = new Map<number, Cost>();
    let upkeepMs = this.#buildMs;
    for (const { shapes: asked, writtenEvents } of this.#past) {
      upkeepMs += writtenEvents * this.engine.able.writeMs;
      for (const [shape, { scanMs, servedMs }] of asked) {
        const { none, indexed } = costs.get(shape) ?? { none: 0, indexed: 0 };
        costs.set(shape, { none: none + scanMs, indexed: indexed + servedMs });
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
