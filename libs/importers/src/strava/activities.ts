import { readNumber } from '../csv/csv-values.ts';
import { identifierOf } from '../identifier.ts';
import type { Made } from '../importer.ts';
import { withoutUndefined, wordsOf } from '../json/json-values.ts';
import { activityDate } from './activity-date.ts';

/** Columns of activities.csv, which stand in these places in each language and each year's form. */
const places = { id: 0, date: 1, type: 3, elapsed: 5, distance: 6 } as const;
const calories = new Set(['calories', 'kalorien', 'calorías', 'calorie', 'calorias', 'calorieën', 'калории']);

const names: Readonly<Partial<Record<string, string>>> = {
  run: 'running',
  ride: 'cycling',
  walk: 'walking',
  hike: 'hiking',
  swim: 'swimming',
};

export interface Columns {
  /** Metres and seconds, in columns that repeat the names of those before. */
  readonly metres: number;
  readonly moving: number;
  readonly calories: number;
}

/**
 * By place, since names are in the language of the account. The first distance is in kilometres or miles, which nothing
 * names; the second is in metres, as is that of the oldest form, whose names are in lower case.
 */
export function columnsOf(header: readonly string[]): Columns | string {
  if (header.length < 7) return 'activities.csv has fewer columns than any that is known here.';
  const again = (place: number): number => header.indexOf(header[place] ?? '', place + 1);
  const elapsed = again(places.elapsed);
  return {
    metres: header[places.distance] === 'distance' ? places.distance : again(places.distance),
    moving: elapsed === -1 ? header.indexOf('Moving Time') : elapsed + 1,
    calories: header.findIndex((name) => calories.has(name.trim().toLowerCase())),
  };
}

export function workoutOf(cells: readonly string[], columns: Columns): Made {
  const id = cells[places.id]?.trim() ?? '';
  if (!/^\d{1,20}$/.test(id)) return 'The row has no number of an activity.';
  const start = activityDate(cells[places.date] ?? '');
  if (start === undefined)
    return `The date ${(cells[places.date] ?? '').slice(0, 50)} is in a form that is not known here.`;
  const seconds = amountIn(cells, places.elapsed);
  if (seconds === undefined) return 'The row has no time that the activity took.';
  const name = wordsOf(cells[places.type], 200)?.toLowerCase();
  if (name === undefined) return 'The row has no kind of activity.';
  const [metres, moving, kcal] = [columns.metres, columns.moving, columns.calories].map((at) => amountIn(cells, at));
  const end = new Date(Date.parse(start) + seconds * 1000).toISOString();
  return {
    profile: 'library/workout',
    identifier: identifierOf('strava', [id]),
    createdDate: start,
    payload: withoutUndefined({
      activity_name: names[name] ?? name,
      effective_time_frame: { time_interval: { start_date_time: start, end_date_time: end } },
      distance: metres === undefined ? undefined : { value: metres, unit: 'm' },
      kcal_burned: kcal === undefined ? undefined : { value: kcal, unit: 'kcal' },
      duration: moving === undefined ? undefined : { value: moving, unit: 's' },
    }),
  };
}

/** From 0 on; of seconds, 30 years at most. */
function amountIn(cells: readonly string[], at: number): number | undefined {
  const number = readNumber(cells[at] ?? '', {});
  return number !== undefined && number >= 0 && number < 1e9 ? number : undefined;
}
