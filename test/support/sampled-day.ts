/**
 * Exports of a phone, a watch, a calendar and a player about one week in Berlin, as the importers read them. Runs in
 * plain Node: erasable TypeScript, no aliases.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Position = readonly [longitude: number, latitude: number];

/** A Wednesday; Berlin is an hour before UTC. */
export const sampledDate = '2026-03-04';
export const sampledZone = 'Europe/Berlin';

const at = (clock: string, day = sampledDate): number => Date.parse(`${day}T${clock}:00+01:00`);
const iso = (time: number): string => new Date(time).toISOString();
const dates = [2, 3, 4, 5, 6, 7, 8].map((day) => `2026-03-0${day}`);
/** The same at each run, from 0 to 1. */
const wobble = (seed: number): number => Math.abs(Math.sin(seed * 12.9898) * 43758.5453) % 1;

const home: Position = [13.4135, 52.5385];
const office: Position = [13.3885, 52.5165];
const market: Position = [13.4023, 52.5285];
const field: Position = [13.4015, 52.4735];

const visits: readonly (readonly [name: string, place: Position, from: string, to: string])[] = [
  ['Home', home, '00:00', '08:05'],
  ['Office', office, '08:32', '12:28'],
  ['Market hall', market, '12:41', '13:20'],
  ['Office', office, '13:34', '17:24'],
  ['Home', home, '19:31', '23:59'],
];
const ways: readonly (readonly [activity: string, from: Position, to: Position, begin: string, end: string])[] = [
  ['CYCLING', home, office, '08:05', '08:32'],
  ['WALKING', office, market, '12:28', '12:41'],
  ['WALKING', market, office, '13:20', '13:34'],
  ['CYCLING', office, field, '17:24', '17:58'],
  ['IN_SUBWAY', field, home, '18:52', '19:31'],
];

const e7 = (degrees: number): number => Math.round(degrees * 1e7);
const location = ([longitude, latitude]: Position): object => ({
  latitudeE7: e7(latitude),
  longitudeE7: e7(longitude),
});

/** A street goes neither straight nor evenly. */
function between(from: Position, to: Position): object[] {
  return Array.from({ length: 18 }, (_, index) => {
    const part = (index + 1) / 19;
    const aside = Math.sin(part * Math.PI) * 0.0025 + (wobble(index + from[0]) - 0.5) * 0.0012;
    const point: Position = [
      from[0] + (to[0] - from[0]) * part + aside,
      from[1] + (to[1] - from[1]) * part - aside / 2,
    ];
    return { latE7: e7(point[1]), lngE7: e7(point[0]) };
  });
}

const timeline = (): string =>
  JSON.stringify({
    timelineObjects: [
      ...dates.flatMap((date) =>
        visits.map(([name, place, from, to]) => ({
          placeVisit: {
            location: { ...location(place), name, placeId: name },
            duration: { startTimestamp: iso(at(from, date)), endTimestamp: iso(at(to, date)) },
          },
        })),
      ),
      ...dates.flatMap((date, index) =>
        ways.map(([activityType, from, to, begin, end]) => ({
          activitySegment: {
            startLocation: location(from),
            endLocation: location(to),
            waypointPath: { waypoints: between(from, to) },
            duration: { startTimestamp: iso(at(begin, date)), endTimestamp: iso(at(end, date)) },
            distance: 1200 + index * 310,
            activityType,
          },
        })),
      ),
    ],
  });

/** A run round the field, a point each second. */
function gpx(): string {
  const points = Array.from({ length: 45 * 60 }, (_, second) => {
    const angle = (second / (45 * 60)) * 4 * Math.PI;
    const radius = 0.0062 + Math.sin(angle * 3) * 0.0007;
    const [longitude, latitude] = [
      field[0] + Math.sin(angle) * radius * 1.6,
      field[1] + (1 - Math.cos(angle)) * radius * -0.8,
    ];
    const time = iso(at('18:02') + second * 1000);
    return `<trkpt lat="${latitude.toFixed(6)}" lon="${longitude.toFixed(6)}"><time>${time}</time></trkpt>`;
  });
  return `<gpx><trk><name>Evening run</name><trkseg>${points.join('\n')}</trkseg></trk></gpx>`;
}

const entries: readonly (readonly [title: string, from: string, to: string])[] = [
  ['Stand-up', '09:00', '09:20'],
  ['Design review', '10:00', '11:30'],
  ['Lunch with Ada', '12:40', '13:20'],
  ['Interview', '14:00', '15:00'],
  ['Focus: release notes', '14:30', '16:30'],
  ['Choir', '20:00', '21:30'],
];

function calendar(): string {
  const stamp = (clock: string): string => `${sampledDate.replaceAll('-', '')}T${clock.replace(':', '')}00`;
  const events = entries.map(
    ([title, from, to]) =>
      `BEGIN:VEVENT\nUID:${title}\nSUMMARY:${title}\n` +
      `DTSTART;TZID=${sampledZone}:${stamp(from)}\nDTEND;TZID=${sampledZone}:${stamp(to)}\nEND:VEVENT`,
  );
  const wholeDay = 'BEGIN:VEVENT\nUID:birthday\nSUMMARY:Grandmother is 90\nDTSTART;VALUE=DATE:20260304\nEND:VEVENT';
  return ['BEGIN:VCALENDAR', ...events, wholeDay, 'END:VCALENDAR', ''].join('\n').replaceAll('\n', '\r\n');
}

