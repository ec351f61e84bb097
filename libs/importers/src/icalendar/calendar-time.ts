import ICAL from 'ical.js';

/** A moment of a calendar as RFC 8984 writes it, and on the time line. */
export interface CalendarTime {
  /** Local date and time. */
  readonly local: string;
  /** A name of the IANA database; null for a floating time (RFC 5545). */
  readonly timeZone: string | null;
  readonly zoned: Temporal.ZonedDateTime;
  /** A name that is none of the IANA database, whose rules the calendar brings: read into UTC. */
  readonly foreignZone?: string;
}

/**
 * `timeZone` is the zone in which times are read that name none. Undefined for a zone that is neither known nor
 * described in the calendar.
 */
export function calendarTime(time: ICAL.Time, tzid: string | undefined, timeZone: string): CalendarTime | undefined {
  const local = localOf(time);
  if (time.isDate) return { local, timeZone: null, zoned: zonedOf(local, timeZone) };
  if (time.zone.tzid === 'UTC') return { local, timeZone: 'Etc/UTC', zoned: zonedOf(local, 'UTC') };
  if (tzid === undefined) return { local, timeZone: null, zoned: zonedOf(local, timeZone) };
  const known = zoneNamed(tzid);
  if (known !== undefined) return { local, timeZone: known, zoned: zonedOf(local, known) };
  if (time.zone.tzid !== tzid) return undefined;
  const zoned = Temporal.Instant.fromEpochMilliseconds(time.toUnixTime() * 1000).toZonedDateTimeISO('UTC');
  return { local: zoned.toPlainDateTime().toString(), timeZone: 'Etc/UTC', zoned, foreignZone: tzid };
}

/** Local date and time; of a date its begin. */
export function localOf(time: ICAL.Time): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(time.year).padStart(4, '0')}-${two(time.month)}-${two(time.day)}`;
  return time.isDate ? `${day}T00:00:00` : `${day}T${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;
}

/** By the IANA database: ical.js knows the zones that a calendar describes. */
class NamedZone extends ICAL.Timezone {
  override utcOffset(time: ICAL.Time): number {
    return zonedOf(localOf(time), this.tzid).offsetNanoseconds / 1e9;
  }
}

/**
 * By the calendar's own words. Trap: ical.js expands the rules of a zone for some years, and where a later year is
 * asked it puts those of all years beside the ones that are there.
 */
export class DescribedZone extends ICAL.Timezone {
  #latest = 0;

  override utcOffset(time: ICAL.Time): number {
    if (time.year > this.#latest) this.fromData({ component: this.component, tzid: this.tzid });
    const offset = super.utcOffset(time);
    this.#latest = Math.max(this.#latest, time.year);
    return offset;
  }
}

/** A calendar whose zones are known already. */
export class ZonedCalendar extends ICAL.Component {
  readonly #zoneOf: (tzid: string) => ICAL.Timezone | undefined;

  constructor(text: string, zoneOf: (tzid: string) => ICAL.Timezone | undefined) {
    super(ICAL.parse(text) as []);
    this.#zoneOf = zoneOf;
  }

  override getTimeZoneByID(tzid: string): ICAL.Timezone {
    return this.#zoneOf(tzid) ?? super.getTimeZoneByID(tzid);
  }
}

/** Lets ical.js compare times of zones that the text names, such as the end of a rule with an occurrence. */
export function registerZones(text: string): void {
  for (const [, tzid = ''] of text.matchAll(/;TZID="?([^":;]+)/gi)) {
    const name = ICAL.TimezoneService.has(tzid) ? undefined : zoneNamed(tzid);
    if (name !== undefined) ICAL.TimezoneService.register(new NamedZone({ tzid: name }), tzid);
  }
}

/** Of the IANA database: the name itself, or that behind an address: `/calendar.example/Europe/Berlin`. */
export function zoneNamed(tzid: string): string | undefined {
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
    return new Temporal.ZonedDateTime(0n, name).timeZoneId !== '';
  } catch {
    return false;
  }
}

const zonedOf = (local: string, timeZone: string): Temporal.ZonedDateTime =>
  Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone);
