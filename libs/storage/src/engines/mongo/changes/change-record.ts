import type { mongo } from 'mongoose';

/*
 * The order of changes.
 * `event_changes` is the one ordered log. Its `_id`s come from one counter document, which each transaction of events
 * raises before anything else: two transactions that raise it conflict, so numbers are committed in their order, and a
 * reader who has seen number n has seen all before it. Numbers may be left out. A record names up to 1,000 events that
 * were created or modified, or holds the metadata of deleted ones.
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
  readonly modifiedBy?: string | undefined;
}

/** What is read of an event for that. */
export const goneFields = { profile: 1, source: 1, created: 1, accepted: 1, version: 1, modifiedBy: 1 } as const;

export interface ChangedEvents {
  readonly change: Change;
  /** Of `created` and `modified`. */
  readonly ids?: readonly mongo.ObjectId[];
  /** Of `deleted`. */
  readonly gone?: readonly GoneEvent[];
}

export interface ChangeRecord extends ChangedEvents {
  readonly _id: number;
  readonly at: Date;
  /** The one event of a modification: its last one is found by it. */
  readonly modified?: mongo.ObjectId;
}

/** The one document of `event_counters`. */
export interface ChangeCounter {
  readonly _id: 'changes';
  /** The last number that was given. */
  readonly last: number;
  /** The last record that may be missing, as it was older than changes are kept. */
  readonly pruned: number;
}

/** Events in one record; also the room for numbers that a record has. */
export const eventsPerRecord = 1000;

export const sizeOf = ({ ids, gone }: ChangedEvents): number => (ids ?? gone ?? []).length;
/** The first record whose events all have larger numbers. */
export const recordAfter = (sequence: number): number => Math.floor(sequence / eventsPerRecord) + 1;
/** The number of a record's event. */
export const sequenceOf = (record: number, index: number): number => record * eventsPerRecord + index;
