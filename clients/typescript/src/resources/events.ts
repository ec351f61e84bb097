import type {
  Aggregation as AggregationBody,
  Event,
  EventQuery as EventQueryBody,
  Groups,
  Ingest,
} from '../generated/types.gen.ts';
import type { Connection } from '../http/connection.ts';
import { List, type ListOptions, type Page } from '../lists/list.ts';
import type { JsonObject } from '../payload-of.ts';
import { type Change, type ChangesOptions, followChanges } from './changes.ts';
import { type IngestOptions, type IngestSummary, sendStream } from './ingest.ts';
import { type NewEvent, sentEvent } from './new-event.ts';
import { nameOf, type ProfileRef } from './profiles.ts';

export interface KeepEvent<Payload = JsonObject> extends Omit<Event, 'payload'> {
  readonly payload: Payload;
}

/** A query (docs/query-language.md). */
export interface EventQuery<Payload = JsonObject>
  extends Pick<EventQueryBody, 'filter' | 'sort' | 'fields'>, ListOptions {
  readonly profile: ProfileRef<Payload>;
}

export interface Aggregation extends Omit<AggregationBody, 'profile'> {
  readonly profile: ProfileRef<never> | ProfileRef<unknown>;
  readonly signal?: AbortSignal | undefined;
}

export interface OfVersion {
  /** Only if the stored event has this version; else `version-mismatch`. */
  readonly version?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class Events {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Stores 1 to 1,000 events, all of them or none. For more: `ingest`. */
  async create<Payload = JsonObject>(
    events: readonly NewEvent<Payload>[],
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Ingest> {
    const json = { events: events.map((event) => sentEvent(event)) };
    return this.#connection.ask({ method: 'POST', path: '/app/v1/events', json, signal, repeatable: 'always' });
  }

  /** Stores any number of events, as they come, in a memory that does not grow with them. */
  ingest<Payload = JsonObject>(
    events: AsyncIterable<NewEvent<Payload>> | Iterable<NewEvent<Payload>>,
    options: IngestOptions = {},
  ): Promise<IngestSummary> {
    return sendStream(this.#connection, events, options);
  }

  /** Newest first, where no `sort` is given. */
  query<Payload = JsonObject>({
    profile,
    filter,
    sort,
    fields,
    ...options
  }: EventQuery<Payload>): List<KeepEvent<Payload>> {
    return new List(
      (cursor, limit, signal) =>
        this.#connection.ask<Page<KeepEvent<Payload>>>({
          method: 'POST',
          path: '/app/v1/events/query',
          json: { profile: nameOf(profile as ProfileRef<unknown>), filter, sort, fields, limit, cursor },
          signal,
          repeatable: 'always',
        }),
      options,
    );
  }

  async aggregate({ profile, signal, ...body }: Aggregation): Promise<Groups> {
    const json = { profile: nameOf(profile), ...body };
    return this.#connection.ask({
      method: 'POST',
      path: '/app/v1/events/aggregate',
      json,
      signal,
      repeatable: 'always',
    });
  }

  async get<Payload = JsonObject>(id: string, signal?: AbortSignal): Promise<KeepEvent<Payload>> {
    return this.#connection.ask({ method: 'GET', path: pathOf(id), signal, repeatable: 'always' });
  }

  /** Puts another payload in the place of the stored one. */
  async modify<Payload = JsonObject>(
    id: string,
    payload: Payload,
    { version, signal }: OfVersion = {},
  ): Promise<KeepEvent<Payload>> {
    return this.#connection.ask({
      method: 'PUT',
      path: pathOf(id),
      json: { payload },
      headers: { 'if-match': version === undefined ? '*' : `"${version}"` },
      signal,
      // After the first time it would have another version.
      repeatable: 'undone',
    });
  }

  async delete(id: string, { version, signal }: OfVersion = {}): Promise<void> {
    const headers = { 'if-match': version === undefined ? undefined : `"${version}"` };
    await this.#connection.ask({ method: 'DELETE', path: pathOf(id), headers, signal, repeatable: 'undone' });
  }

  /** What is created, modified and deleted, without end: in commit order, across cut connections. */
  changes<Payload = JsonObject>(options: ChangesOptions<Payload> = {}): AsyncIterable<Change<Payload>> {
    return followChanges(this.#connection, options);
  }
}

const pathOf = (id: string): string => `/app/v1/events/${encodeURIComponent(id)}`;
