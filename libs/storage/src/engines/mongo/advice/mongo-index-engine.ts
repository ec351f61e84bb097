import type { EventQuery } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { toMongoStorageError } from '@datakeep/mongo';
import type { mongo } from 'mongoose';
import type {
  ExistingIndex,
  IndexCapabilities,
  IndexDefinition,
  IndexEngine,
  PairedRun,
  QueryPlan,
  StorageSpace,
} from '../../../advisor/index-engine.ts';
import { examinedMs } from '../../../advisor/constants.ts';
import type { EventRecord } from '../event-record.ts';
import { EventQueryRun, type QueryRun } from '../query/event-query.ts';
import { AdviceRecords } from './advice-records.ts';
import type { ExplainedPlan } from '../../../storage-engine.ts';
import { explainedPlan } from './explained-plan.ts';
import { automaticName, isAutomatic } from '../../../advisor/index-name.ts';
import { specificationOf } from './index-keys.ts';
import { replayed } from './replay.ts';
import { calibrateWriteMs, exchangeMs, explainsPlans, guessedWriteMs, hidesIndexes } from './server-probes.ts';

export interface MongoIndexOptions {
  readonly database: mongo.Db;
  readonly events: mongo.Collection<EventRecord>;
  /** A read with its time; rejects with `query-timeout` beyond it. */
  within<R>(timeoutMs: number, read: (run: QueryRun) => Promise<R>): Promise<R>;
}

/** The index that the schema declares (event-record.ts); read backwards its keys ascend. */
const declaredIndex = 'byProfile';
/** NamespaceNotFound and IndexNotFound. */
const notFound = new Set([26, 27]);
/** Budget of what looks at many events, and is asked for at most once per look of the advisor. */
const countMs = 30_000;
/**
 * A build outlasts the driver's socket timeout; when `createIndexes` is repeated, the server joins the build that is
 * under way.
 */
const buildAttempts = 40;
/**
 * The index advisor's side of the MongoDB engine. A server that does not explain its plans, as the stand-in of the
 * tests, has no hidden indexes either: there nothing is automatic.
 */
export class MongoIndexEngine implements IndexEngine {
  readonly engine = 'mongodb';
  readonly #options: MongoIndexOptions;
  readonly records: AdviceRecords;
  readonly #ending = new AbortController();
  #capabilities: Promise<IndexCapabilities> | undefined;
  #explains: Promise<boolean> | undefined;
  /** What one exchange with the server takes at least. */
  #exchangeMs = 0;

  constructor(options: MongoIndexOptions) {
    this.#options = options;
    this.records = new AdviceRecords(options.database);
  }

