import type { EventPage, EventQuery, Position, Scalar } from '@datakeep/contracts';
import type { mongo } from 'mongoose';
import { pageUnits } from '../../answer/page-units.ts';
import { choiceOf, project } from '../../answer/projection.ts';
import { answered, eventText, metadataOf, type AnsweredRecord, type EventRecord } from '../event-record.ts';
import { serverFilter, type ServerFilter } from './server-filter.ts';
import { afterPlace, serverSort } from './server-order.ts';

const scanBatch = 250;

/** One read over many events: all that it asks is answered of one moment. */
export interface QueryRun {
  readonly events: mongo.Collection<EventRecord>;
  readonly session?: mongo.ClientSession;
  /** Time left, ms; throws `query-timeout` when it is over. */
  left(): number;
  readonly signal: AbortSignal;
  /** Name of the index that must serve it. Default: the server's choice. */
  readonly hint?: string;
}

/** What the driver is asked for with each command of a run. */
export const commandOptions = ({ left, signal, session, hint }: QueryRun): object => ({
  maxTimeMS: left(),
  signal,
  ...(session && { session }),
  ...(hint === undefined ? {} : { hint }),
});

/** One query: the server filters, sorts and counts. */
export class EventQueryRun {
  readonly #query: EventQuery;
  readonly #run: QueryRun;
  readonly #filter: ServerFilter;

  constructor(query: EventQuery, run: QueryRun) {
    this.#query = query;
    this.#run = run;
    this.#filter = serverFilter(query);
  }

  async page(): Promise<EventPage> {
    const page = new PageText(this.#query);
    const cursor = this.#cursor(this.#run);
    let more = false;
    for await (const record of cursor) {
      this.#run.left();
      more = page.isFull();
      if (more) break;
      page.add(record);
    }
    await cursor.close();
    const answer = page.done(more);
    return this.#query.count ? { ...answer, count: await this.#count() } : answer;
  }

  /** How the server finds the page's events, in its own words. */
  explain(verbosity: 'queryPlanner' | 'executionStats'): Promise<mongo.Document> {
    const { session: _ofOneMoment, ...run } = this.#run;
    return this.#cursor(run).explain(verbosity);
  }

  #cursor(run: QueryRun): mongo.FindCursor<AnsweredRecord> {
    const { after, limit } = this.#query;
    const filter = after ? { $and: [this.#filter, afterPlace(this.#query, after)] } : this.#filter;
    const found = run.events.find(filter as mongo.Filter<EventRecord>, {
      ...commandOptions(run),
      projection: answered,
    });
    return (found as unknown as mongo.FindCursor<AnsweredRecord>)
      .sort(serverSort(this.#query))
      .limit(limit + 1)
      .batchSize(Math.min(limit + 1, scanBatch));
  }

  async #count(): Promise<number> {
    return this.#run.events.countDocuments(this.#filter as mongo.Filter<EventRecord>, commandOptions(this.#run));
  }
}

/** A page as it grows. */
class PageText {
  readonly #query: EventQuery;
  readonly #choice: ReturnType<typeof choiceOf> | undefined;
  #text = '[';
  #length = 0;
  #last: AnsweredRecord | undefined;

  constructor(query: EventQuery) {
    this.#query = query;
    this.#choice = query.fields && choiceOf(query.fields);
  }

  isFull(): boolean {
    return this.#length >= this.#query.limit || this.#text.length > pageUnits;
  }

  add(record: AnsweredRecord): void {
    const payload = this.#choice
      ? JSON.stringify(project(JSON.parse(record.text) as Record<string, unknown>, this.#choice))
      : record.text;
    this.#text += (this.#length === 0 ? '' : ',') + eventText(record, payload);
    this.#length += 1;
    this.#last = record;
  }

  done(more: boolean): EventPage {
    return { itemsJson: `${this.#text}]`, length: this.#length, next: more ? this.#place() : null };
  }

  #place(): Position | null {
    const record = this.#last;
    if (!record) return null;
    const payload: unknown = JSON.parse(record.text);
    const values = this.#query.sort.map(({ field }): Scalar =>
      field.startsWith('payload.') ? memberOf(payload, field.split('.').slice(1)) : (metadataOf(record, field) ?? null),
    );
    return { values, id: record._id.toHexString() };
  }
}

/** The scalar at the end of the path, which meets no array; null where there is none. */
export function memberOf(payload: unknown, steps: readonly string[]): Scalar {
  let value = payload;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return null;
    value = (value as Record<string, unknown>)[step];
  }
  return typeof value === 'object' ? null : (value as Scalar);
}
