import { describe, expect, test } from 'vitest';
import type { ImportedEvent, ImportItem } from '../importer.ts';
import { itemsOf, sourceOf } from '../testing.ts';
import { readCalendar } from './icalendar.ts';

const options = { until: new Date('2027-01-01T00:00:00Z'), timeZone: 'Europe/Berlin' };
const calendar = (...lines: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n');
const event = (...lines: readonly string[]): string => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'].join('\r\n');

async function read(text: string): Promise<ImportItem[]> {
  return itemsOf(readCalendar(sourceOf(text), options));
}
const eventsIn = (items: readonly ImportItem[]): ImportedEvent[] => items.filter((item) => item.kind === 'event');
const starts = (items: readonly ImportItem[]): unknown[] => eventsIn(items).map(({ createdDate }) => createdDate);

describe('events of a calendar', () => {
  test('are those of the library: local time, zone, duration, what it is and where', async () => {
    const [item] = await read(
      calendar(
        event(
          'UID:1@calendar.example',
          'DTSTART;TZID=Europe/Berlin:20260302T093000',
          'DTEND;TZID=Europe/Berlin:20260302T101500',
          'SUMMARY:Dentist\\, again',
          'LOCATION:Main',
          '  Street',
          'CATEGORIES:health,teeth',
          'STATUS:CONFIRMED',
          'TRANSP:OPAQUE',
          'CLASS:PRIVATE',
        ),
      ),
    );
    expect(item).toMatchObject({
      kind: 'event',
      profile: 'library/calendar-event',
      createdDate: '2026-03-02T08:30:00.000Z',
      line: 3,
      payload: {
        '@type': 'Event',
        uid: '1@calendar.example',
        title: 'Dentist, again',
        start: '2026-03-02T09:30:00',
        timeZone: 'Europe/Berlin',
        duration: 'PT45M',
        status: 'confirmed',
        freeBusyStatus: 'busy',
        privacy: 'private',
        locations: { 1: { '@type': 'Location', name: 'Main Street' } },
        keywords: { health: true, teeth: true },
      },
    });
  });

  test('of whole days have no time, also where the calendar forgets to say that they are dates', async () => {
    const items = await read(
      calendar(
        event('UID:1', 'DTSTART;VALUE=DATE:20260301', 'DTEND;VALUE=DATE:20260303'),
        event('UID:2', 'DTSTART:20260301'),
      ),
    );
    const day = { start: '2026-03-01T00:00:00', timeZone: null, showWithoutTime: true };
    expect(eventsIn(items).map(({ payload }) => payload)).toMatchObject([{ ...day, duration: 'P2D' }, day]);
    expect(starts(items)).toEqual(Array.from({ length: 2 }, () => '2026-02-28T23:00:00.000Z'));
  });

  test('that recur are occurrences, at the same local time in summer and winter', async () => {
    const items = await read(
      calendar(event('UID:1', 'DTSTART;TZID=Europe/Berlin:20260327T090000', 'RRULE:FREQ=DAILY;COUNT=3')),
    );
    expect(starts(items)).toEqual(['2026-03-27T08:00:00.000Z', '2026-03-28T08:00:00.000Z', '2026-03-29T07:00:00.000Z']);
    expect(eventsIn(items)[1]!.payload['recurrenceId']).toBe('2026-03-28T09:00:00');
  });

  test('leave out what the calendar excepts, and take changed occurrences, which stand before or behind', async () => {
    const main = event(
      'UID:1',
      'DTSTART:20260301T090000Z',
      'SUMMARY:Walk',
      'RRULE:FREQ=DAILY;COUNT=4',
      'EXDATE:20260302T090000Z',
    );
    const changed = event('UID:1', 'RECURRENCE-ID:20260303T090000Z', 'DTSTART:20260303T120000Z', 'SUMMARY:Late walk');
    for (const text of [calendar(main, changed), calendar(changed, main)]) {
      const items = await read(text);
      expect(starts(items)).toEqual([
        '2026-03-01T09:00:00.000Z',
        '2026-03-03T12:00:00.000Z',
        '2026-03-04T09:00:00.000Z',
      ]);
      expect(eventsIn(items)[1]!.payload).toMatchObject({ title: 'Late walk', recurrenceId: '2026-03-03T09:00:00' });
    }
    expect(starts(await read(calendar(changed)))).toEqual(['2026-03-03T12:00:00.000Z']);
  });

  test('are also changed occurrences that no rule finds: excepted ones, and those said by their date', async () => {
    const main = event('UID:1', 'DTSTART:20260301T090000Z', 'RRULE:FREQ=DAILY;COUNT=2', 'EXDATE:20260302T090000Z');
    const moved = event('UID:1', 'RECURRENCE-ID:20260302T090000Z', 'DTSTART:20260302T120000Z', 'SUMMARY:Moved');
    const byDate = event('UID:1', 'RECURRENCE-ID;VALUE=DATE:20260301', 'DTSTART:20260301T150000Z');
    const late = event('UID:1', 'RECURRENCE-ID:20280302T090000Z', 'DTSTART:20280302T120000Z');
    expect(starts(await read(calendar(main, moved, byDate, late)))).toEqual([
      '2026-03-01T09:00:00.000Z',
      '2026-03-02T12:00:00.000Z',
      '2026-03-01T15:00:00.000Z',
    ]);
    const once = event('UID:1', 'DTSTART:20260301T090000Z');
    expect(starts(await read(calendar(once, moved)))).toEqual(['2026-03-01T09:00:00.000Z', '2026-03-02T12:00:00.000Z']);
    const broken = event('UID:1', 'RECURRENCE-ID:20260301T090000Z');
    const kinds = (await read(calendar(main, broken, moved))).map(({ kind }) => kind);
    expect(kinds).toEqual(['refused', 'event', 'event']);
  });

  test.each([
    ['a flight', 'TZID=Europe/Berlin:20260302T100000', 'TZID=America/New_York:20260302T130000', 'PT9H'],
    ['a night', 'TZID=Europe/Berlin:20260328T220000', 'TZID=Europe/Berlin:20260329T060000', 'PT7H'],
    ['a weekend', 'TZID=Europe/Berlin:20261023T180000', 'TZID=Europe/Berlin:20261025T180000', 'P2D'],
  ])('last as long as they do, where no zone is described: %s', async (_case, start, end, duration) => {
    const [item] = await read(calendar(event('UID:1', `DTSTART;${start}`, `DTEND;${end}`)));
    expect(item).toMatchObject({ payload: { duration } });
    const [backwards] = await read(calendar(event('UID:1', `DTSTART;${end}`, `DTEND;${start}`)));
    expect(backwards).not.toHaveProperty('payload.duration');
  });

  test('that recur end, and are excepted and changed, by times in UTC too, where no zone is described', async () => {
    const rule = ['DTSTART;TZID=Europe/Berlin:20260326T233000', 'RRULE:FREQ=DAILY;UNTIL=20260329T225959Z'];
    const main = event('UID:1', ...rule, 'EXDATE:20260327T223000Z');
    const changed = event('UID:1', 'RECURRENCE-ID:20260328T223000Z', 'DTSTART:20260328T120000Z');
    expect(starts(await read(calendar(main, changed)))).toEqual([
      '2026-03-26T22:30:00.000Z',
      '2026-03-28T12:00:00.000Z',
      '2026-03-29T21:30:00.000Z',
    ]);
  });

  test('are read up to the one in which the file was cut, which is refused', async () => {
    const whole = calendar(event('UID:1', 'DTSTART:20260301T090000Z'), event('UID:2', 'DTSTART:20260302T090000Z'));
    const changed = calendar(event('UID:1', 'RECURRENCE-ID:20260301T090000Z', 'DTSTART:20260301T100000Z'));
    const cut = (text: string): string => text.slice(0, text.lastIndexOf('END:VEVENT'));
    const refused = { kind: 'refused', line: 7, reason: 'The file ends within this VEVENT: it was cut.' };
    expect(await read(cut(whole))).toMatchObject([{ kind: 'event' }, refused]);
    expect(await read(cut(changed))).toMatchObject([{ ...refused, line: 3 }]);
  });

  test('are made up to a moment and 5,000 of one event, which is told', async () => {
    const endless = await read(calendar(event('UID:1', 'DTSTART:20261230T090000Z', 'RRULE:FREQ=DAILY')));
    expect(eventsIn(endless)).toHaveLength(2);
    expect(endless.at(-1)).toEqual({ kind: 'note', text: 'Occurrences of what recurs are made until 2027-01-01.' });
    const many = await read(calendar(event('UID:1', 'DTSTART:20000101T090000Z', 'RRULE:FREQ=DAILY')));
    expect(eventsIn(many)).toHaveLength(5000);
    expect(many.at(-1)).toMatchObject({ kind: 'refused', line: 3, reason: expect.stringContaining('5000') });
  });

  test.each(['FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=SECONDLY;BYMONTH=6'])(
    'whose rule names no moment for ever are refused: %s',
    async (rule) => {
      const items = await read(calendar(event('UID:1', 'DTSTART:20260101T090000Z', `RRULE:${rule}`)));
      expect(items.at(-1)).toMatchObject({ kind: 'refused', line: 3, reason: expect.stringContaining('RRULE') });
    },
  );

  test('in a zone of the calendar itself are read into UTC, and in one that nothing describes refused', async () => {
    const zone = [
      'BEGIN:VTIMEZONE',
      'TZID:Our Time',
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      'TZOFFSETFROM:+0300',
      'TZOFFSETTO:+0300',
      'END:STANDARD',
      'END:VTIMEZONE',
    ];
    const own = event('UID:1', 'DTSTART;TZID=Our Time:20260301T120000');
    const [note, item] = await read(calendar(own, ...zone));
    expect(note).toMatchObject({ kind: 'note', text: expect.stringContaining('Our Time') });
    expect(item).toMatchObject({ payload: { start: '2026-03-01T09:00:00', timeZone: 'Etc/UTC' } });
    expect(await read(calendar(own))).toMatchObject([{ kind: 'refused', line: 3 }]);
    const address = event('UID:1', 'DTSTART;TZID=/calendar.example/Europe/Berlin:20260301T120000');
    expect(await read(calendar(address))).toMatchObject([{ payload: { timeZone: 'Europe/Berlin' } }]);
  });

  test('in a zone whose rules the calendar has are read by them, whatever far year another event is in', async () => {
    const rule = (name: string, month: number, from: string, to: string) => [
      `BEGIN:${name}`,
      `DTSTART:1970${String(month).padStart(2, '0')}01T030000`,
      `TZOFFSETFROM:${from}`,
      `TZOFFSETTO:${to}`,
      `RRULE:FREQ=YEARLY;BYMONTH=${month};BYDAY=-1SU`,
      `END:${name}`,
    ];
    const zone = [
      'BEGIN:VTIMEZONE',
      'TZID:Our Time',
      ...rule('DAYLIGHT', 3, '+0100', '+0200'),
      ...rule('STANDARD', 10, '+0200', '+0100'),
      'END:VTIMEZONE',
    ];
    const times = ['20260115T120000', '20260715T120000', '21000715T120000', '20261025T023000', '20260715T120000'];
    const events = times.flatMap((time, uid) => event(`UID:${uid}`, `DTSTART;TZID=Our Time:${time}`));
    const items = await read(calendar(...zone, ...events));
    expect(starts(items)).toEqual([
      '2026-01-15T11:00:00.000Z',
      '2026-07-15T10:00:00.000Z',
      '2100-07-15T10:00:00.000Z',
      '2026-10-25T01:30:00.000Z',
      '2026-07-15T10:00:00.000Z',
    ]);
  });

  test('are read where a zone of the calendar has no name', async () => {
    const nameless = ['BEGIN:VTIMEZONE', 'BEGIN:STANDARD', 'END:STANDARD', 'END:VTIMEZONE'];
    const items = await read(calendar(...nameless, event('UID:1', 'DTSTART;TZID=Europe/Berlin:20260301T120000')));
    expect(starts(items)).toEqual(['2026-03-01T11:00:00.000Z']);
  });

  test('that are broken are refused with line and reason, and the others read', async () => {
    const items = await read(
      calendar(
        event('UID:1', 'DTSTART:INVALID'),
        event('UID:2'),
        event('UID:3', 'DTSTART:20260301T120000Z', 'no colon'),
        event('UID:4', 'DTSTART:20260301T120000Z'),
        'BEGIN:VTODO',
        'END:VTODO',
      ),
    );
    expect(items.map(({ kind }) => kind)).toEqual(['note', 'refused', 'refused', 'refused', 'event']);
    expect(items.flatMap((item) => (item.kind === 'refused' ? [item.line] : []))).toEqual([3, 7, 10]);
  });

  test('are read beside a component whose name has a hundred thousand letters', async () => {
    const long = `VEVEN${'N'.repeat(100_000)}T`;
    const file = calendar(`BEGIN:${long}`, `END:${long}`, event('UID:1', 'DTSTART:20260301T120000Z'));
    const items = await itemsOf(readCalendar(sourceOf(file, 'long.ics', 65_536), {}));
    expect(items.map(({ kind }) => kind)).toEqual(['note', 'event']);
  });

  test('whose rule is nonsense without end are refused with a reason that ends', async () => {
    const nonsense = `RRULE:FREQ=MINUT${'E'.repeat(2000)}LY`;
    const items = await read(calendar(event('UID:1', 'DTSTART:20260301T120000Z', nonsense)));
    expect(items).toEqual([{ kind: 'refused', line: 3, reason: expect.stringContaining('cannot be read') }]);
    expect(items[0]).toHaveProperty('reason.length', 500);
  });

  test('have the same identifiers in any file, one for each occurrence', async () => {
    const recurring = event('UID:1', 'DTSTART:20260301T090000Z', 'RRULE:FREQ=DAILY;COUNT=3');
    const first = eventsIn(await read(calendar(recurring))).map(({ identifier }) => identifier);
    const again = eventsIn(await read(calendar(event('UID:0', 'DTSTART:20260301'), recurring)));
    expect(new Set(first).size).toBe(3);
    expect(again.map(({ identifier }) => identifier)).toEqual(expect.arrayContaining(first));
  });
});
