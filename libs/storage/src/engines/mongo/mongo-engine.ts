import {
  type Aggregation,
  type AppendResult,
  type ChangePage,
  type ChangesQuery,
  type EventQuery,
  type NewEvent,
  type RestoredEvent,
  type SourceUsage,
  type StorageFigures,
  type StoredEvent,
} from '@datakeep/contracts';
import { DatakeepError, PolledValue, SystemClock, isId, type Clock, type Logger } from '@datakeep/kernel';
import {
  type MongoConnectionOptions,
  type MongoSource,
  Operations,
  sourceOf,
  isTimeLimit,
  toMongoStorageError,
} from '@datakeep/mongo';
import mongoose, { type mongo } from 'mongoose';
import type { IndexingOptions } from '../../advised-storage.ts';
import type { MeasuredGroups, MeasuredPage, StorageEngine } from '../../storage-engine.ts';
import { MongoIndexEngine } from './advice/mongo-index-engine.ts';
import { placeFrom, placeText } from '../change-place.ts';
import { ChangeFeedReader } from './changes/change-feed.ts';
import { ChangeLog } from './changes/change-log.ts';
import { answered, EventRecord, eventSchema, storedEvent } from './event-record.ts';
import { AggregationRun } from './query/aggregation-run.ts';
import { storedEvents } from './query/stored-events.ts';
import { EventQueryRun, type QueryRun } from './query/event-query.ts';
import { EventWriter, removedTogether } from './write/event-writer.ts';
import { SourceTotals } from './write/source-totals.ts';
import { payloadUnits, type WaitingLimits } from '../waiting-room.ts';
import { WriteQueue } from './write/write-queue.ts';

export interface MongoStorageOptions {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly limits?: WaitingLimits;
  /** Its mode is `suggest` by default: servers of this protocol plan differently, and are shared. */
  readonly indexing?: IndexingOptions;
}

/** Default budget of a read, ms. */
const shortReadMs = 5000;

/**
 * The engine on MongoDB. A write is a transaction (write/), queries, sorts and groups are the server's (query/),
 * and reads that take several exchanges with the server are of one moment.
 */
export class MongoEngine implements StorageEngine {
  readonly indexEngine: MongoIndexEngine;
  readonly #source: MongoSource;
  readonly #database: mongo.Db;
  readonly #version: string;
  readonly #events: mongo.Collection<EventRecord>;
  readonly #log: ChangeLog;
  readonly #feed: ChangeFeedReader;
  readonly #polled: PolledValue;
  readonly #writer: EventWriter;
  readonly #queue: WriteQueue;
  readonly #totals: SourceTotals;
  readonly #work = new Operations();

  private constructor(
    source: MongoSource,
    version: string,
    { limits = {}, logger, clock = new SystemClock() }: MongoStorageOptions,
  ) {
    const { connection } = source;
    this.#source = source;
    this.#database = connection.db as mongo.Db;
    this.#version = version;
    this.#events = connection.model(EventRecord.name, eventSchema)
      .collection as unknown as mongo.Collection<EventRecord>;
    this.#log = new ChangeLog(this.#database, clock, logger);
    this.#feed = new ChangeFeedReader(this.#database, this.#events);
    this.#polled = new PolledValue(() => this.lastChange(), clock);
    this.#totals = new SourceTotals(this.#database);
    this.#writer = new EventWriter(connection.getClient(), this.#events, this.#log, this.#totals);
    this.#queue = new WriteQueue((lists) => this.#writer.appendLists(lists), limits);
    const within = this.#within.bind(this);
    this.indexEngine = new MongoIndexEngine({ database: this.#database, events: this.#events, within });
  }

  /**
   * Rejects with `storage-unreachable` where the server cannot be reached or has no transactions; the message names
   * MONGODB_URI.
   */
  static async open(from: MongoConnectionOptions | MongoSource, options: MongoStorageOptions): Promise<MongoEngine> {
    const source = await sourceOf(from);
    const { connection } = source;
    try {
      const { version } = await (connection.db as mongo.Db).command({ buildInfo: 1 });
      const engine = new MongoEngine(source, String(version), options);
      await connection.model(EventRecord.name).createIndexes();
      await engine.#log.open();
      return engine;
    } catch (error) {
      await source.close?.();
      throw toMongoStorageError(error, 'write');
    }
  }

  get isCrowded(): boolean {
    return this.#queue.room.isCrowded;
  }

  append(events: readonly NewEvent[]): Promise<AppendResult[]> {
    return this.#stored(events, () => this.#queue.append(events));
  }

  restore(events: readonly RestoredEvent[]): Promise<AppendResult[]> {
    const restore = (): Promise<AppendResult[]> => this.#writer.restore(events);
    return this.#stored(events, () => this.#queue.run(restore, payloadUnits(events), events.length));
  }

  async query(query: EventQuery): Promise<MeasuredPage> {
    const start = performance.now();
    const page = await this.#within(query.timeoutMs, (run) => new EventQueryRun(query, run).page());
    const ms = performance.now() - start;
    const measured = { page, ms, rowsExamined: Math.max(page.length, this.indexEngine.examinedIn(ms)) };
    return query.explain ? { ...measured, plan: await this.indexEngine.explain(query) } : measured;
  }

  async aggregate(aggregation: Aggregation): Promise<MeasuredGroups> {
    const start = performance.now();
    const { groups, folded } = await this.#within(aggregation.timeoutMs, async (run) => {
      const aggregating = new AggregationRun(aggregation, run);
      return { groups: await aggregating.groups(), folded: aggregating.folded };
    });
    const ms = performance.now() - start;
    return { groups, ms, rowsExamined: Math.max(folded, this.indexEngine.examinedIn(ms)), rowsFolded: folded };
  }

