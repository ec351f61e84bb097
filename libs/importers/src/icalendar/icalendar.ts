import ICAL from 'ical.js';
import { identifierOf } from '../identifier.ts';
import { ImportFault, type ImportItem, itemOf, type Source } from '../importer.ts';
import { withoutUndefined, wordsOf } from '../json/json-values.ts';
import { LeftOut } from '../left-out.ts';
import { beginRules } from './bounded-rules.ts';
import {
  type CalendarTime,
  calendarTime,
  DescribedZone,
  isZone,
  localOf,
  registerZones,
  ZonedCalendar,
  zoneNamed,
} from './calendar-time.ts';
import { type ComponentText, componentsOf } from './components.ts';
import { periodsToTimes, withDates } from './mended.ts';

export interface CalendarOptions {
  /** Occurrences are made of what recurs up to this moment. */
  readonly until?: Date | undefined;
  /** Of times that name none, by the IANA database. */
  readonly timeZone?: string | undefined;
}

const day = 86_400_000;
const mostOccurrences = 5000;
/** UTF-16 units of changed occurrences and zones, which are held until their event comes. */
const mostHeld = 64 * 1024 * 1024;

export const isCalendar = (head: string): boolean => /^\s*BEGIN:VCALENDAR/i.test(head);

/**
 * Events as `library/calendar-event`, one for each occurrence. The file is read twice: changed occurrences and zones
 * may stand behind the event that they belong to.
 */
export async function* readCalendar(
  source: Source,
  options: CalendarOptions,
): AsyncGenerator<ImportItem, void, undefined> {
  const { zones, changed, others } = await readAhead(source);
  const reader = new EventReader(zones, options);
  yield* others.notes((count, kind) => `${count} ${kind} left out: only VEVENT is read.`);
  for await (const component of componentsOf(source)) {
    if (component.isCut) {
      const reason = `The file ends within this ${component.kind.slice(0, 100)}: it was cut.`;
      yield { kind: 'refused', line: component.line, reason };
      continue;
    }
    if (component.kind !== 'VEVENT' || isChange(component.text)) continue;
    const uid = uidOf(component.text);
    yield* reader.read(component, changed.get(uid) ?? []);
    changed.delete(uid);
  }
  // The calendar has the changed occurrence of a recurring event, and not the event.
  for (const alone of changed.values()) for (const component of alone) yield* reader.read(component, []);
}

interface Ahead {
  /** Text by name, of zones that the calendar alone knows. */
  readonly zones: ReadonlyMap<string, string>;
  readonly changed: Map<string, ComponentText[]>;
  readonly others: LeftOut;
}

async function readAhead(source: Source): Promise<Ahead> {
  const zones = new Map<string, string>();
  const changed = new Map<string, ComponentText[]>();
  const others = new LeftOut();
  let held = 0;
  for await (const component of componentsOf(source)) {
    const { kind, text, isCut } = component;
    if (isCut) continue;
    if (kind === 'VTIMEZONE') {
      const name = /^TZID[^:]*:(.*)$/im.exec(text)?.[1]?.trim() ?? '';
      // What a calendar says of a zone of the IANA database is not needed.
      if (name === '' || zones.has(name) || zoneNamed(name) !== undefined) continue;
      zones.set(name, text);
    } else if (kind === 'VEVENT') {
      if (!isChange(text)) continue;
      const uid = uidOf(text);
      const known = changed.get(uid);
      if (known) known.push(component);
      else changed.set(uid, [component]);
    } else {
      others.add(kind.slice(0, 100));
      continue;
    }
    held += text.length;
    if (held > mostHeld) throw new ImportFault('The calendar has more than 64 MiB of changed occurrences.');
  }
  return { zones, changed, others };
}

