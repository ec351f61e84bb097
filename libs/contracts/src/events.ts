import type { Count, Id, Timestamp, Version } from '@datakeep/kernel';
import type { QueryExplanation } from './index-advice.ts';

/** The rights on a profile, in this order everywhere. */
export const rights = ['read', 'create', 'modify', 'delete'] as const;
export type Right = (typeof rights)[number];

/** Largest payload of one event, in UTF-8 bytes of its compact JSON: the same limit at every way in. */
export const maxEventBytes = 4 * 1024 * 1024;

/**
 * Largest text that is read for one event or one batch of them, bytes. White space and escapes make an event's text
 * longer than its compact JSON, by up to six times for `\\uXXXX`; a line, a body of `PUT` and a batch have the same
 * limit, so that no way in takes what another refuses.
 */
export const maxEventsTextBytes = 16 * 1024 * 1024;

/** An event as it is read (api.md). Dates are RFC 3339 in UTC with milliseconds. */
export interface KeepEvent<Payload = unknown> {
  readonly id: Id;
  readonly metadata: EventMetadata;
  readonly payload: Payload;
}

export interface EventMetadata {
  readonly identifier?: string;
  readonly profile: string;
  /** The id of the app that sent it. */
  readonly source: Id;
  readonly createdDate: Timestamp;
  readonly acceptedDate: Timestamp;
  readonly version: Version;
  /** The id of the app that last modified it, or `admin` for the owner; absent where it was never modified. */
  readonly modifiedBy?: string;
}

/**
 * An event on its way into the storage: validated, complete, its payload serialised once. Times are ms since the epoch.
 */
export interface NewEvent {
  readonly id: string;
  readonly profile: string;
  readonly source: string;
  readonly identifier?: string | undefined;
  readonly createdAt: number;
  readonly acceptedAt: number;
  /** JSON text of an object. */
  readonly payload: string;
  /** Only with an `identifier`: digest of the payload's canonical form (RFC 8785), by which sameness is judged. */
  readonly digest?: string | undefined;
  /** Only with an `identifier`: whether the app gave the createdDate, which must then equal the stored one. */
  readonly createdAtGiven?: boolean;
}

export interface AppendResult {
  readonly id: string;
  readonly acceptedAt: number;
  readonly status: 'created' | 'duplicate' | 'conflict';
}

/**
 * `date` is a metadata date (compared as an instant, ms since the epoch in values); `any` is a field that no schema
 * types.
 */
export type FieldKind = 'string' | 'number' | 'boolean' | 'date' | 'any';
export type Scalar = string | number | boolean | null;

/**
 * A filter after validation. `ne`, `nin` and `exists: false` are written as `not`. Values of metadata dates are
 * ms since the epoch. Semantics: docs/query-language.md.
 */
export type Filter =
  | { readonly node: 'and' | 'or'; readonly children: readonly Filter[] }
  | { readonly node: 'not'; readonly child: Filter }
  | {
      readonly node: 'eq' | 'lt' | 'lte' | 'gt' | 'gte' | 'prefix' | 'contains';
      readonly field: string;
      readonly value: Scalar;
    }
  | { readonly node: 'in'; readonly field: string; readonly values: readonly Scalar[] }
  | { readonly node: 'exists'; readonly field: string };

export interface SortKey {
  /** `metadata.…` or `payload.…`. */
  readonly field: string;
  readonly direction: 'ascending' | 'descending';
}

/**
 * A place between two events of a sorted answer: the sort keys' values of the last one (absent as null; dates in ms)
 * and its id.
 */
export interface Position {
  readonly values: readonly Scalar[];
  readonly id: string;
}

export interface EventQuery {
  readonly profile: string;
  readonly filter?: Filter | undefined;
  /** At least one key; `id` breaks ties in the last key's direction. */
  readonly sort: readonly SortKey[];
  /** Payload members to return, as `payload.…` paths; absent: whole payloads. Metadata always comes whole. */
  readonly fields?: readonly string[] | undefined;
  readonly limit: number;
  readonly after?: Position | undefined;
  readonly count?: boolean | undefined;
  /** Asks for `EventPage.explain`. */
  readonly explain?: boolean | undefined;
  /** Kind of every field that the filter or the sort names. */
  readonly kinds: Readonly<Record<string, FieldKind>>;
  /** The fields among them whose path may meet an array. A field of kind `any` is always among them. */
  readonly arrays: readonly string[];
  /** Time budget in ms; beyond it the query fails with `query-timeout`. */
  readonly timeoutMs: number;
  /**
   * Reads with the same key, those of one app, take one turn where an engine is busy. Not passed on to a foreign
   * storage.
   */
  readonly fairnessKey?: string;
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
  /** How the page came about, when asked. An engine that does not know leaves it out. */
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

/** The events of one source, and the UTF-8 bytes of their payloads as compact JSON. */
export interface SourceUsage {
  readonly events: Count;
  readonly bytes: Count;
}

export interface StorageFigures {
  readonly engine: string;
  readonly engineVersion: string;
  readonly events: Count;
  readonly bytes: Count;
  /** Bytes of appends that wait for the writer. */
  readonly waitingBytes: Count;
}
