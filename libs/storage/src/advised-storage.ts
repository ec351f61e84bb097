import { monitorEventLoopDelay } from 'node:perf_hooks';
import type {
  Aggregation,
  AppendResult,
  ChangePage,
  ChangesQuery,
  DataStorage,
  EventPage,
  EventQuery,
  EventTransfer,
  Groups,
  IndexAct,
  IndexAnswer,
  IndexMode,
  IndexPolicy,
  IndexReport,
  NewEvent,
  RestoredEvent,
  SourceUsage,
  StorageFigures,
  StoredEvent,
} from '@datakeep/contracts';
import { DatakeepError, type Clock, type Logger, type Timer } from '@datakeep/kernel';
import { Advisor } from './advisor/advisor.ts';
import type { QueryFigures } from './advisor/buckets.ts';
import { examinedMs } from './advisor/constants.ts';
import { FasterClock } from './advisor/faster-clock.ts';
import type { StorageEngine } from './storage-engine.ts';

export interface IndexingOptions {
  /** Until the admin sets another. Default: that of the engine. */
  readonly mode?: IndexMode;
  /** How many times as fast the advisor's clock runs, for trials. Default 1. */
  readonly timeFactor?: number;
  /** Whether there is time for a build. Default: the event loop is on time, and for a minute no backlog waited. */
  readonly isCalm?: () => boolean;
  /** Default `Math.random`. */
  readonly random?: () => number;
}

export interface AdvisedStorageOptions extends IndexingOptions {
  readonly mode: IndexMode;
  readonly clock: Clock;
  readonly logger: Logger;
  /** As in `AdvisorOptions`. */
  readonly holder: string;
  /** The advisor has records, which may be unfinished: it begins at once, in every mode. */
  readonly hasRecords?: boolean;
}

/** A storage that lives for a moment only does not begin to count. */
const firstMs = 1000;
const backlogMs = 60_000;
/** The 99th part of the event loop's delays from which the keep is busy, ms. */
const busyMs = 50;
const delayResolutionMs = 20;

const isTimeout = (error: unknown): boolean => DatakeepError.from(error)?.code === 'query-timeout';

/** The figures of a read that used up its time: without them what needs an index most would never get one. */
const timedOut = ({ timeoutMs }: Pick<EventQuery, 'timeoutMs'>): QueryFigures => ({
  ms: timeoutMs,
  rowsReturned: 0,
  rowsExamined: timeoutMs / examinedMs,
  rowsTouched: 0,
  complete: false,
});