const appleTime = (time: number): string =>
  `${iso(time + 3_600_000)
    .slice(0, 19)
    .replace('T', ' ')} +0100`;
const record = (type: string, device: string, unit: string, value: string | number, from: number, to: number): string =>
  `<Record type="HK${type}" sourceName="${device}" unit="${unit}" value="${value}" ` +
  `startDate="${appleTime(from)}" endDate="${appleTime(to)}"/>`;

/** Beats per minute at a minute of the day: low at night, high in the run. */
function beats(minute: number): number {
  const [night, run] = [minute < 400 || minute > 1400, minute >= 1082 && minute < 1127];
  const moving = [485, 748, 800, 1044].some((begin) => minute >= begin && minute < begin + 28);
  const base = run ? 148 : night ? 51 : moving ? 98 : 67;
  return Math.round(base + Math.sin(minute / 37) * 4 + wobble(minute) * (run ? 14 : 9));
}

function health(): string {
  const records = dates.flatMap((date, index) => {
    const midnight = at('00:00', date);
    const minute = (of: number): number => midnight + of * 60_000;
    const heart = Array.from({ length: 288 }, (_, step) => {
      const when = minute(step * 5 + (index % 3));
      return record('QuantityTypeIdentifierHeartRate', 'Watch', 'count/min', beats(step * 5) + index, when, when);
    });
    const steps = Array.from({ length: 96 }, (_, quarter) => {
      const hour = quarter / 4;
      const busy = [8, 12, 13, 17, 19].includes(Math.floor(hour)) ? 420 : hour >= 18 && hour < 19 ? 1500 : 55;
      const count = hour < 7 ? 0 : Math.round(busy * (0.6 + wobble(quarter + index * 7)) * (0.7 + index * 0.09));
      const span = [minute(quarter * 15), minute(quarter * 15 + 15)] as const;
      const type = 'QuantityTypeIdentifierStepCount';
      return count === 0
        ? ''
        : record(type, 'Watch', 'count', count, ...span) +
            record(type, 'Phone', 'count', Math.round(count * 0.8), ...span);
    });
    const stages = ['Core', 'Deep', 'Core', 'REM', 'Core', 'Deep', 'Core', 'REM', 'Core', 'REM'].slice(
      0,
      9 + (index % 2),
    );
    const begin = minute(-70 + ((index * 23) % 60));
    const night = stages.flatMap((stage, part) => {
      const from = begin + part * 44 * 60_000;
      const asleep = record(
        'CategoryTypeIdentifierSleepAnalysis',
        'Watch',
        '',
        `HKCategoryValueSleepAnalysisAsleep${stage}`,
        from,
        from + 44 * 60_000,
      );
      return part === 5
        ? [
            asleep,
            record(
              'CategoryTypeIdentifierSleepAnalysis',
              'Watch',
              '',
              'HKCategoryValueSleepAnalysisAwake',
              from + 38 * 60_000,
              from + 44 * 60_000,
            ),
          ]
        : [asleep];
    });
    return [...heart, ...steps, ...night];
  });
  const workout =
    `<Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="45" durationUnit="min" ` +
    `startDate="${appleTime(at('18:02'))}" endDate="${appleTime(at('18:47'))}" sourceName="Watch"/>`;
  return `<HealthData locale="en_GB">\n${records.join('\n')}\n${workout}\n</HealthData>`;
}

const played: readonly (readonly [from: string, title: string, artist: string, seconds: number])[] = [
  ['07:10', 'Morning news', 'Radio', 1500],
  ['08:06', 'Goldberg Variations', 'Glenn Gould', 1500],
  ['11:35', 'Music for 18 Musicians', 'Steve Reich', 2900],
  ['17:26', 'Blue Train', 'John Coltrane', 1900],
  ['22:05', 'Spiegel im Spiegel', 'Arvo Pärt', 2300],
];
const listening = (): string =>
  ['date,title,artist,played', ...played.map(([from, ...rest]) => [iso(at(from)), ...rest].join(','))].join('\n');

const notes = (): string => `date,text\n${iso(at('10:45'))},Ask Ada about the colour of the second chart\n`;

/** The files by what they are, and what `datakeep import` is told beside. */
export function writeSampledWeek(folder: string): readonly (readonly string[])[] {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  return [
    [write('2026_MARCH.json', timeline())],
    [write('run.gpx', gpx())],
    [write('calendar.ics', calendar()), '--time-zone', sampledZone],
    [write('export.xml', health())],
    [write('listening.csv', listening()), '--profile', 'library/listening'],
    [write('notes.csv', notes()), '--profile', 'library/note'],
  ];
}
