import type { Count, DatakeepError } from '@datakeep/kernel';
import type { Caller } from './callers.ts';
import type { NewEvent } from './events.ts';

/** What became of a stream's lines so far: the first `lines` of it are stored, each of them, and none after. */
export interface BulkCount {
  readonly lines: Count;
  readonly accepted: Count;
  readonly duplicates: Count;
}

export interface BulkOutcome extends BulkCount {
  /**
   * Absent: the whole stream is stored. Else why it ends here; `line` is the first that is not stored, from 1, where a
   * line is to blame.
   */
  readonly stopped?: { readonly error: DatakeepError; readonly line?: number };
}

/** A stream of NDJSON as its request has it. */
export interface BulkStream {
  /** Bytes as they come; reading on makes the sender send more. A `DatakeepError` that it throws ends the stream. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Called before each chunk is stored; rejects with a `DatakeepError` when the caller may not continue. */
  admit(): Promise<void>;
  /** Called after each chunk that is stored. */
  progress(count: BulkCount): void;
}

/**
 * Streams of events of any length. Guarantees:
 * - Constant memory: at most two chunks (≤ 1,000 lines and ≤ 4 MiB each, but for the last line) are held, one being
 *   stored and one being read.
 * - Chunks are stored whole, in order; rights and profiles are looked up anew for each. A bad line stops the stream:
 *   what stands before it is stored, nothing from it on.
 * - Sending a stream again, with identifiers (an import: ids), stores the rest of it and nothing twice.
 * - A line has at most `maxEventsTextBytes`, its event at most `maxEventBytes`, and the limits of a JSON document;
 *   blank lines count as lines and as nothing else.
 */
export interface BulkService {
  /** Lines `{ metadata, payload }`, each checked as by `EventService.ingest`. */
  ingest(caller: Caller, stream: BulkStream): Promise<BulkOutcome>;
  /**
   * What `export` wrote, restored as it was: profiles, and events with their ids, sources, dates and versions. For the
   * admin.
   */
  import(adminId: string, stream: BulkStream): Promise<BulkOutcome>;
  /**
   * `{ profile?, filter? }` (api.md) → lines with their line ends: `{ "profile": { name, schema } }` for each profile
   * by name, then its events as read by createdDate and id; last `{ "summary": { profiles, events } }`. Rejects before
   * the first line when the body is wrong. For the admin.
   */
  export(body: string | undefined): Promise<Export>;
}

export interface Export {
  readonly lines: AsyncIterable<string>;
  /** What of it was handed out so far. */
  readonly count: { readonly profiles: Count; readonly events: Count };
  /** Where one was asked for; else it is of all. */
  readonly profile?: string | undefined;
}

/** A stored event on its way back into a storage: as it was, its version included. */
export interface RestoredEvent extends NewEvent {
  readonly version: number;
  readonly modifiedBy?: string | undefined;
}