const isChange = (text: string): boolean => /^RECURRENCE-ID[;:]/im.test(text);
const uidOf = (text: string): string =>
  /^UID[^:]*:(.*(?:\r\n[ \t].*)*)$/im
    .exec(text)?.[1]
    ?.replaceAll(/\r\n[ \t]/g, '')
    .trim() ?? '';

class EventReader {
  readonly #described: Ahead['zones'];
  /** Those that were asked for: to expand their rules takes longer than to read an event. */
  readonly #zones = new Map<string, ICAL.Timezone>();
  readonly #until: number;
  readonly #timeZone: string;

  constructor(zones: Ahead['zones'], { until, timeZone }: CalendarOptions) {
    this.#described = zones;
    this.#until = (until?.getTime() ?? Date.now() + 366 * day) / 1000;
    this.#timeZone = timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!isZone(this.#timeZone)) throw new ImportFault(`There is no time zone ${this.#timeZone}.`);
  }

  *read(component: ComponentText, changes: readonly ComponentText[]): Generator<ImportItem, void, undefined> {
    try {
      const texts = [component, ...changes].map(({ text }) => withDates(text));
      for (const text of texts) registerZones(text);
      const text = ['BEGIN:VCALENDAR', ...texts, 'END:VCALENDAR'].join('\r\n');
      const calendar = new ZonedCalendar(text, (tzid) => this.#zone(tzid));
      const [main, ...changed] = calendar.getAllSubcomponents('vevent');
      const exceptions = changed.filter((one) => one.hasProperty('dtstart'));
      if (exceptions.length < changed.length)
        yield { kind: 'refused', line: component.line, reason: 'A changed occurrence of the event has no DTSTART.' };
      for (const one of [main, ...exceptions]) if (one) periodsToTimes(one);
      beginRules();
      const event = new ICAL.Event(main, { exceptions, strictExceptions: false });
      yield* this.#occurrences(event, component.line);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      yield itemOf(reason, component.line, 'The event cannot be read: ');
    }
  }

  /** A zone that the calendar describes. */
  #zone(tzid: string): ICAL.Timezone | undefined {
    const text = this.#described.get(tzid);
    let zone = this.#zones.get(tzid);
    if (text !== undefined && zone === undefined) {
      zone = new DescribedZone({ component: new ICAL.Component(ICAL.parse(text) as []), tzid });
      this.#zones.set(tzid, zone);
    }
    return zone;
  }

  *#occurrences(event: ICAL.Event, line: number): Generator<ImportItem, void, undefined> {
    if (!event.startDate) {
      yield { kind: 'refused', line, reason: 'The event has no DTSTART.' };
      return;
    }
    // Programs also except an occurrence that was moved, or say its date alone: what no rule finds is read as it is.
    const changes = new Set<ICAL.Event>(Object.values(event.exceptions));
    if (event.isRecurring() && !event.isRecurrenceException()) yield* this.#recurring(event, changes, line);
    else yield* this.#one(event, event.startDate, event.recurrenceId ?? undefined, line);
    for (const change of changes)
      if (change.startDate.toUnixTime() <= this.#until)
        yield* this.#one(change, change.startDate, change.recurrenceId, line);
  }

  /** Takes out of `changes` those that it finds. */
  *#recurring(event: ICAL.Event, changes: Set<ICAL.Event>, line: number): Generator<ImportItem, void, undefined> {
    const occurrences = event.iterator();
    let made = 0;
    for (let next = occurrences.next(); next; next = occurrences.next()) {
      if (next.toUnixTime() > this.#until) {
        const until = new Date(this.#until * 1000).toISOString().slice(0, 10);
        yield { kind: 'note', text: `Occurrences of what recurs are made until ${until}.` };
        return;
      }
      if (made === mostOccurrences) {
        yield { kind: 'refused', line, reason: `Of the event only the first ${mostOccurrences} occurrences are made.` };
        return;
      }
      made += 1;
      const { item, startDate, recurrenceId } = event.getOccurrenceDetails(next);
      changes.delete(item);
      yield* this.#one(item, startDate, recurrenceId, line);
    }
  }

