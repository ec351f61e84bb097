import type { AppendResult, NewEvent, RestoredEvent, SourceUsage, StoredEvent } from '@datakeep/contracts';
import { isId, parseDateTime } from '@datakeep/kernel';
import { dateText, misplaced, objectAt } from './filter-json.ts';

/** The body of `POST /storage/v1/events`, the payloads' text as it is. */
export function batchToText(events: readonly (NewEvent & Partial<RestoredEvent>)[]): string {
  return `{"events":[${events.map(eventToText).join(',')}]}`;
}

function eventToText(event: NewEvent & Partial<RestoredEvent>): string {
  const { id, profile, source, identifier, payload, digest, version = 1, modifiedBy } = event;
  const dates = { createdDate: dateText(event.createdAt), acceptedDate: dateText(event.acceptedAt) };
  const metadata = { identifier, profile, source, ...dates, version, modifiedBy };
  const isGiven = event.createdAtGiven === true;
  const sameness = digest === undefined ? '' : `,"digest":${JSON.stringify(digest)},"createdDateGiven":${isGiven}`;
  return `{"id":${JSON.stringify(id)},"metadata":${JSON.stringify(metadata)},"payload":${payload}${sameness}}`;
}

/** The events of a batch. Throws 422 where there are none. */
export function batchFromJson(json: unknown): NewEvent[] {
  const { events } = objectAt(json, '');
  if (!Array.isArray(events)) throw misplaced('/events', 'This must be a list of events.');
  return events.map((event: unknown, index) => eventFrom(event, `/events/${index}`));
}

/** The events of a body that restores them. Throws 422 where there are none. */
export function restoredFromJson(json: unknown): RestoredEvent[] {
  const events = batchFromJson(json);
  const listed = (json as { events: { metadata: { version?: unknown; modifiedBy?: unknown } }[] }).events;
  return events.map((event, index) => {
    const { version, modifiedBy } = listed[index]!.metadata;
    if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1)
      throw misplaced(`/events/${index}/metadata/version`, 'This must be a whole number from 1 on.');
    if (modifiedBy === undefined) return Object.assign(event, { version });
    return Object.assign(event, {
      version,
      modifiedBy: modifierFrom(modifiedBy, `/events/${index}/metadata/modifiedBy`),
    });
  });
}

/** The source that modified an event. Throws 422 for anything but a string. */
export function modifierFrom(value: unknown, pointer: string): string {
  if (typeof value !== 'string' || value === '') throw misplaced(pointer, 'This must be the id of an app, or `admin`.');
  return value;
}

function eventFrom(json: unknown, pointer: string): NewEvent {
  const { id, metadata, payload, digest, createdDateGiven } = objectAt(json, pointer);
  const { identifier, profile, source, createdDate, acceptedDate } = objectAt(metadata, `${pointer}/metadata`);
  const text = (value: unknown, name: string): string => {
    if (typeof value !== 'string') throw misplaced(`${pointer}/${name}`, 'This must be a string.');
    return value;
  };
  const date = (value: unknown, name: string): number => {
    const ms = parseDateTime(text(value, name));
    if (ms === undefined) throw misplaced(`${pointer}/${name}`, 'This must be an RFC 3339 date-time.');
    return ms;
  };
  objectAt(payload, `${pointer}/payload`);
  if (!isId(id)) throw misplaced(`${pointer}/id`, 'This must be 24 hex digits.');
  return {
    id,
    profile: text(profile, 'metadata/profile'),
    source: text(source, 'metadata/source'),
    createdAt: date(createdDate, 'metadata/createdDate'),
    acceptedAt: date(acceptedDate, 'metadata/acceptedDate'),
    payload: JSON.stringify(payload),
    ...(identifier === undefined
      ? {}
      : {
          identifier: text(identifier, 'metadata/identifier'),
          digest: text(digest, 'digest'),
          createdAtGiven: createdDateGiven === true,
        }),
  };
}

export function resultsToJson(results: readonly AppendResult[]): object {
  return { results: results.map(({ id, acceptedAt, status }) => ({ id, acceptedDate: dateText(acceptedAt), status })) };
}

const statuses: ReadonlySet<unknown> = new Set<AppendResult['status']>(['created', 'duplicate', 'conflict']);

/** Throws `TypeError` on what holds no results for that many events. */
export function resultsFromText(text: string, length: number): AppendResult[] {
  const { results } = JSON.parse(text) as { results?: readonly Readonly<Record<string, unknown>>[] };
  if (!Array.isArray(results) || results.length !== length) throw new TypeError('no result for each event');
  return results.map(({ id, acceptedDate, status }): AppendResult => {
    const acceptedAt = Date.parse(String(acceptedDate));
    if (typeof id !== 'string' || Number.isNaN(acceptedAt) || !statuses.has(status))
      throw new TypeError('no result of an event');
    return { id, acceptedAt, status: status as AppendResult['status'] };
  });
}

/** What a source has. Throws `TypeError` on what is none. */
export function usageFromText(text: string): SourceUsage {
  const { events, bytes } = JSON.parse(text) as Partial<Record<keyof SourceUsage, unknown>>;
  if (typeof events !== 'number' || typeof bytes !== 'number') throw new TypeError('no usage');
  return { events, bytes };
}

/** An event as read. Throws `TypeError` on what is none. */
export function storedEventFromText(text: string): StoredEvent {
  const { id, metadata } = JSON.parse(text) as {
    id?: unknown;
    metadata?: { profile?: unknown; source?: unknown; version?: unknown };
  };
  const { profile, source, version } = metadata ?? {};
  if (
    typeof id !== 'string' ||
    typeof profile !== 'string' ||
    typeof source !== 'string' ||
    typeof version !== 'number'
  )
    throw new TypeError('no event');
  return { id, profile, source, version, json: text };
}
