import type { EventPage, EventQuery, Position } from '@datakeep/contracts';
import { DatakeepError, type MongoCapabilities } from '@datakeep/kernel';
import mongoose, { type mongo } from 'mongoose';
import { choiceOf, project } from '../../answer/projection.ts';
import { answered, eventText, type AnsweredRecord, type EventRecord } from '../event-record.ts';
import { sortValue, type Seen } from './exact-filter.ts';
import { comparePositions, FirstPlaces, isByCreation } from './order.ts';
import type { Condition } from './pushdown.ts';
import { supersetOf, type Superset } from './superset.ts';

/** A page ends early where its text passes this many UTF-16 units, so that no answer is unbounded; `next` goes on from there. */
const pageUnits = 8 * 1024 * 1024;
const scanBatch = 250;
const fetchTogether = 100;

/** What one query needs to know of the moment it began. */
export interface QueryRun {
  readonly events: mongo.Collection<EventRecord>;
  readonly capabilities: MongoCapabilities;
  readonly committed: ReadonlySet<string>;
  /** Time left, ms; throws `query-timeout` when it is over. */
  left(): number;
  readonly signal: AbortSignal;
  /** Name of the index that must serve it. Default: the server's choice. */
  readonly hint?: string;
}

/** One query: the server is asked for a superset of what matches, and the exact filter and order of this folder decide. */
export class EventQueryRun {
  readonly #query: EventQuery;
  readonly #run: QueryRun;
  readonly #superset: Superset;

  constructor(query: EventQuery, run: QueryRun) {
    this.#query = query;
    this.#run = run;
    this.#superset = supersetOf(query, run.committed, run.capabilities.stringOrder);
  }

