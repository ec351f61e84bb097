import { dateText } from '../answer/date-text.ts';

/** One event's columns as they are selected, in this order everywhere. */
export type EventRow = readonly [
  id: string,
  source: number,
  created: number,
  accepted: number,
  version: number,
  modifiedBy: number | null,
  identifier: string | null,
  payload: string,
  ...sortValues: (string | number | null)[],
];

export const eventColumns = 'id, source, created, accepted, version, modified_by, identifier, payload';
/** Where the columns after these begin. */
export const afterEvent = 8;

/** The name under a code of `sources`, as a JSON string. */
export type QuotedSource = (code: number) => string;

/**
 * The event as read (docs/api.md), as JSON text around the stored payload's text. `profile` is a JSON string, quotes
 * included.
 */
export function eventText(row: EventRow, profile: string, sources: QuotedSource, payload: string): string {
  return `${eventHeadText(row, profile, sources)},"payload":${payload}}`;
}

/** The same up to its payload. */
export function eventHeadText(row: EventRow, profile: string, sources: QuotedSource): string {
  const [id, source, created, accepted, version, modifiedBy, identifier] = row;
  const named = identifier === null ? '' : `"identifier":${JSON.stringify(identifier)},`;
  const modified = modifiedBy === null ? '' : `,"modifiedBy":${sources(modifiedBy)}`;
  const dates = `"createdDate":"${dateText(created)}","acceptedDate":"${dateText(accepted)}"`;
  const names = `${named}"profile":${profile},"source":${sources(source)}`;
  return `{"id":"${id}","metadata":{${names},${dates},"version":${version}${modified}}`;
}