  capabilities(): Promise<IndexCapabilities> {
    this.#capabilities ??= this.#probe().catch((error: unknown) => {
      this.#capabilities = undefined;
      throw error;
    });
    return this.#capabilities;
  }

  async #probe(): Promise<IndexCapabilities> {
    const { database } = this.#options;
    await this.records.prepare();
    this.#exchangeMs = await this.#run('read', () => exchangeMs(database));
    const plans = await this.explains();
    return {
      replay: plans,
      hidden: plans && (await this.#run('write', () => hidesIndexes(database))),
      arrays: true,
      sortedIn: true,
      creationSortOnly: true,
      // Not considered where no plan reports that it is served.
      negation: plans,
      // MongoDB's builds do not block writes; a server that does not explain its plans is assumed to block them.
      buildBlocksWrites: !plans,
      // Times of a server that does not plan by indexes say nothing of them.
      writeMs: plans ? await this.#run('write', () => calibrateWriteMs(database)) : guessedWriteMs,
      buildMs: 0.001,
      perProfile: 16,
      // MongoDB stops at 64 in all, the declared ones among them.
      inAll: 48,
      shapeMs: 60_000,
    };
  }

  /** Whether the server's `explain` names the index that serves a query. */
  explains(): Promise<boolean> {
    this.#explains ??= this.#run('read', () => explainsPlans(this.#options.database)).catch((error: unknown) => {
      this.#explains = undefined;
      throw error;
    });
    return this.#explains;
  }

  /** An estimate of the events that a query examined which took `ms`: only `explain` reports them. */
  examinedIn(ms: number): number {
    return (ms - this.#exchangeMs) / examinedMs;
  }

  async list(): Promise<readonly ExistingIndex[]> {
    const { events } = this.#options;
    const [indexes, sizes] = await Promise.all([this.#run('read', () => events.indexes()), this.#sizes()]);
    return indexes.flatMap(({ name = '', hidden = false }) =>
      name === declaredIndex || isAutomatic(name) ? { name, bytes: sizes.get(name) ?? null, hidden } : [],
    );
  }

  async create(definition: IndexDefinition): Promise<number> {
    const { events } = this.#options;
    const { key, options } = specificationOf(definition);
    const start = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#unlessEnding(events.createIndex(key, options));
        return performance.now() - start;
      } catch (error) {
        const isSilent = error instanceof Error && error.name === 'MongoNetworkTimeoutError';
        if (!isSilent || attempt === buildAttempts) throw toMongoStorageError(error, 'write');
      }
    }
  }

  async drop(name: string): Promise<void> {
    const { events } = this.#options;
    automaticName(name);
    await this.#run('write', () =>
      events.dropIndex(name).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && notFound.has(Number(error.code)))) throw error;
      }),
    );
  }

  async hide(name: string, hidden: boolean): Promise<void> {
    const { database, events } = this.#options;
    automaticName(name);
    await this.#run('write', () => database.command({ collMod: events.collectionName, index: { name, hidden } }));
  }

  rows(profile: string): Promise<number> {
    return this.#run('read', () => this.#options.events.countDocuments({ profile }, { maxTimeMS: countMs }));
  }

  async space(): Promise<StorageSpace> {
    const { database } = this.#options;
    const sizes = await this.#sizes();
    const all = await this.#run('read', () => database.command({ dbStats: 1 }));
    const indexBytes = [...sizes].reduce((sum, [name, bytes]) => sum + (isAutomatic(name) ? bytes : 0), 0);
    const total = Number(all['fsTotalSize'] ?? 0);
    return {
      // The size of the events themselves where the server reports it, since their compressed size says little about an
      // index.
      dataBytes: Math.max(Number(all['dataSize'] ?? 0), Number(all['storageSize'] ?? 0)),
      indexBytes,
      disk: total > 0 ? { freeBytes: total - Number(all['fsUsedSize'] ?? 0), totalBytes: total } : null,
    };
  }

  async plan(query: EventQuery): Promise<QueryPlan> {
    if (!(await this.explains())) return { indexes: null, sorts: null, steps: [] };
    return this.#explain(query, 'queryPlanner');
  }

  /** How a query runs, and how many events it examines. */
  async explain(query: EventQuery): Promise<ExplainedPlan> {
    if (!(await this.explains())) {
      const steps = ['the server does not say which index serves a query'];
      return { indexes: null, sorts: null, steps, rowsExamined: null };
    }
    return this.#explain(query, 'executionStats');
  }

  async replay(query: EventQuery, _index: IndexDefinition, former: string | null): Promise<PairedRun> {
    const { events } = this.#options;
    if (!(await this.explains())) throw new Error('the server cannot run a query as if an index were not there');
    const names = (await this.#run('read', () => events.indexes())).map(({ name }) => name);
    const without = former !== null && names.includes(former) ? former : declaredIndex;
    return replayed(query, without, (hint) =>
      this.#within(query.timeoutMs, (run) =>
        new EventQueryRun(query, hint === undefined ? run : { ...run, hint }).page(),
      ),
    );
  }

  tend(): Promise<void> {
    return Promise.resolve();
  }

  /** A caller that waits for a build gets `not-ready`; the server continues, and the next pass sees the result. */
  interrupt(): void {
    this.#ending.abort();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #explain(query: EventQuery, verbosity: 'queryPlanner' | 'executionStats'): Promise<ExplainedPlan> {
    return this.#within(query.timeoutMs, async (run) =>
      explainedPlan(await new EventQueryRun(query, run).explain(verbosity)),
    );
  }

  /**
   * Bytes of each index. Not requested from servers that report no plans: those do not list sizes by name, or only
   * after a scan that stops writes.
   */
  async #sizes(): Promise<ReadonlyMap<string, number>> {
    const { database, events } = this.#options;
    if (!(await this.explains())) return new Map();
    const { indexSizes } = await this.#run('read', () => database.command({ collStats: events.collectionName }));
    return new Map(
      Object.entries((indexSizes ?? {}) as Record<string, unknown>).map(([name, bytes]) => [name, Number(bytes)]),
    );
  }

  #within<R>(timeoutMs: number, read: (run: QueryRun) => Promise<R>): Promise<R> {
    if (this.#ending.signal.aborted) return Promise.reject(new DatakeepError('not-ready'));
    return this.#options.within(timeoutMs, read);
  }

  async #run<R>(kind: 'read' | 'write', action: () => Promise<R>): Promise<R> {
    try {
      return await this.#unlessEnding(action());
    } catch (error) {
      throw toMongoStorageError(error, kind);
    }
  }

  async #unlessEnding<R>(step: Promise<R>): Promise<R> {
    const { signal } = this.#ending;
    const ended = Promise.withResolvers<never>();
    const end = (): void => ended.reject(new DatakeepError('not-ready'));
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    try {
      return await Promise.race([step, ended.promise]);
    } finally {
      signal.removeEventListener('abort', end);
    }
  }
}
