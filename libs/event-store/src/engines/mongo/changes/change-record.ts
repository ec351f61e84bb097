import type { mongo } from 'mongoose';

/*
 * The order of changes on a server without transactions.
 *
 * `event_changes` is the one ordered log: its `_id`s are 1, 2, 3 …, each inserted as "last + 1", so that the unique id decides the order between processes and a reader who has seen number n
 * has seen all before it. A record names up to 1,000 events that were created or modified, or tells what the deleted ones were.
 *
 * A record is written after the change that it tells of, so that whoever reads it finds the change; but a process may die between the two. Therefore
 * - before events are changed, `event_intents` gets a record that names them, which goes when the log has its record; a sweep writes what an abandoned one was about;
 * - a list's record in `event_batches` (write/batches.ts) is its intent: the marks of a committed batch are taken off only once the log has its record.
 * Telling a change twice is legal, so a sweep need not know what else was written meanwhile. What would be lost is a change of a process that was held up for longer than the sweep waits, changes
 * the event after all, and dies before it writes the log.
 */

export type Change = 'created' | 'modified' | 'deleted';

/** A deleted event's metadata as it was, without its identifier. */
export interface GoneEvent {
  readonly _id: mongo.ObjectId;
  readonly profile: string;
  readonly source: string;
  readonly created: Date;
  readonly accepted: Date;
  readonly version: number;
  readonly modifiedBy?: string;
}

/** What is read of an event for that. */
export const goneFields = { profile: 1, source: 1, created: 1, accepted: 1, version: 1, modifiedBy: 1 } as const;

export interface ToldChange {
  readonly change: Change;
  /** Of `created` and `modified`. */
  readonly ids?: readonly mongo.ObjectId[];
  /** Of `deleted`. */
  readonly gone?: readonly GoneEvent[];
  /** The batch that brought them. */
  readonly batch?: string;
}

export interface ChangeRecord extends ToldChange {
  readonly _id: number;
  readonly at: Date;
  /** The one event of a modification: its last one is found by it. */
  readonly modified?: mongo.ObjectId;
}

export interface IntentRecord extends ToldChange {
  readonly _id: string;
}

/** Events in one record; also the room for numbers that a record has. */
export const toldTogether = 1000;

export const sizeOf = ({ ids, gone }: ToldChange): number => (ids ?? gone ?? []).length;
/** The number of a record's event. */
export const sequenceOf = (record: number, index: number): number => record * toldTogether + index;
