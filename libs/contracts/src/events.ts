import type { EventAggregation } from './aggregation.ts';
import type { RestoredEvent } from './bulk.ts';
import type { ChangeFeed } from './changes.ts';
import type { IndexAdvice, QueryExplanation } from './index-advice.ts';

/** The rights on a profile, in this order everywhere. */
export const rights = ['read', 'create', 'modify', 'delete'] as const;
export type Right = (typeof rights)[number];

/** An event as it is read (api.md). Dates are RFC 3339 in UTC with milliseconds. */
export interface KeepEvent<Payload = unknown> {
  readonly id: string;
  readonly metadata: {
    readonly identifier?: string;
    readonly profile: string;
    /** The id of the app that sent it. */
    readonly source: string;
    readonly createdDate: string;
    readonly acceptedDate: string;
    readonly version: number;
  };
  readonly payload: Payload;
}

/** An event on its way into the storage: validated, complete, its payload serialised once. Times are ms since the epoch. */
export interface NewEvent {
  readonly id: string;
  readonly profile: string;
  readonly source: string;
  readonly identifier?: string;
  readonly createdAt: number;
  readonly acceptedAt: number;
  /** JSON text of an object. */
  readonly payload: string;
  /** Only with an `identifier`: digest of the payload's canonical form (RFC 8785), by which sameness is judged. */
  readonly digest?: string;
  /** Only with an `identifier`: whether the app gave the createdDate, which must then equal the stored one. */
  readonly createdAtGiven?: boolean;
}

export interface AppendResult {
  readonly id: string;
  readonly acceptedAt: number;
  readonly status: 'created' | 'duplicate' | 'conflict';
}

/** `date` is a metadata date (compared as an instant, ms since the epoch in values); `any` is a field that no schema types. */
export type FieldKind = 'string' | 'number' | 'boolean' | 'date' | 'any';
export type Scalar = string | number | boolean | null;

/**
 * A filter after validation. `ne`, `nin` and `exists: false` are written as `not`. Values of metadata dates are
 * ms since the epoch. Semantics: docs/query-language.md.
 */
export type Filter =
  | { readonly node: 'and' | 'or'; readonly children: readonly Filter[] }
  | { readonly node: 'not'; readonly child: Filter }
  | { readonly node: 'eq' | 'lt' | 'lte' | 'gt' | 'gte' | 'prefix' | 'contains'; readonly field: string; readonly value: Scalar }
  | { readonly node: 'in'; readonly field: string; readonly values: readonly Scalar[] }
  | { readonly node: 'exists'; readonly field: string };

export interface SortKey {
  /** `metadata.…` or `payload.…`. */
  readonly field: string;
  readonly direction: 'ascending' | 'descending';
}

/** A place between two events of a sorted answer: the sort keys' values of the last one (absent as null; dates in ms) and its id. */
export interface Position {
  readonly values: readonly Scalar[];
  readonly id: string;
}

export interface EventQuery {
  readonly profile: string;
  readonly filter?: Filter;
  /** At least one key; `id` breaks ties in the last key's direction. */
  readonly sort: readonly SortKey[];
  /** Payload members to return, as `payload.…` paths; absent: whole payloads. Metadata always comes whole. */
  readonly fields?: readonly string[];
  readonly limit: number;
  readonly after?: Position;
  readonly count?: boolean;
  /** Asks for `EventPage.explain`. */
  readonly explain?: boolean;
  /** Kind of every field that the filter or the sort names. */
  readonly kinds: Readonly<Record<string, FieldKind>>;
  /** The fields among them whose path may meet an array. A field of kind `any` is always among them. */
  readonly arrays: readonly string[];
  /** Time budget in ms; beyond it the query fails with `query-timeout`. */
  readonly timeoutMs: number;
}

/** A page whose events are already JSON text, so that it is joined and not printed again. */
export interface EventPage {
  /** `[{"id":…},…]`, in the order asked for. */
  readonly itemsJson: string;
  readonly length: number;
  /** Where the next page starts, or null when this was the last. */
  readonly next: Position | null;
  /** Events that match in all, when asked. */
  readonly count?: number;
  /** How the page came about, when asked. An engine that cannot tell leaves it out. */
  readonly explain?: QueryExplanation;
}

export interface StoredEvent {
  readonly id: string;
  readonly profile: string;
  readonly source: string;
  readonly version: number;
  /** The event as read, as JSON text. */
  readonly json: string;
}

export interface StorageFigures {
  readonly engine: string;
  readonly engineVersion: string;
  readonly events: number;
  readonly bytes: number;
  /** Bytes of appends that wait for the writer. */
  readonly waitingBytes: number;
}

/**
 * The Data Storage port: persistent events, with no idea of what they mean, who may see them or what their schema is.
 *
 * Law, for every engine and every program that stands in for one:
 * - **Atomic.** `append` stores the whole list or nothing, and no reader ever sees a part of it. It resolves only after the
 *   commit is durable, with one result for each event in its order.
 * - **Once per identifier.** Of events with an `identifier`, at most one lives per (source, profile, identifier); the engine's
 *   unique index decides, also between requests that race. The same again (equal `digest`, and equal `createdAt` where
 *   `createdAtGiven`) is a `duplicate` and answers the first one's id and acceptedAt; other content is a `conflict`, and then
 *   nothing of the list is stored. `digest` stays that of the first sending after a `replace`. Removing the event frees its identifier.
 *   Within one list the same rules hold between its own events.
 * - **Restoring.** `restore` stores events as they once were, ids and versions included, with the same atomicity. An event whose id is stored with the same content (everything but
 *   the digest) is a `duplicate`; one whose id has other content, or whose identifier lives under another id, a `conflict`, and then nothing of the list is stored.
 * - **Versions.** An event starts at version 1; each `replace` adds one. With `ifVersion` the write happens only if the stored version is that
 *   one, checked in the same atomic step, else `version-mismatch`. An unknown id is `not-found`.
 * - **Reads** see every append that was acknowledged before they began. `query` answers as docs/query-language.md says, in the same order on
 *   every engine; a page never holds more than `limit` events; paging by `next` neither repeats nor skips an event that is there throughout.
 * - **Bounded.** A full write queue refuses at once with `storage-busy`: nothing was done. A query over its budget fails with `query-timeout`.
 * - Nothing here blocks the caller's event loop for longer than one short statement.
 * - Errors are `DatakeepError`s of the catalogue: `not-found`, `version-mismatch`, `storage-busy`, `storage-full`, `storage-unreachable`, `query-timeout`.
 */
export interface DataStorage extends EventAggregation, ChangeFeed, IndexAdvice {
  append(events: readonly NewEvent[]): Promise<AppendResult[]>;
  /** Each id at most once in a list. */
  restore(events: readonly RestoredEvent[]): Promise<AppendResult[]>;
  query(query: EventQuery): Promise<EventPage>;
  /** The event, or undefined. */
  get(id: string): Promise<StoredEvent | undefined>;
  replace(id: string, payload: string, ifVersion?: number): Promise<StoredEvent>;
  remove(id: string, ifVersion?: number): Promise<void>;
  /** Removes every event of one source app, in bounded steps; resolves with their number. */
  removeBySource(source: string): Promise<number>;
  figures(): Promise<StorageFigures>;
  /** Resolves when the engine answers; rejects with a DatakeepError otherwise. */
  ping(): Promise<void>;
  /** Finishes what was accepted, then lets go of everything. Later calls reject with `not-ready`. */
  close(): Promise<void>;
}