  get(id: string): Promise<StoredEvent | undefined> {
    return this.#work.run('read', async () => {
      if (!isId(id)) return undefined;
      const _id = mongoose.Types.ObjectId.createFromHexString(id);
      const record = await this.#events.findOne({ _id }, { projection: answered, maxTimeMS: shortReadMs });
      return record ? storedEvent(record) : undefined;
    });
  }

  stored(after?: string): Promise<readonly RestoredEvent[]> {
    return this.#work.run('read', () => storedEvents(this.#events, after, this.#source.session));
  }

  outdate(place: string): Promise<void> {
    return this.#work.run('write', () => this.#log.outdate(placeFrom(place).sequence));
  }

  async replace(id: string, payload: string, ifVersion?: number, modifiedBy?: string): Promise<StoredEvent> {
    const replace = () => this.#writer.replace(id, payload, ifVersion, modifiedBy);
    return storedEvent(await this.#write(id, replace, payload.length));
  }

  remove(id: string, ifVersion?: number): Promise<void> {
    return this.#write(id, () => this.#writer.remove(id, ifVersion));
  }

  /** In steps; what another process adds meanwhile goes or stays. */
  removeBySource(source: string): Promise<number> {
    return this.#work.run('write', async () => {
      for (let removed = 0; ;) {
        const step = await this.#queue.run(() => this.#writer.removeSome(source));
        this.#polled.wake();
        removed += step;
        if (step < removedTogether) return removed;
      }
    });
  }

  changes(query: ChangesQuery): Promise<ChangePage> {
    return this.#work.run('read', () => this.#ofOneMoment((session) => this.#feed.page(query, session)));
  }

  lastChange(): Promise<string> {
    return this.#work.run('read', async () => placeText({ sequence: await this.#feed.last(), began: 0 }));
  }

  watchChanges(wake: () => void): () => void {
    return this.#polled.watch(wake);
  }

  usageOf(source: string): Promise<SourceUsage> {
    return this.#work.run('read', () => this.#totals.of(source, shortReadMs));
  }

  figures(): Promise<StorageFigures> {
    return this.#work.run('read', async () => {
      const [events, sizes] = await Promise.all([
        this.#events.estimatedDocumentCount({ maxTimeMS: shortReadMs }),
        this.#database.command({ dbStats: 1 }),
      ]);
      const bytes = Number(sizes['totalSize'] ?? sizes['storageSize'] ?? 0);
      return {
        engine: 'mongodb',
        engineVersion: this.#version,
        events,
        bytes,
        waitingBytes: this.#queue.room.bytes,
      };
    });
  }

  ping(): Promise<void> {
    return this.#work.ping(this.#database);
  }

  close(): Promise<void> {
    return this.#work.close(() => {
      this.#polled.stop();
      return this.#source.close?.();
    }, [this.#log.close()]);
  }

  async #stored(events: readonly NewEvent[], write: () => Promise<AppendResult[]>): Promise<AppendResult[]> {
    return this.#work.run('write', async () => {
      if (events.length === 0) return [];
      const results = await write();
      this.#polled.wake();
      return results;
    });
  }

  #write<R>(id: string, write: () => Promise<R>, bytes?: number): Promise<R> {
    return this.#work.run('write', async () => {
      if (!isId(id)) throw new DatakeepError('not-found');
      const result = await this.#queue.run(write, bytes);
      this.#polled.wake();
      return result;
    });
  }

  /** A read over many events, with its time. */
  #within<R>(timeoutMs: number, read: (run: QueryRun) => Promise<R>): Promise<R> {
    return this.#work.run('read', async () => {
      const budgetMs = Math.max(1, timeoutMs);
      const signal = AbortSignal.timeout(Math.ceil(budgetMs));
      const end = performance.now() + budgetMs;
      const left = (): number => {
        const ms = Math.ceil(end - performance.now());
        if (ms <= 0) throw queryTimeout();
        return ms;
      };
      try {
        return await this.#ofOneMoment((session) => read({ events: this.#events, session, left, signal }));
      } catch (error) {
        const isLate = isTimeLimit(error) || (signal.aborted && !(error instanceof DatakeepError));
        throw isLate ? queryTimeout() : error;
      }
    });
  }

  #ofOneMoment<R>(read: (session: mongo.ClientSession) => Promise<R>): Promise<R> {
    return this.#source.connection.getClient().withSession({ snapshot: true }, read);
  }
}

const queryTimeout = (): DatakeepError => new DatakeepError('query-timeout', undefined, { retryAfterSeconds: 5 });
