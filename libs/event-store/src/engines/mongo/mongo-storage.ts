import {
  type Aggregation,
  type AppendResult,
  type ChangePage,
  type ChangesQuery,
  type DataStorage,
  type EventPage,
  type EventQuery,
  type Groups,
  type NewEvent,
  type RestoredEvent,
  type StorageFigures,
  type StoredEvent,
  type IndexAct,
  type IndexAnswer,
  type IndexPolicy,
  type IndexReport,
} from '@datakeep/contracts';
import {
  connectMongo,
  DatakeepError,
  finishWork,
  PolledValue,
  SystemClock,
  isId,
  probeMongo,
  toMongoStorageError,
  UpdateGuard,
  writeTimeoutMs,
  type Clock,
  type Logger,
  type MongoCapabilities,
  type MongoConnectionOptions,
} from '@datakeep/kernel';
import mongoose, { type Connection, type mongo } from 'mongoose';
import { MongoAdvice, type MongoIndexing } from './advice/mongo-advice.ts';
import { placeText } from '../change-place.ts';
import { ChangeFeedReader } from './changes/change-feed.ts';
import { ChangeLog } from './changes/change-log.ts';
import { goneFields, type GoneEvent } from './changes/change-record.ts';
import { answered, EventRecord, eventSchema, storedEvent, type AnsweredRecord } from './event-record.ts';
import { AggregationRun } from './query/aggregation-run.ts';
import { EventQueryRun, type QueryRun } from './query/event-query.ts';
import { shadowOf } from './shadow.ts';
import { AppendQueue, type WaitingLimits } from './write/append-queue.ts';
import { Batches, type BatchLimits } from './write/batches.ts';
import { EventAppender } from './write/event-appender.ts';
import { EventRestorer } from './write/event-restorer.ts';

export interface MongoStorageOptions extends MongoConnectionOptions {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly limits?: Partial<WaitingLimits & BatchLimits>;
  readonly indexing?: MongoIndexing;
}

const removedTogether = 1000;
/** Budget of the reads that have none of their own. */
const shortReadMs = 5000;

/**
 * The Data Storage on a server that speaks MongoDB's protocol. Single events are one insert, lists go by the protocol of write/batches.ts, and
 * queries by query/event-query.ts. No query lasts longer than `limits.longestQueryMs` (10 s), whatever its own budget says.
 */
export class MongoStorage implements DataStorage {
  readonly capabilities: MongoCapabilities;
  readonly #connection: Connection;
  readonly #database: mongo.Db;
  readonly #events: mongo.Collection<EventRecord>;
  readonly #guard: UpdateGuard;
  readonly #batches: Batches;
  readonly #log: ChangeLog;
  readonly #feed: ChangeFeedReader;
  readonly #polled: PolledValue;
  readonly #queue: AppendQueue;
  readonly #restorer: EventRestorer;
  readonly #longestQueryMs: number;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #advice: MongoAdvice;
  #closed: Promise<void> | undefined;