/** The Data Storage: an engine, and the index advisor that watches it. */
export class AdvisedStorage implements DataStorage, EventTransfer {
  readonly #engine: StorageEngine;
  readonly #advisor: Advisor;
  /** Of the measurements; that of the advisor may be faster. */
  readonly #clock: Clock;
  readonly #advisorClock: Clock;
  readonly #logger: Logger;
  /** Of the event loop, since the last question whether there is time. */
  readonly #delays = monitorEventLoopDelay({ resolution: delayResolutionMs });
  #crowdedAt = Number.NEGATIVE_INFINITY;
  readonly #timer: Timer | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    engine: StorageEngine,
    { mode, timeFactor = 1, isCalm, random, clock, logger, holder, hasRecords = false }: AdvisedStorageOptions,
  ) {
    this.#engine = engine;
    this.#clock = clock;
    this.#advisorClock = timeFactor === 1 ? clock : new FasterClock(clock, timeFactor);
    this.#logger = logger;
    this.#advisor = new Advisor({
      engine: engine.indexEngine,
      clock: this.#advisorClock,
      logger,
      defaultMode: mode,
      holder,
      isCalm: isCalm ?? (() => this.#isCalm()),
      random,
    });
    if (hasRecords) this.#begin();
    else if (mode !== 'off') this.#timer = this.#advisorClock.setTimer(firstMs, () => this.#begin());
  }

  append(events: readonly NewEvent[]): Promise<AppendResult[]> {
    return this.#written(events, () => this.#engine.append(events));
  }

  restore(events: readonly RestoredEvent[]): Promise<AppendResult[]> {
    return this.#written(events, () => this.#engine.restore(events));
  }

  async query(query: EventQuery): Promise<EventPage> {
    const { page, ms, rowsExamined, plan } = await this.#engine.query(query).catch((error: unknown) => {
      if (isTimeout(error)) this.#advisor.queried(query, timedOut(query));
      throw error;
    });
    this.#advisor.queried(query, {
      ms,
      rowsReturned: page.length,
      rowsExamined,
      rowsTouched: Math.max(page.length, page.count ?? 0),
      complete: page.next === null,
    });
    if (!plan) return page;
    const explain = {
      index: plan.indexes?.[0] ?? null,
      plan: plan.steps,
      milliseconds: Number(ms.toPrecision(4)),
      rowsReturned: page.length,
      rowsExamined: plan.rowsExamined,
      shape: this.#advisor.shapeText(query) ?? '',
    };
    return { ...page, explain };
  }

  async aggregate(aggregation: Aggregation): Promise<Groups> {
    const { groups, ms, rowsExamined, rowsFolded } = await this.#engine
      .aggregate(aggregation)
      .catch((error: unknown) => {
        if (isTimeout(error)) this.#advisor.aggregated(aggregation, timedOut(aggregation));
        throw error;
      });
    this.#advisor.aggregated(aggregation, {
      ms,
      rowsReturned: rowsFolded,
      rowsExamined,
      rowsTouched: rowsFolded,
      complete: true,
    });
    return groups;
  }

  indexes(): Promise<IndexAnswer> {
    return this.#advisor.indexes();
  }

  decide(id: string, act: IndexAct): Promise<IndexReport> {
    return this.#advisor.decide(id, act);
  }

  setIndexPolicy(policy: Partial<IndexPolicy>): Promise<IndexPolicy> {
    return this.#advisor.setIndexPolicy(policy);
  }

  get(id: string): Promise<StoredEvent | undefined> {
    return this.#engine.get(id);
  }

  stored(after?: string): Promise<readonly RestoredEvent[]> {
    return this.#engine.stored(after);
  }

  outdate(place: string): Promise<void> {
    return this.#engine.outdate(place);
  }

  replace(id: string, payload: string, ifVersion?: number, modifiedBy?: string): Promise<StoredEvent> {
    return this.#engine.replace(id, payload, ifVersion, modifiedBy);
  }

  remove(id: string, ifVersion?: number): Promise<void> {
    return this.#engine.remove(id, ifVersion);
  }

  removeBySource(source: string): Promise<number> {
    return this.#engine.removeBySource(source);
  }

  changes(query: ChangesQuery): Promise<ChangePage> {
    return this.#engine.changes(query);
  }

  lastChange(): Promise<string> {
    return this.#engine.lastChange();
  }

  watchChanges(wake: () => void): () => void {
    return this.#engine.watchChanges(wake);
  }

  usageOf(source: string): Promise<SourceUsage | undefined> {
    return this.#engine.usageOf(source);
  }

  figures(): Promise<StorageFigures> {
    return this.#engine.figures();
  }

  ping(): Promise<void> {
    return this.#engine.ping();
  }

  /** The advisor ends first: what it has of the engine must be free when that closes. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      this.#timer?.cancel();
      const { indexEngine } = this.#engine;
      indexEngine.interrupt();
      await this.#advisor.close();
      this.#delays.disable();
      await indexEngine.close();
      await this.#engine.close();
    })();
    return this.#closed;
  }

  async #written(events: readonly NewEvent[], write: () => Promise<AppendResult[]>): Promise<AppendResult[]> {
    if (this.#engine.isCrowded) this.#crowdedAt = this.#advisorClock.now();
    const start = this.#clock.monotonic();
    const results = await write();
    const ms = this.#clock.monotonic() - start;
    // Of each run of one profile in the list.
    let from = 0;
    for (let at = 1; at <= events.length; at += 1) {
      const { profile } = events[from]!;
      if (events[at]?.profile === profile) continue;
      this.#advisor.wrote(profile, at - from, ms);
      from = at;
    }
    return results;
  }

  #isCalm(): boolean {
    // In nanoseconds, and each is the time between two looks.
    const lateMs = this.#delays.count === 0 ? 0 : this.#delays.percentile(99) / 1e6 - delayResolutionMs;
    this.#delays.reset();
    return lateMs <= busyMs && this.#advisorClock.now() - this.#crowdedAt >= backlogMs;
  }

  #begin(): void {
    this.#delays.enable();
    void this.#advisor.start().catch((error: unknown) => {
      // A start that the end of the process cut short.
      if (DatakeepError.from(error)?.code === 'not-ready') return;
      const { engine } = this.#engine.indexEngine;
      this.#logger.error('the index advisor could not start', { engine }, error);
    });
  }
}
