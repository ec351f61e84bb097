import ICAL from 'ical.js';
import { identifierOf } from '../identifier.ts';
import { ImportFault, type ImportItem, type Source } from '../importer.ts';
import { beginRules } from './bounded-rules.ts';
import { calendarTime, isZone } from './calendar-time.ts';
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
  for (const [kind, count] of others) yield { kind: 'told', text: `${count} ${kind} left out: only VEVENT is read.` };
  for await (const component of componentsOf(source)) {
    if (component.kind !== 'VEVENT' || isChange(component.text)) continue;
    const uid = uidOf(component.text);
    yield* reader.read(component, changed.get(uid) ?? []);
    changed.delete(uid);
  }
  // The calendar has the changed occurrence of a recurring event, and not the event.
  for (const alone of changed.values()) for (const component of alone) yield* reader.read(component, []);
}

interface Ahead {
  readonly zones: string;
  readonly changed: Map<string, ComponentText[]>;
  readonly others: ReadonlyMap<string, number>;
}

async function readAhead(source: Source): Promise<Ahead> {
  const zones = new Map<string, string>();
  const changed = new Map<string, ComponentText[]>();
  const others = new Map<string, number>();
  let held = 0;
  for await (const component of componentsOf(source)) {
    const { kind, text } = component;
    if (kind === 'VTIMEZONE') {
      const name = /^TZID[^:]*:(.*)$/im.exec(text)?.[1]?.trim() ?? '';
      if (zones.has(name)) continue;
      zones.set(name, text);
    } else if (kind === 'VEVENT') {
      if (!isChange(text)) continue;
      const uid = uidOf(text);
      changed.set(uid, [...(changed.get(uid) ?? []), component]);
    } else {
      others.set(kind, (others.get(kind) ?? 0) + 1);
      continue;
    }
    held += text.length;
    if (held > mostHeld) throw new ImportFault('The calendar has more than 64 MiB of changed occurrences.');
  }
  return { zones: [...zones.values()].join('\r\n'), changed, others };
}

const isChange = (text: string): boolean => /^RECURRENCE-ID[;:]/im.test(text);
const uidOf = (text: string): string =>
  /^UID[^:]*:(.*(?:\r\n[ \t].*)*)$/im
    .exec(text)?.[1]
    ?.replaceAll(/\r\n[ \t]/g, '')
    .trim() ?? '';

class EventReader {
  readonly #zones: string;
  readonly #until: number;
  readonly #timeZone: string;

  constructor(zones: string, { until, timeZone }: CalendarOptions) {
    this.#zones = zones;
    this.#until = (until?.getTime() ?? Date.now() + 366 * day) / 1000;
    this.#timeZone = timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!('Temporal' in globalThis))
      throw new ImportFault('This browser is too old for calendars: it has no Temporal.');
    if (!isZone(this.#timeZone)) throw new ImportFault(`There is no time zone ${this.#timeZone}.`);
  }

  *read(component: ComponentText, changes: readonly ComponentText[]): Generator<ImportItem, void, undefined> {
    try {
      const texts = [component, ...changes].map(({ text }) => withDates(text));
      const calendar = new ICAL.Component(
        ICAL.parse(['BEGIN:VCALENDAR', this.#zones, ...texts, 'END:VCALENDAR'].filter(Boolean).join('\r\n')) as [],
      );
      const [main, ...exceptions] = calendar.getAllSubcomponents('vevent');
      for (const one of [main, ...exceptions]) if (one) periodsToTimes(one);
      beginRules();
      const event = new ICAL.Event(main, { exceptions, strictExceptions: false });
      yield* this.#occurrences(event, component.line);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      yield { kind: 'refused', line: component.line, reason: `The event cannot be read: ${reason}` };
    }
  }

  *#occurrences(event: ICAL.Event, line: number): Generator<ImportItem, void, undefined> {
    if (!event.startDate) {
      yield { kind: 'refused', line, reason: 'The event has no DTSTART.' };
      return;
    }
    if (!event.isRecurring() || event.isRecurrenceException()) {
      yield* this.#one(event, event.startDate, event.recurrenceId ?? undefined, line);
      return;
    }
    const occurrences = event.iterator();
    let made = 0;
    for (let next = occurrences.next(); next; next = occurrences.next()) {
      if (next.toUnixTime() > this.#until) {
        const until = new Date(this.#until * 1000).toISOString().slice(0, 10);
        yield { kind: 'told', text: `Occurrences of what recurs are made until ${until}.` };
        return;
      }
      if (made === mostOccurrences) {
        yield { kind: 'refused', line, reason: `Of the event only the first ${mostOccurrences} occurrences are made.` };
        return;
      }
      made += 1;
      const { item, startDate, recurrenceId } = event.getOccurrenceDetails(next);
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
      yield { kind: 'told', text: `Times of the zone ${time.foreignZone} are read into UTC by the calendar's rules.` };
    const occurrence = recurrenceId && localOf(recurrenceId);
    const uid = item.uid || identifierOf('none', [item.summary, time.local]);
    yield {
      kind: 'event',
      profile: 'library/calendar-event',
      identifier: identifierOf('icalendar', [uid, occurrence ?? null]),
      createdDate: time.instant,
      payload: payloadOf(item, uid, occurrence, time, startDate.isDate),
      line,
    };
  }
}

const localOf = (time: ICAL.Time): string => {
  const text = time.toString().replace(/Z$/, '');
  return time.isDate ? `${text}T00:00:00` : text;
};

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
  { local, timeZone }: { readonly local: string; readonly timeZone: string | null },
  isDate: boolean,
): Readonly<Record<string, unknown>> {
  const text = (name: string): string | undefined => {
    const value = item.component.getFirstPropertyValue(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const { duration } = item;
  const categories = item.component
    .getAllProperties('categories')
    .flatMap((property) => property.getValues() as unknown[])
    .map(String)
    .filter((word) => word !== '')
    .slice(0, 100);
  const transparency = text('transp')?.toUpperCase();
  const given = {
    recurrenceId,
    title: text('summary')?.slice(0, 5000),
    description: text('description')?.slice(0, 100_000),
    duration: duration && !duration.isNegative ? duration.toString() : undefined,
    showWithoutTime: isDate || undefined,
    status: states[text('status')?.toUpperCase() ?? ''],
    freeBusyStatus: transparency === undefined ? undefined : transparency === 'TRANSPARENT' ? 'free' : 'busy',
    privacy: privacies[text('class')?.toUpperCase() ?? ''],
    locations: text('location') && { 1: { '@type': 'Location', name: text('location')!.slice(0, 2000) } },
    keywords: categories.length > 0 ? Object.fromEntries(categories.map((word) => [word, true])) : undefined,
  };
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  return { '@type': 'Event', uid: uid.slice(0, 1000), start: local, timeZone, ...Object.fromEntries(known) };
}
