import type { Aggregation, EventPage, EventQuery, IndexMode, NewEvent, QueryExplanation } from '@datakeep/contracts';
import { createLogger, type Clock, type Logger, type Timer } from '@datakeep/kernel';
import { Advisor } from '../../../advisor/advisor.ts';
import { FasterClock } from '../../../advisor/faster-clock.ts';
import { EventLoopProbe } from '../../../advisor/load.ts';
import { runsOfProfiles } from '../../../advisor/written.ts';
import type { MeasuredGroups, MeasuredPage } from '../reader/read-messages.ts';
import type { WriteQueue } from '../writer/write-queue.ts';
import { hasAdvice } from './advice-file.ts';
import type { BuilderSettings } from './index-builder.ts';
import { SqliteIndexEngine } from './sqlite-index-engine.ts';

export interface IndexingOptions {
  /** Until the admin sets another. Default `auto`. */
  readonly mode?: IndexMode;
  readonly logger?: Logger;
  /** How many times as fast the advisor's clock runs, for trials. Default 1. */
  readonly timeFactor?: number;
  /** Default: the event loop is on time, and no backlog waited in the last minute. */
  readonly isCalm?: () => boolean;
  /** Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * A new storage begins to count after this long, unless its mode is `off`; one that has records at once, since they may
 * be unfinished.
 */
const firstMs = 1000;
const backlogMs = 60_000;

/** The index advisor of one SQLite storage: its input, its start and its end. */
export class StorageAdvice {
  readonly advisor: Advisor;
  readonly #engine: SqliteIndexEngine;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #probe = new EventLoopProbe();
  #crowdedAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(
    settings: BuilderSettings,
    writes: WriteQueue,
    systemClock: Clock,
    { mode = 'auto', logger = createLogger('silent'), timeFactor = 1, isCalm, random }: IndexingOptions,
  ) {
    const clock = timeFactor === 1 ? systemClock : new FasterClock(systemClock, timeFactor);
    this.#engine = new SqliteIndexEngine(settings, writes);
    this.#clock = clock;
    this.#logger = logger;
    this.advisor = new Advisor({
      engine: this.#engine,
      clock,
      logger,
      defaultMode: mode,
      holder: 'local',
      isCalm: isCalm ?? (() => this.#probe.isOnTime() && clock.now() - this.#crowdedAt >= backlogMs),
      ...(random ? { random } : {}),
    });
    if (hasAdvice(settings.directory)) this.#begin();
    else if (mode !== 'off') this.#timer = clock.setTimer(firstMs, () => this.#begin());
  }

  queried(query: EventQuery, { page, ms, rowsExamined }: MeasuredPage): void {
    this.advisor.queried(query, {
      ms,
      rowsReturned: page.length,
      rowsExamined,
      rowsTouched: Math.max(page.length, page.count ?? 0),
      complete: page.next === null,
    });
  }

  aggregated(aggregation: Aggregation, { ms, rowsExamined, rowsFolded }: MeasuredGroups): void {
    this.advisor.aggregated(aggregation, {
      ms,
      rowsReturned: rowsFolded,
      rowsExamined,
      rowsTouched: rowsFolded,
      complete: true,
    });
  }

  explain(query: EventQuery, { page, ms, rowsExamined, plan }: MeasuredPage): EventPage {
    if (!plan) return page;
    const explain: QueryExplanation = {
      index: plan.indexes?.[0] ?? null,
      plan: plan.steps,
      milliseconds: Number(ms.toPrecision(4)),
      rowsReturned: page.length,
      rowsExamined,
      shape: this.advisor.shapeText(query) ?? '',
    };
    return { ...page, explain };
  }

  wrote(events: readonly NewEvent[], ms: number): void {
    for (const [profile, count] of runsOfProfiles(events)) this.advisor.wrote(profile, count, ms);
  }

  /** A write found a backlog in front of it. */
  crowded(): void {
    this.#crowdedAt = this.#clock.now();
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#engine.interrupt();
    await this.advisor.close();
    this.#probe.stop();
    await this.#engine.close();
  }

  #begin(): void {
    this.#probe.start();
    void this.advisor
      .start()
      .catch((error: unknown) => this.#logger.error('the index advisor could not start', { engine: 'sqlite' }, error));
  }
}