  *#one(
    item: ICAL.Event,
    startDate: ICAL.Time,
    recurrenceId: ICAL.Time | undefined,
    line: number,
  ): Generator<ImportItem, void, undefined> {
    const tzid = item.component.getFirstProperty('dtstart')?.getFirstParameter('tzid');
    const time = calendarTime(startDate, tzid, this.#timeZone);
    if (!time) {
      yield { kind: 'refused', line, reason: `The time zone ${tzid} is not known, and the calendar does not say it.` };
      return;
    }
    if (time.foreignZone !== undefined)
      yield { kind: 'note', text: `Times of the zone ${time.foreignZone} are read into UTC by the calendar's rules.` };
    const occurrence = recurrenceId && localOf(recurrenceId);
    const uid = item.uid || identifierOf('none', [item.summary, time.local]);
    yield {
      kind: 'event',
      profile: 'library/calendar-event',
      identifier: identifierOf('icalendar', [uid, occurrence ?? null]),
      createdDate: new Date(time.zoned.epochMilliseconds).toISOString(),
      payload: payloadOf(item, uid, occurrence, time, this.#durationOf(item), startDate.isDate),
      line,
    };
  }

  /** From the begin of an event to its end: days by the calendar, and what is less by the clock (RFC 8984, 1.4.6). */
  #durationOf(item: ICAL.Event): string | undefined {
    const timeOf = (name: 'dtstart' | 'dtend', time: ICAL.Time): CalendarTime | undefined =>
      calendarTime(time, item.component.getFirstProperty(name)?.getFirstParameter('tzid'), this.#timeZone);
    const { startDate, endDate, duration } = item;
    if (startDate.isDate || !item.component.hasProperty('dtend'))
      return duration.isNegative ? undefined : duration.toString();
    const [start, end] = [timeOf('dtstart', startDate)?.zoned, timeOf('dtend', endDate)?.zoned];
    if (!start || !end || end.epochMilliseconds < start.epochMilliseconds) return undefined;
    return start.until(end.withTimeZone(start.timeZoneId), { largestUnit: 'day' }).toString();
  }
}

const states: Readonly<Record<string, string>> = {
  CONFIRMED: 'confirmed',
  TENTATIVE: 'tentative',
  CANCELLED: 'cancelled',
};
const privacies: Readonly<Record<string, string>> = { PUBLIC: 'public', PRIVATE: 'private', CONFIDENTIAL: 'secret' };

function payloadOf(
  item: ICAL.Event,
  uid: string,
  recurrenceId: string | undefined,
  { local, timeZone }: CalendarTime,
  duration: string | undefined,
  isDate: boolean,
): Readonly<Record<string, unknown>> {
  const text = (name: string, longest = 100): string | undefined =>
    wordsOf(item.component.getFirstPropertyValue(name), longest);
  const categories = item.component
    .getAllProperties('categories')
    .flatMap((property) => property.getValues() as unknown[])
    .map(String)
    .filter((word) => word !== '')
    .slice(0, 100);
  const transparency = text('transp')?.toUpperCase();
  const place = text('location', 2000);
  return withoutUndefined({
    '@type': 'Event',
    uid: uid.slice(0, 1000).toWellFormed(),
    start: local,
    timeZone,
    recurrenceId,
    title: text('summary', 5000),
    description: text('description', 100_000),
    duration,
    showWithoutTime: isDate || undefined,
    status: states[text('status')?.toUpperCase() ?? ''],
    freeBusyStatus: transparency === undefined ? undefined : transparency === 'TRANSPARENT' ? 'free' : 'busy',
    privacy: privacies[text('class')?.toUpperCase() ?? ''],
    locations: place && { 1: { '@type': 'Location', name: place } },
    keywords: categories.length > 0 ? Object.fromEntries(categories.map((word) => [word, true])) : undefined,
  });
}
