import type { AppendResult, RestoredEvent } from '@datakeep/contracts';
import type { AnsweredRecord, EventRecord } from '../event-record.ts';

/** An event that lives under an id or an identifier of the list. */
export type Lived = AnsweredRecord & Pick<EventRecord, 'key'>;

export function classifyRestored(
  events: readonly RestoredEvent[],
  keys: readonly (string | undefined)[],
  lived: readonly Lived[],
): AppendResult[] {
  const byId = new Map(lived.map((record) => [record._id.toHexString(), record]));
  const taken = new Set(lived.map(({ key }) => key).filter((key) => key !== undefined));
  return events.map((event, index): AppendResult => {
    const { id, acceptedAt } = event;
    const there = byId.get(id);
    if (there)
      return { id, acceptedAt: there.accepted.getTime(), status: isSame(there, event) ? 'duplicate' : 'conflict' };
    const key = keys[index];
    const isTaken = key !== undefined && taken.has(key);
    if (key !== undefined) taken.add(key);
    return { id, acceptedAt, status: isTaken ? 'conflict' : 'created' };
  });
}

function isSame(record: Lived, event: RestoredEvent): boolean {
  return (
    record.profile === event.profile &&
    record.source === event.source &&
    record.identifier === event.identifier &&
    record.created.getTime() === event.createdAt &&
    record.accepted.getTime() === event.acceptedAt &&
    record.version === event.version &&
    record.modifiedBy === event.modifiedBy &&
    record.text === event.payload
  );
}
