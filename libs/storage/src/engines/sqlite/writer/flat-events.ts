import type { NewEvent } from '@datakeep/contracts';

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
