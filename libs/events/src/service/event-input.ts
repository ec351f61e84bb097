import { type InputError, isObject, maxReportedErrors, parseDateTime, pointerSegment } from '@datakeep/kernel';
import { isLongerThan } from '../query/input.ts';
import { queryLimits } from '../query/query-limits.ts';

/** Events in one request. */
export const maxEvents = 1000;
/** Code points of `metadata.identifier`. */
export const maxIdentifierLength = 200;

/** One event of a request whose form is legal; its payload has not met its profile's schema yet. */
export interface SentEvent {
  readonly profile: string;
  readonly identifier: string | undefined;
  /** ms since the epoch. */
  readonly createdAt: number | undefined;
  readonly payload: Readonly<Record<string, unknown>>;
}

type Report = (error: InputError) => void;

/** The events of an ingest body, or undefined when the body has another form. */
export function sentEvents(body: unknown, report: Report): readonly unknown[] | undefined {
  if (!isObject(body)) return void report({ pointer: '', code: 'type', detail: 'expected { "events": […] }' });
  for (const name in body)
    if (name !== 'events')
      report({ pointer: `/${pointerSegment(name)}`, code: 'unknown-member', detail: 'only `events` stands here' });
  const events = body['events'];
  if (events === undefined) return void report({ pointer: '/events', code: 'required', detail: 'the events to store' });
  if (!Array.isArray(events))
    return void report({ pointer: '/events', code: 'type', detail: 'expected a list of events' });
  if (events.length === 0 || events.length > maxEvents)
    return void report({ pointer: '/events', code: 'range', detail: `a request has 1 to ${maxEvents} events` });
  return events as readonly unknown[];
}

/** Checks the form of one event. Undefined when something is wrong with it, which has then been reported. */
export function readSentEvent(event: unknown, index: number, report: Report): SentEvent | undefined {
  let faults = 0;
  // As many of one event as an answer names: it may have 10,000 unknown members, and be one of 1,000.
  const refuse = (place: string, code: InputError['code'], detail: string): undefined => {
    faults += 1;
    if (faults <= maxReportedErrors) report({ index, pointer: `/events/${index}${place}`, code, detail });
  };
  if (!isObject(event)) return refuse('', 'type', 'an event is { metadata, payload }');
  for (const name in event)
    if (name !== 'metadata' && name !== 'payload')
      refuse(`/${pointerSegment(name)}`, 'unknown-member', 'an event has metadata and payload');
  const { metadata, payload } = event;
  if (!isObject(payload)) refuse('/payload', payload === undefined ? 'required' : 'type', 'a payload is an object');
  if (!isObject(metadata))
    return refuse('/metadata', metadata === undefined ? 'required' : 'type', 'metadata is an object');
  for (const name in metadata)
    if (name !== 'profile' && name !== 'identifier' && name !== 'createdDate')
      refuse(
        `/metadata/${pointerSegment(name)}`,
        'unknown-member',
        'an app sends profile, identifier and createdDate; the keep adds the rest',
      );
  const { profile, identifier, createdDate } = metadata;
  if (typeof profile !== 'string')
    refuse('/metadata/profile', profile === undefined ? 'required' : 'type', 'an event names its profile');
  else if (isLongerThan(profile, queryLimits.stringBytes))
    // No name is so long, and what a look-up finds is kept by the name for a while.
    refuse('/metadata/profile', 'unknown-profile', 'there is no profile of that name');
  if (identifier !== undefined && !isIdentifier(identifier))
    refuse(
      '/metadata/identifier',
      typeof identifier === 'string' ? 'range' : 'type',
      `an identifier is a string of 1 to ${maxIdentifierLength} code points`,
    );
  const createdAt = typeof createdDate === 'string' ? parseDateTime(createdDate) : undefined;
  if (createdDate !== undefined && createdAt === undefined)
    refuse(
      '/metadata/createdDate',
      typeof createdDate === 'string' ? 'date' : 'type',
      'expected an RFC 3339 date-time with an offset and at most milliseconds',
    );
  return faults === 0
    ? {
        profile: profile as string,
        identifier: identifier as string | undefined,
        createdAt,
        payload: payload as SentEvent['payload'],
      }
    : undefined;
}

export function isIdentifier(value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false;
  if (value.length <= maxIdentifierLength) return true;
  return !isLongerThan(value, 4 * maxIdentifierLength) && [...value].length <= maxIdentifierLength;
}