  private constructor(
    connection: Connection,
    database: mongo.Db,
    capabilities: MongoCapabilities,
    { limits = {}, logger, clock = new SystemClock(), indexing = {} }: MongoStorageOptions,
  ) {
    this.#connection = connection;
    this.#database = database;
    this.capabilities = capabilities;
    this.#events = connection.model(EventRecord.name, eventSchema)
      .collection as unknown as mongo.Collection<EventRecord>;
    this.#guard = new UpdateGuard(database.collection('event_locks'), capabilities.atomicUpdates);
    this.#longestQueryMs = limits.longestQueryMs ?? 10_000;
    const batchLimits = {
      longestQueryMs: this.#longestQueryMs,
      abandonedMs: limits.abandonedMs ?? 30_000,
      sweepMs: limits.sweepMs ?? 5000,
    };
    this.#log = new ChangeLog(database, this.#events, clock, logger);
    this.#batches = new Batches(database, this.#events, this.#guard, batchLimits, this.#log, logger);
    this.#feed = new ChangeFeedReader(database, this.#log, this.#events, this.#batches);
    this.#polled = new PolledValue(() => this.lastChange(), clock);
    this.#log.onTold = () => this.#polled.wake();
    this.#restorer = new EventRestorer(this.#events, this.#batches, this.#log);
    this.#queue = new AppendQueue(new EventAppender(this.#events, this.#batches, this.#log), {
      waitingBytes: limits.waitingBytes ?? 32 * 1024 * 1024,
      waitingEvents: limits.waitingEvents ?? 20_000,
    });
    const indexed = {
      database,
      events: this.#events,
      server: capabilities,
      guard: this.#guard,
      within: this.#within.bind(this),
    };
    this.#advice = new MongoAdvice(indexed, clock, logger, () => this.#queue.waitingBytes === 0, indexing);
  }

  /** Rejects with `storage-unreachable` where the server cannot be reached or lacks what the law needs; the message names MONGODB_URI. */
  static async open(options: MongoStorageOptions): Promise<MongoStorage> {
    const connection = await connectMongo(options);
    try {
      const database = connection.db;
      if (!database) throw new DatakeepError('storage-unreachable');
      const storage = new MongoStorage(
        connection,
        database,
        await probeMongo(database, connection.getClient()),
        options,
      );
      await connection.model(EventRecord.name).createIndexes();
      await storage.#log.open();
      storage.#batches.start();
      return storage;
    } catch (error) {
      await connection.close();
      throw toMongoStorageError(error, 'write');
    }
  }

  append(events: readonly NewEvent[]): Promise<AppendResult[]> {
    return this.#do('write', async () => this.#counted(events, () => this.#queue.append(events)));
  }

  restore(events: readonly RestoredEvent[]): Promise<AppendResult[]> {
    return this.#do('write', async () => this.#counted(events, () => this.#restorer.restore(events)));
  }

  async query(query: EventQuery): Promise<EventPage> {
    const start = performance.now();
    let lookupMs = 0;
    const page = await this.#within(query.timeoutMs, (run) => {
      lookupMs = performance.now() - start;
      return new EventQueryRun(query, run).page();
    });
    const ms = performance.now() - start;
    // The page is one exchange with the server as well, as the look at the batches was.
    this.#advice.queried(query, page, ms, 2 * lookupMs);
    return query.explain ? this.#advice.explain(query, page, ms) : page;
  }

  async aggregate(aggregation: Aggregation): Promise<Groups> {
    const start = performance.now();
    let lookupMs = 0;
    const { groups, folded } = await this.#within(aggregation.timeoutMs, async (run) => {
      lookupMs = performance.now() - start;
      const aggregating = new AggregationRun(aggregation, run);
      return { groups: await aggregating.groups(), folded: aggregating.folded };
    });
    this.#advice.aggregated(aggregation, folded, performance.now() - start, 2 * lookupMs);
    return groups;
  }

  indexes(): Promise<IndexAnswer> {
    return this.#advice.advisor.indexes();
  }

  decide(id: string, act: IndexAct): Promise<IndexReport> {
    return this.#advice.advisor.decide(id, act);
  }

  setIndexPolicy(policy: Partial<IndexPolicy>): Promise<IndexPolicy> {
    return this.#advice.advisor.setIndexPolicy(policy);
  }

  get(id: string): Promise<StoredEvent | undefined> {
    return this.#do('read', async () => {
      const record = await this.#visible(id);
      return record && storedEvent(record);
    });
  }

  replace(id: string, payload: string, ifVersion?: number, modifiedBy?: string): Promise<StoredEvent> {
    return this.#do('write', async () => {
      let intent: string | undefined;
      try {
        for (;;) {
          const { _id, version, profile } = await this.#expect(id, ifVersion);
          const shadow = shadowOf(payload);
          if (shadow === undefined) await this.#batches.markUnshadowed([{ unshadowed: profile }]);
          intent ??= await this.#log.intend({ change: 'modified', ids: [_id] });
          const set = {
            text: payload,
            payload: shadow ?? {},
            ...(shadow ? {} : { unshadowed: profile }),
            ...(modifiedBy === undefined ? {} : { modifiedBy }),
          };
          const unset = ['unshadowed', 'modifiedBy'].filter((name) => !Object.hasOwn(set, name));
          const change = {
            $set: set,
            $unset: Object.fromEntries(unset.map((name) => [name, ''])),
            $inc: { version: 1 },
          } as mongo.UpdateFilter<EventRecord>;
          const replaced = await this.#guard.guarded('events', () =>
            this.#events.findOneAndUpdate({ _id, version }, change, {
              returnDocument: 'after',
              maxTimeMS: writeTimeoutMs,
            }),
          );
          if (!replaced) continue;
          this.#log.tell({ change: 'modified', ids: [_id] }, intent);
          return storedEvent(replaced);
        }
      } catch (error) {
        this.#unchanged(error, intent);
        throw error;
      }
    });
  }

  remove(id: string, ifVersion?: number): Promise<void> {
    return this.#do('write', async () => {
      let intent: string | undefined;
      try {
        for (;;) {
          const { text: _text, batch: _batch, identifier: _identifier, ...event } = await this.#expect(id, ifVersion);
          const change = { change: 'deleted', gone: [event] } as const;
          intent = await this.#log.intend(change);
          const { _id, version } = event;
          const { deletedCount } = await this.#guard.guarded('events', () => this.#events.deleteOne({ _id, version }));
          if (deletedCount === 1) return this.#log.tell(change, intent);
          this.#log.cancel(intent);
        }
      } catch (error) {
        this.#unchanged(error, intent);
        throw error;
      }
    });
  }

  /** What another process adds meanwhile stays; its batches that are not committed yet too. */
  removeBySource(source: string): Promise<number> {
    return this.#do('write', async () => {
      const committed = await this.#batches.committed(shortReadMs);
      let removed = 0;
      let step: GoneEvent[] = [];
      const flush = async (): Promise<void> => {
        const change = { change: 'deleted', gone: step } as const;
        step = [];
        if (change.gone.length === 0) return;
        const intent = await this.#log.intend(change);
        const ids = change.gone.map((event) => event._id);
        removed += (await this.#events.deleteMany({ _id: { $in: ids } })).deletedCount;
        this.#log.tell(change, intent);
      };
      const projection = { ...goneFields, batch: 1 } as const;
      for await (const { batch, ...event } of this.#events
        .find({ source }, { projection })
        .batchSize(removedTogether)) {
        if (batch !== undefined && !committed.has(batch)) continue;
        step.push(event);
        if (step.length === removedTogether) await flush();
      }
      await flush();
      return removed;
    });
  }

  changes(query: ChangesQuery): Promise<ChangePage> {
    return this.#do('read', () => this.#feed.page(query));
  }

  lastChange(): Promise<string> {
    return this.#do('read', async () => placeText({ sequence: await this.#feed.last(), began: 0 }));
  }

  watchChanges(wake: () => void): () => void {
    return this.#polled.watch(wake);
  }

  figures(): Promise<StorageFigures> {
    return this.#do('read', async () => {
      const committed = await this.#batches.committed(shortReadMs);
      const [all, young, sizes] = await Promise.all([
        this.#events.estimatedDocumentCount({ maxTimeMS: shortReadMs }),
        this.#events.countDocuments({ batch: { $exists: true, $nin: [...committed] } }, { maxTimeMS: shortReadMs }),
        this.#database.command({ dbStats: 1 }),
      ]);
      const bytes = Number(sizes['totalSize'] ?? sizes['storageSize'] ?? 0);
      return {
        engine: 'mongodb',
        engineVersion: this.capabilities.version,
        events: all - young,
        bytes,
        waitingBytes: this.#queue.waitingBytes,
      };
    });
  }

  ping(): Promise<void> {
    return this.#do('read', async () => void (await this.#database.command({ ping: 1 }, { timeoutMS: shortReadMs })));
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#advice.close();
      // Nothing new comes, so what is under way gets fewer only.
      await finishWork([...this.#underWay, this.#batches.stop()], () => this.#guard.end());
      this.#polled.stop();
      await finishWork([this.#log.settled()], () => undefined);
      await this.#connection.close();
    })();
    return this.#closed;
  }

  async #counted<E extends NewEvent>(
    events: readonly E[],
    write: () => Promise<AppendResult[]>,
  ): Promise<AppendResult[]> {
    if (events.length === 0) return [];
    const start = performance.now();
    const results = await write();
    this.#advice.wrote(events, performance.now() - start);
    return results;
  }

  /** A read over many events, with its time and with the batches that were committed when it began. */
  #within<R>(timeoutMs: number, read: (run: QueryRun) => Promise<R>): Promise<R> {
    return this.#do('read', async () => {
      const budgetMs = Math.max(1, Math.min(timeoutMs, this.#longestQueryMs));
      const signal = AbortSignal.timeout(Math.ceil(budgetMs));
      const end = performance.now() + budgetMs;
      const left = (): number => {
        const ms = Math.ceil(end - performance.now());
        if (ms <= 0) throw queryTimeout();
        return ms;
      };
      try {
        const committed = await this.#batches.committed(left());
        return await read({ events: this.#events, capabilities: this.capabilities, committed, left, signal });
      } catch (error) {
        throw signal.aborted && !(error instanceof DatakeepError) ? queryTimeout() : error;
      }
    });
  }

  /** A refusal of our own changed nothing; of any other failure a sweep finds out what it did. */
  #unchanged(error: unknown, intent: string | undefined): void {
    if (intent !== undefined && error instanceof DatakeepError) this.#log.cancel(intent);
  }

  async #visible(id: string): Promise<AnsweredRecord | undefined> {
    if (!isId(id)) return undefined;
    const _id = mongoose.Types.ObjectId.createFromHexString(id);
    const find = (): Promise<AnsweredRecord | null> =>
      this.#events.findOne({ _id }, { projection: answered, maxTimeMS: shortReadMs });
    const record = await find();
    if (!record) return undefined;
    if (record.batch === undefined || (await this.#batches.state(record.batch)) === 'committed') return record;
    // A batch without a decision is open, or was settled since: then the mark is gone.
    const again = await find();
    return again && again.batch === undefined ? again : undefined;
  }

  async #expect(id: string, ifVersion: number | undefined): Promise<AnsweredRecord> {
    const record = await this.#visible(id);
    if (!record) throw new DatakeepError('not-found');
    if (ifVersion !== undefined && record.version !== ifVersion) throw new DatakeepError('version-mismatch');
    return record;
  }

  async #do<R>(kind: 'read' | 'write', action: () => Promise<R>): Promise<R> {
    if (this.#closed) throw new DatakeepError('not-ready');
    const running = action();
    this.#underWay.add(running);
    try {
      return await running;
    } catch (error) {
      throw toMongoStorageError(error, kind);
    } finally {
      this.#underWay.delete(running);
    }
  }
}

const queryTimeout = (): DatakeepError => new DatakeepError('query-timeout', undefined, { retryAfterSeconds: 5 });
