import type ICAL from 'ical.js';

/** A moment of a calendar as RFC 8984 writes it, and as an instant. */
export interface CalendarTime {
  /** Local date and time. */
  readonly local: string;
  /** A name of the IANA database; null for a floating time (RFC 5545). */
  readonly timeZone: string | null;
  readonly instant: string;
  /** A name that is none of the IANA database, whose rules the calendar brings: read into UTC. */
  readonly foreignZone?: string;
}

/**
 * `timeZone` is the zone in which times are read that name none. Undefined for a zone that is neither known nor
 * described in the calendar.
 */
export function calendarTime(time: ICAL.Time, tzid: string | undefined, timeZone: string): CalendarTime | undefined {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(time.year).padStart(4, '0')}-${two(time.month)}-${two(time.day)}`;
  const local = time.isDate ? `${day}T00:00:00` : `${day}T${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;
  if (time.isDate) return { local, timeZone: null, instant: instantOf(local, timeZone) };
  if (time.zone.tzid === 'UTC') return { local, timeZone: 'Etc/UTC', instant: instantOf(local, 'UTC') };
  if (tzid === undefined) return { local, timeZone: null, instant: instantOf(local, timeZone) };
  const known = zoneNamed(tzid);
  if (known !== undefined) return { local, timeZone: known, instant: instantOf(local, known) };
  if (time.zone.tzid !== tzid) return undefined;
  const instant = new Date(time.toUnixTime() * 1000).toISOString();
  return { local: instant.slice(0, 19), timeZone: 'Etc/UTC', instant, foreignZone: tzid };
}

/** The name itself, or what follows the address of who gave it: `/calendar.example/Europe/Berlin`. */
function zoneNamed(tzid: string): string | undefined {
  if (isZone(tzid)) return tzid;
  const name = /^\/.*?([A-Za-z]+\/[A-Za-z_/-]+)$/.exec(tzid)?.[1];
  return tzid.startsWith('/') && name !== undefined ? suffixes(name).find(isZone) : undefined;
}

const suffixes = (name: string): string[] => {
  const parts = name.split('/');
  return parts.slice(0, -1).map((_part, index) => parts.slice(index).join('/'));
};

export function isZone(name: string): boolean {
  // Offsets such as +01:00 are no names.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const instantOf = (local: string, timeZone: string): string =>
  new Date(Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone).epochMilliseconds).toISOString();
