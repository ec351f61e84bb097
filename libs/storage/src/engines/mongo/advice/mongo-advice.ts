import { randomBytes } from 'node:crypto';
import type { Aggregation, EventPage, EventQuery, IndexMode, NewEvent, QueryExplanation } from '@datakeep/contracts';
import { DatakeepError, type Clock, type Logger, type Timer } from '@datakeep/kernel';
import { Advisor } from '../../../advisor/advisor.ts';
import { FasterClock } from '../../../advisor/faster-clock.ts';
import { EventLoopProbe } from '../../../advisor/load.ts';
import { runsOfProfiles } from '../../../advisor/written.ts';
import { MongoIndexEngine, type MongoIndexParts } from './mongo-index-engine.ts';

export interface MongoIndexing {
  /** Until the admin sets another. Default `suggest`: servers behind this protocol plan differently, and are shared. */
  readonly mode?: IndexMode;
  /** How many times as fast the advisor's clock runs, for trials. Default 1. */
  readonly timeFactor?: number;
  /** Whether there is time for a build. Default: the event loop is on time, and nothing waits to be written. */
  readonly isCalm?: () => boolean;
  /** Default `Math.random`. */
  readonly random?: () => number;
}

/** A storage that lives for a moment only does not begin to count. */
const firstMs = 1000;
/**
 * An event that is examined and not returned takes about a microsecond; only `explain` reports what the server really
 * examined.
 */
const examinedMs = 0.001;

/** The index advisor of one storage process on a server that others may share: its input, its start and its end. */
export class MongoAdvice {
  readonly advisor: Advisor;
  readonly #engine: MongoIndexEngine;
  readonly #holder = randomBytes(6).toString('hex');
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Of every query's time; measured once. */
  #exchangeMs = 0;
  readonly #probe = new EventLoopProbe();
  readonly #timer: Timer | undefined;

  constructor(
    parts: MongoIndexParts,
    systemClock: Clock,
    logger: Logger,
    isIdle: () => boolean,
    { mode = 'suggest', timeFactor = 1, isCalm, random }: MongoIndexing,
  ) {
    const clock = timeFactor === 1 ? systemClock : new FasterClock(systemClock, timeFactor);
    this.#engine = new MongoIndexEngine(parts);
    this.#clock = clock;
    this.#logger = logger;
    this.advisor = new Advisor({
      engine: this.#engine,
      clock,
      logger,
      defaultMode: mode,
      holder: this.#holder,
      isCalm: isCalm ?? (() => this.#probe.isOnTime() && isIdle()),
      ...(random ? { random } : {}),
    });
    if (mode === 'off') return;
    this.#timer = clock.setTimer(firstMs, () => {
      this.#probe.start();
      void this.#engine
        .exchangeMs()
        .then((ms) => (this.#exchangeMs = ms))
        .then(() => this.advisor.start())
        .catch((error: unknown) => {
          // A start that the end of the process cut short.
          if (codeOf(error) === 'not-ready') return;
          logger.error('the index advisor could not start', { engine: 'mongodb' }, error);
        });
    });
  }

  queried(query: EventQuery, page: EventPage, ms: number): void {
    this.advisor.queried(query, {
      ms,
      rowsReturned: page.length,
      rowsExamined: Math.max(page.length, this.#examinedIn(ms)),
      rowsTouched: Math.max(page.length, page.count ?? 0),
      complete: page.next === null,
    });
  }

  aggregated(aggregation: Aggregation, folded: number, ms: number): void {
    const rowsExamined = Math.max(folded, this.#examinedIn(ms));
    this.advisor.aggregated(aggregation, {
      ms,
      rowsReturned: folded,
      rowsExamined,
      rowsTouched: folded,
      complete: true,
    });
  }

  #examinedIn(ms: number): number {
    return (ms - this.#exchangeMs) / examinedMs;
  }

  async explain(query: EventQuery, page: EventPage, ms: number): Promise<EventPage> {
    const plan = (await this.#engine.explains()) ? await this.#engine.explain(query) : undefined;
    const explain: QueryExplanation = {
      index: plan?.indexes?.[0] ?? null,
      plan: plan?.steps ?? ['the server does not tell which index serves a query'],
      milliseconds: Number(ms.toPrecision(4)),
      rowsReturned: page.length,
      rowsExamined: plan?.rowsExamined ?? null,
      shape: this.advisor.shapeText(query) ?? '',
    };
    return { ...page, explain };
  }

  wrote(events: readonly NewEvent[], ms: number): void {
    for (const [profile, count] of runsOfProfiles(events)) this.advisor.wrote(profile, count, ms);
  }

  /** Stores what was counted, and lets another process decide at once. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#engine.interrupt();
    await this.advisor.close();
    this.#probe.stop();
    if (!this.advisor.leads) return;
    const now = this.#clock.now();
    try {
      await this.#engine.lease(this.#holder, now, now);
    } catch (error) {
      this.#logger.warn('the lease of the index advisor could not be let go; it ends by itself', {
        engine: 'mongodb',
        code: codeOf(error),
      });
    }
  }
}

const codeOf = (error: unknown): string => DatakeepError.from(error)?.code ?? 'internal';
