export interface ChangesQuery {
  /** Absent: changes of every profile. */
  readonly profiles?: readonly string[];
  /** A place that an earlier page or `lastChange` gave; absent: from the first event on. */
  readonly after?: string;
  /** At most so many changes, 1 to 1,000. */
  readonly limit: number;
}

export interface EventChange {
  /** Ascending in commit order; unique in one storage, never used twice. */
  readonly sequence: number;
  readonly change: 'created' | 'modified' | 'deleted';
  readonly profile: string;
  /** The event as read, as it is now, as JSON text; of a deleted one the same without its payload. */
  readonly json: string;
}

export interface ChangePage {
  readonly changes: readonly EventChange[];
  /** Where to go on, also when nothing is left yet: opaque text of at most 100 characters. */
  readonly next: string;
  /** Whether more may follow at once. A page may be empty and yet not the last: the engine looks at a bounded number of rows for each. */
  readonly more: boolean;
}

/**
 * The change feed of the Data Storage port. Law:
 * - Whoever reads from the first page on, goes on from each `next` and applies what it gets ends with the same events as `query` shows: no change is skipped, also none whose
 *   write was under way, on any process, while a page was read.
 * - In commit order. One event's changes may be told together: a page tells its latest state at least once after its last change. A `deleted` is told for every event that was told as created.
 * - Changes are kept for at least 30 days; a place older than that is refused with `changes-gone` (410).
 */
export interface ChangeFeed {
  changes(query: ChangesQuery): Promise<ChangePage>;
  /** The place after the last change there is. */
  lastChange(): Promise<string>;
  /** Calls back soon (≤ 1 s) after a commit that may have brought a change, on this process or another; may call back for nothing. Answers how to stop. */
  watchChanges(wake: () => void): () => void;
}
