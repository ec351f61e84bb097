import type { Count, Id, Timestamp } from '@datakeep/kernel';
import type { Caller } from './callers.ts';

export interface IngestAnswer {
  /** New ones. */
  readonly accepted: Count;
  readonly duplicates: Count;
  /** In the order sent; absent with `Prefer: return=minimal`. */
  readonly events: readonly {
    readonly id: Id;
    readonly acceptedDate: Timestamp;
    readonly status: 'created' | 'duplicate';
  }[];
}

/**
 * JSON text of an answer body, so that a page is never parsed and printed again; `items` and `bytes` are for
 * accounting.
 */
export interface JsonAnswer {
  readonly json: string;
  readonly items: number;
}

export interface ProfileAnswer extends JsonAnswer {
  readonly profile: string;
}

export interface PageAnswer {
  /** JSON text in pieces, to be sent one after the other: joined, a page of megabytes would be copied once more. */
  readonly json: readonly string[];
  readonly items: number;
  readonly profile: string;
}

export interface PageOptions {
  readonly count?: boolean | undefined;
  readonly explain?: boolean | undefined;
}

export interface EventAnswer {
  readonly json: string;
  readonly version: number;
  readonly profile: string;
}

/**
 * The one way to the events, in and out for apps, runs and the admin. It checks rights (Consent), payloads
 * (ProfileCatalogue), the rules of ingest and the query language of api.md, encrypts cursors, and hands what is left to
 * the Data Storage.
 *
 * Bodies come as text, are read once (`readJson`) and refused with `DatakeepError`s; a refused request has changed
 * nothing. An app with `create` on no profile is refused (403) before its events are read. Order of all other checks:
 * readable (400) · shape (422) · profile known (422) · right (403; for a single event, no right at all on its profile:
 * 404) · content (422) · state (409, 412).
 */
export interface EventService {
  ingest(caller: Caller, body: string): Promise<IngestAnswer>;
  /**
   * Body: api.md's query. `{ "items": […], "nextCursor": … }`, with `count` and, from an engine that reports it,
   * `explain` (`QueryExplanation`) when asked.
   */
  query(caller: Caller, body: string, options?: PageOptions): Promise<PageAnswer>;
  /** Body: api.md's aggregation. `{ "groups": […], "truncated": … }`. */
  aggregate(caller: Caller, body: string): Promise<ProfileAnswer>;
  /** `GET /events`: newest createdDate first. Parameters as in the URL, already known to be single strings. */
  list(caller: Caller, parameters: Readonly<Record<string, string>>): Promise<PageAnswer>;
  get(caller: Caller, id: string): Promise<EventAnswer>;
  /** `ifMatch`: the header as it came; undefined is refused with `if-match-required`. */
  modify(caller: Caller, id: string, body: string, ifMatch: string | undefined): Promise<EventAnswer>;
  remove(caller: Caller, id: string, ifMatch: string | undefined): Promise<{ readonly profile: string }>;
}
