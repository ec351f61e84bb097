import type { Caller } from './callers.ts';
import type { JsonAnswer } from './event-service.ts';

export interface ChangesQuery {
  /** Absent: changes of every profile. */
  readonly profiles?: readonly string[] | undefined;
  /** A place that an earlier page or `lastChange` gave; absent: from the first event on. */
  readonly after?: string | undefined;
  /** The maximum number of changes, 1 to 1,000. */
  readonly limit: number;
  /** As in `EventQuery`. */
  readonly fairnessKey?: string;
}

export interface EventChange {
  readonly change: 'created' | 'modified' | 'deleted';
  readonly profile: string;
  /** The event as read, as it is now, as JSON text; of a deleted one the same without its payload and identifier. */
  readonly json: string;
  /** The place after this change, as `ChangePage.next`; never given for another change. */
  readonly place: string;
}

export interface ChangePage {
  readonly changes: readonly EventChange[];
  /** Where to continue, also when nothing is left yet: opaque text of at most 100 characters. */
  readonly next: string;
  /**
   * Whether more may follow at once. A page may be empty and yet not the last: the engine looks at a bounded number of
   * rows for each.
   */
  readonly more: boolean;
}

/**
 * The change feed of the Data Storage port. Guarantees:
 * - A reader that starts at the first page, continues at each `next` and applies each change has the same events as
 *   `query` shows: no change is skipped, also none whose write was under way, on any process, while a page was read.
 * - In commit order, and of each event the last change only: what was changed again before the page is read comes at
 *   its last place. A `deleted` comes for every event whose `created` came.
 * - Of a deleted event neither payload nor identifier is kept.
 * - A read sees every change that was acknowledged before by the process that answers, and those of others within
 *   1 s.
 * - Changes are kept for at least 30 days; a place older than that is refused with `changes-gone` (410).
 */
export interface ChangeFeed {
  changes(query: ChangesQuery): Promise<ChangePage>;
  /** The place after the last change there is. */
  lastChange(): Promise<string>;
  /**
   * Calls back soon (≤ 1 s) after a commit that may have brought a change, on this process or another; may call back
   * for nothing. Answers how to stop.
   */
  watchChanges(wake: () => void): () => void;
}

/**
 * Changes that a follower gets together, their places sealed. Without a change it is a sign of life with the present
 * place.
 */
export interface FollowedChanges {
  readonly changes: readonly EventChange[];
  readonly next: string;
}

/**
 * The change feed as callers see it. Parameters as in the URL: `profile`, `since`, `limit`. An app gets changes of the
 * profiles that it may read at the time of the call, page by page: none after a right has ended. Refused like a query:
 * `invalid` (422), `forbidden` (403), `changes-gone` (410), `query-timeout` (503: what was searched is not searched
 * again).
 *
 * Positions leave it sealed for their caller: equally long, never twice the same, so that they reveal nothing of what
 * others write. An answer without items, and no other, says that there was nothing more; one with fewer than `limit`
 * says nothing.
 */
export interface ChangeFeedService {
  /** `{ "items": [{ change, event, place }], "next": "…" }`. */
  changes(caller: Caller, parameters: Readonly<Record<string, string>>): Promise<JsonAnswer>;
  /**
   * From now on, or from `since` on, without end; `afterId` (`Last-Event-ID`) goes before `since`. What is wrong with
   * the request rejects before the first. A right that it began with and lost ends it with `forbidden`; an abort ends
   * it with the signal's reason.
   */
  follow(
    caller: Caller,
    parameters: Readonly<Record<string, string>>,
    afterId: string | undefined,
    signal: AbortSignal,
  ): Promise<AsyncIterable<FollowedChanges>>;
}
