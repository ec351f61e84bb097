import type { EventAggregation } from './aggregation.ts';
import type { RestoredEvent } from './bulk.ts';
import type { ChangeFeed } from './changes.ts';
import type {
  AppendResult,
  EventPage,
  EventQuery,
  NewEvent,
  SourceUsage,
  StorageFigures,
  StoredEvent,
} from './events.ts';
import type { IndexAdvice } from './index-advice.ts';

/**
 * The Data Storage port: persistent events, with no idea of what they mean, who may see them or what their schema is.
 *
 * Guarantees of every engine, and of every program that answers for one:
 * - **Atomic.** `append` stores the whole list or nothing, and no reader ever sees a part of it. It resolves only after
 *   the commit is durable, with one result for each event in its order.
 * - **Once per identifier.** Of events with an `identifier`, at most one lives per (source, profile, identifier); the
 *   engine's unique index decides, also between requests that race. The same again (equal `digest`, and equal
 *   `createdAt` where `createdAtGiven`) is a `duplicate` and answers the first one's id and acceptedAt; other content
 *   is a `conflict`, and then nothing of the list is stored. `digest` stays that of the first sending after a
 *   `replace`. Removing the event frees its identifier. Within one list the same rules hold between its own events.
 * - **Restoring.** `restore` stores events as they once were, ids and versions included, with the same atomicity. An
 *   event whose id is stored with the same content (everything but the digest) is a `duplicate`; one whose id has other
 *   content, or whose identifier lives under another id, a `conflict`, and then nothing of the list is stored.
 * - **Versions.** An event starts at version 1; each `replace` adds one and sets `modifiedBy`, which is absent where
 *   the call names none. With `ifVersion` the write happens only if the stored version is that one, checked in the same
 *   atomic step, else `version-mismatch`. An unknown id is `not-found`.
 * - **Reads** see every append that was acknowledged before they began. `query` answers as docs/query-language.md says,
 *   in the same order on every engine; a page never holds more than `limit` events; paging by `next` neither repeats
 *   nor skips an event that is there throughout.
 * - **Bounded.** A full write queue refuses at once with `storage-busy`: nothing was done. A query over its budget
 *   fails with `query-timeout`, and soon takes nothing any more, also where a single event takes it that long; any
 *   other read that is late fails with what is worth another try. What is short does not wait for what is long, and
 *   one `fairnessKey` does not wait for all of another.
 * - Nothing here blocks the caller's event loop for longer than one short statement.
 * - Errors are `DatakeepError`s of the catalogue: `not-found`, `version-mismatch`, `storage-busy`, `storage-full`,
 *   `storage-unreachable`, `query-timeout`.
 */
export interface DataStorage extends EventAggregation, ChangeFeed, IndexAdvice {
  append(events: readonly NewEvent[]): Promise<AppendResult[]>;
  /** Each id at most once in a list. */
  restore(events: readonly RestoredEvent[]): Promise<AppendResult[]>;
  query(query: EventQuery): Promise<EventPage>;
  /** The event, or undefined. */
  get(id: string): Promise<StoredEvent | undefined>;
  replace(id: string, payload: string, ifVersion?: number, modifiedBy?: string): Promise<StoredEvent>;
  remove(id: string, ifVersion?: number): Promise<void>;
  /** Removes every event of one source app, in bounded steps; resolves with their number. */
  removeBySource(source: string): Promise<number>;
  /**
   * What one source has in the storage, of the same moment as a read: a source that never sent anything has nothing.
   * Undefined where the storage does not count by source, as a program at STORAGE_URL may.
   */
  usageOf(source: string): Promise<SourceUsage | undefined>;
  figures(): Promise<StorageFigures>;
  /** Resolves when the engine answers; rejects with a DatakeepError otherwise. */
  ping(): Promise<void>;
  /** Finishes what was accepted, then releases everything. Later calls reject with `not-ready`. */
  close(): Promise<void>;
}
