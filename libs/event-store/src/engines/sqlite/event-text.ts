import { dateText } from '../answer/date-text.ts';

/** One event's columns as they are selected, in this order everywhere. */
export type EventRow = readonly [
  id: string,
  source: number,
  created: number,
  accepted: number,
  version: number,
  identifier: string | null,
  payload: string,
  ...sortValues: (string | number | null)[],
];

export const eventColumns = 'id, source, created, accepted, version, identifier, payload';

/** The event as read (api.md), as JSON text around the stored payload's text. `profile` and `source` are JSON strings, quotes included. */
export function eventText(row: EventRow, profile: string, source: string, payload: string): string {
  return `${eventHeadText(row, profile, source)},"payload":${payload}}`;
}

/** The same up to its payload. */
export function eventHeadText(row: EventRow, profile: string, source: string): string {
  const identifier = row[5] === null ? '' : `"identifier":${JSON.stringify(row[5])},`;
  const created = dateText(row[2]);
  const accepted = dateText(row[3]);
  return `{"id":"${row[0]}","metadata":{${identifier}"profile":${profile},"source":${source},"createdDate":"${created}","acceptedDate":"${accepted}","version":${row[4]}}`;
}
