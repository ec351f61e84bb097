import type { NewEvent } from '@datakeep/contracts';
import type { Synchronous } from '../database-file.ts';

/** What a thread answers instead of a result; the main thread makes the DatakeepError. */
export type Failure =
  'not-found' | 'version-mismatch' | 'storage-full' | 'storage-unreachable' | 'query-timeout' | 'internal';

/** `reason` is for the log: it becomes the error's cause and is never shown to a caller. */
export interface Failed {
  readonly kind: 'failed';
  readonly failure: Failure;
  readonly reason?: string;
}

/**
 * Events in one flat array, `eventSlots` slots each: id, profile, source, created, accepted, payload, identifier,
 * digest (null: none), created given (0 or 1). One array clones faster between threads than an object for each event.
 */
export type FlatEvents = (string | number | null)[];
export const eventSlots = 9;

export function flatten(events: readonly NewEvent[]): FlatEvents {
  const flat: FlatEvents = [];
  for (const {
    id,
    profile,
    source,
    createdAt,
    acceptedAt,
    payload,
    identifier = null,
    digest = null,
    createdAtGiven,
  } of events) {
    flat.push(id, profile, source, createdAt, acceptedAt, payload, identifier, digest, createdAtGiven ? 1 : 0);
  }
  return flat;
}

/** What an event that is restored has more than a new one. */
export interface RestoredPart {
  readonly version: number;
  readonly modifiedBy: string | undefined;
}

/** `at`: when a change is recorded, ms since the epoch. */
export type WriteRequest =
  | { readonly kind: 'append'; readonly events: FlatEvents }
  /** Events as they once were; `restored` has one place for each. */
  | { readonly kind: 'restore'; readonly events: FlatEvents; readonly restored: readonly RestoredPart[] }
  | {
      readonly kind: 'replace';
      readonly id: string;
      readonly payload: string;
      readonly ifVersion: number | undefined;
      readonly modifiedBy: string | undefined;
      readonly at: number;
    }
  | { readonly kind: 'remove'; readonly id: string; readonly ifVersion: number | undefined; readonly at: number }
  | { readonly kind: 'outdate'; readonly sequence: number }
  /**
   * One step of removing a source's events: examines a bounded number of rows after `after`, up to `until` (-1: the
   * last row now).
   */
  | {
      readonly kind: 'sweep';
      readonly source: string;
      readonly after: number;
      readonly until: number;
      readonly at: number;
    };

/** An event that was not simply created: its place in the list, and what lives under its identifier. */
export interface Exception {
  readonly index: number;
  readonly id: string;
  readonly acceptedAt: number;
  readonly status: 'duplicate' | 'conflict';
}

export type WriteAnswer =
  | Failed
  | { readonly kind: 'append'; readonly exceptions: readonly Exception[] }
  | {
      readonly kind: 'replace';
      readonly profile: string;
      readonly source: string;
      readonly version: number;
      readonly json: string;
    }
  | { readonly kind: 'remove' | 'outdate' }
  | {
      readonly kind: 'sweep';
      readonly removed: number;
      readonly after: number;
      readonly until: number;
      readonly done: boolean;
    };

export type ToWriter = { readonly requests: readonly WriteRequest[] } | 'close';
/** Answers to the oldest unanswered requests, in their order: one message for each transaction. */
export type FromWriter = { readonly answers: readonly WriteAnswer[] } | 'ready' | 'closed';

export interface WriterSettings {
  readonly directory: string;
  readonly synchronous: Synchronous;
  readonly maxBytes: number;
}