  async page(): Promise<EventPage> {
    if (isByCreation(this.#query)) {
      const page = await this.#byCreation();
      return this.#query.count ? { ...page, count: await this.#count() } : page;
    }
    return this.#sortedHere();
  }

  /** In the index's order the stream ends with the page. */
  async #byCreation(): Promise<EventPage> {
    const { sort, after } = this.#query;
    const cursor = this.#inOrder();
    const compare = comparePositions(sort);
    const page = new PageText(this.#query);
    let more = false;
    for await (const record of cursor) {
      this.#run.left();
      const seen = seenOf(record);
      if (!this.#holds(record, seen) || (after && compare(this.#placeOf(record, seen), after) <= 0)) continue;
      more = page.isFull();
      if (more) break;
      page.add(record, this.#placeOf(record, seen));
    }
    await cursor.close();
    return page.done(more);
  }

  #inOrder(): mongo.FindCursor<AnsweredRecord> {
    const { sort, limit, after } = this.#query;
    const direction = sort[0]?.direction === 'descending' ? -1 : 1;
    const start = after && startOf(after, direction);
    const condition = start ? { ...this.#superset.condition, $or: start } : this.#superset.condition;
    const cursor = this.#find(condition, answered)
      .sort({ created: direction, _id: direction })
      .batchSize(Math.min(limit + 1, scanBatch));
    return this.#superset.exact ? cursor.limit(limit + 1) : cursor;
  }

  /** How the server finds the page's events, in its own words. */
  explain(verbosity: 'queryPlanner' | 'executionStats'): Promise<mongo.Document> {
    const cursor = isByCreation(this.#query) ? this.#inOrder() : this.#find(this.#superset.condition, answered);
    return cursor.explain(verbosity);
  }

  /** Any other order is made here: places only, in bounded memory, and then the page's events. */
  async #sortedHere(): Promise<EventPage> {
    const { sort, limit, after, count } = this.#query;
    const compare = comparePositions(sort);
    const first = new FirstPlaces(sort, limit + 1);
    let counted = 0;
    for await (const record of this.#find(this.#superset.condition, answered).batchSize(scanBatch)) {
      this.#run.left();
      const seen = seenOf(record);
      if (!this.#holds(record, seen)) continue;
      counted += 1;
      const place = this.#placeOf(record, seen);
      if (!after || compare(place, after) > 0) first.add(place);
    }
    const page = await this.#fetch(first.sorted());
    return count ? { ...page, count: counted } : page;
  }

  /** The events at these places. One that went meanwhile, or moved or no longer matches, is left out. */
  async #fetch(places: readonly Position[]): Promise<EventPage> {
    const page = new PageText(this.#query);
    const compare = comparePositions(this.#query.sort);
    for (let start = 0; start < places.length; start += fetchTogether) {
      const wanted = places.slice(start, Math.min(start + fetchTogether, this.#query.limit));
      const ids = wanted.map((place) => mongoose.Types.ObjectId.createFromHexString(place.id));
      const found = new Map<string, AnsweredRecord>();
      if (ids.length > 0)
        for await (const record of this.#find({ _id: { $in: ids } }, answered, true))
          found.set(record._id.toHexString(), record);
      for (const place of wanted) {
        if (page.isFull()) return page.done(true);
        const record = found.get(place.id);
        const seen = record && seenOf(record);
        if (!record || !seen || !this.#holds(record, seen) || compare(this.#placeOf(record, seen), place) !== 0)
          page.pass(place);
        else page.add(record, place);
      }
    }
    return page.done(places.length > this.#query.limit);
  }

  async #count(): Promise<number> {
    if (this.#superset.exact) {
      const { hint } = this.#run;
      const options = { maxTimeMS: this.#run.left(), ...(hint === undefined ? {} : { hint }) };
      const counting = this.#run.events.countDocuments(this.#superset.condition, options);
      return withSignal(counting, this.#run.signal);
    }
    let counted = 0;
    for await (const record of this.#find(this.#superset.condition, answered).batchSize(scanBatch)) {
      this.#run.left();
      if (this.#holds(record, seenOf(record))) counted += 1;
    }
    return counted;
  }

  #find(condition: Condition, projection: typeof answered, byId = false): mongo.FindCursor<AnsweredRecord> {
    const { hint, signal } = this.#run;
    const options = {
      projection,
      maxTimeMS: this.#run.left(),
      signal,
      ...(hint === undefined || byId ? {} : { hint }),
    };
    return this.#run.events.find(
      condition as mongo.Filter<EventRecord>,
      options,
    ) as unknown as mongo.FindCursor<AnsweredRecord>;
  }

  #holds(record: AnsweredRecord, seen: Seen): boolean {
    return this.#superset.holds(record, seen);
  }

  #placeOf(record: AnsweredRecord, seen: Seen): Position {
    return { values: this.#query.sort.map((key) => sortValue(seen, key.field)), id: record._id.toHexString() };
  }
}

/** The condition for events after a place in the order of creation, or undefined where the place is of no use to the server. */
function startOf(after: Position, direction: 1 | -1): Condition[] | undefined {
  const [value] = after.values;
  if (typeof value !== 'number' || !Number.isInteger(value) || !mongoose.isObjectIdOrHexString(after.id))
    return undefined;
  const beyond = direction === 1 ? '$gt' : '$lt';
  const created = new Date(value);
  return [
    { created: { [beyond]: created } },
    { created, _id: { [beyond]: mongoose.Types.ObjectId.createFromHexString(after.id) } },
  ];
}

export function seenOf(record: AnsweredRecord): Seen {
  let payload: unknown;
  return {
    metadata: (field) => metadataOf(record, field),
    get payload() {
      payload ??= JSON.parse(record.text) as unknown;
      return payload;
    },
  };
}

export function metadataOf(record: Omit<AnsweredRecord, 'text'>, field: string): string | number | undefined {
  switch (field) {
    case 'metadata.identifier':
      return record.identifier;
    case 'metadata.profile':
      return record.profile;
    case 'metadata.source':
      return record.source;
    case 'metadata.createdDate':
      return record.created.getTime();
    case 'metadata.acceptedDate':
      return record.accepted.getTime();
    case 'metadata.version':
      return record.version;
    case 'metadata.modifiedBy':
      return record.modifiedBy;
    default:
      return undefined;
  }
}

/** A page as it grows. */
class PageText {
  readonly #query: EventQuery;
  readonly #choice: ReturnType<typeof choiceOf> | undefined;
  #text = '[';
  #length = 0;
  #looked = 0;
  #last: Position | null = null;

  constructor(query: EventQuery) {
    this.#query = query;
    this.#choice = query.fields && choiceOf(query.fields);
  }

  isFull(): boolean {
    return this.#looked >= this.#query.limit || this.#text.length > pageUnits;
  }

  add(record: AnsweredRecord, place: Position): void {
    const payload = this.#choice
      ? JSON.stringify(project(JSON.parse(record.text) as Record<string, unknown>, this.#choice))
      : record.text;
    this.#text += (this.#length === 0 ? '' : ',') + eventText(record, payload);
    this.#length += 1;
    this.pass(place);
  }

  /** A place with nothing in it any more. */
  pass(place: Position): void {
    this.#looked += 1;
    this.#last = place;
  }

  done(more: boolean): EventPage {
    return { itemsJson: `${this.#text}]`, length: this.#length, next: more ? this.#last : null };
  }
}

async function withSignal<R>(promise: Promise<R>, signal: AbortSignal): Promise<R> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new DatakeepError('query-timeout', undefined, { retryAfterSeconds: 5 }));
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
