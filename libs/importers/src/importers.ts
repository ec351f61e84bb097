import { isActivityWatch, readActivityWatch } from './activitywatch/activitywatch.ts';
import { healthProfiles, isAppleHealth, readAppleHealth } from './apple-health/apple-health.ts';
import { namesIn } from './archive/zip-entries.ts';
import { isBrowserHistory, readBrowserHistory } from './browser-history/browser-history.ts';
import { isCsv, readCsv, type CsvOptions } from './csv/csv.ts';
import { isCalendar, readCalendar, type CalendarOptions } from './icalendar/icalendar.ts';
import { isGpx, readGpx } from './gpx/gpx.ts';
import { ImportFault, type ImportItem, type Source } from './importer.ts';
import { headOf } from './source-text.ts';
import { isStrava, readStrava, stravaProfiles } from './strava/strava.ts';
import { isTimeline, readTimeline } from './timeline/timeline.ts';

export type ReadOptions = CsvOptions & CalendarOptions;

interface Importer {
  /** What a file of it is called, in words for the user. */
  readonly title: string;
  /**
   * By the begin of a file, and the names in an archive. Throws `ImportFault` for one that lies beside what it reads,
   * and holds nothing.
   */
  readonly recognises: (head: string, names: readonly string[]) => boolean;
  /** Profiles of what it brings; undefined where the options name them. */
  readonly profiles?: readonly string[];
  readonly read: (source: Source, options: ReadOptions) => AsyncIterable<ImportItem>;
}

/** In the order in which they are asked whether they know a file. */
export const importers = {
  gpx: { title: 'GPX', recognises: isGpx, profiles: ['library/location'], read: (source) => readGpx(source) },
  icalendar: {
    title: 'iCalendar',
    recognises: isCalendar,
    profiles: ['library/calendar-event'],
    read: readCalendar,
  },
  timeline: {
    title: 'Google Timeline',
    recognises: isTimeline,
    profiles: ['library/place-visit', 'library/track', 'library/location'],
    read: readTimeline,
  },
  activitywatch: {
    title: 'ActivityWatch',
    recognises: isActivityWatch,
    profiles: ['library/app-use', 'library/web-visit'],
    read: readActivityWatch,
  },
  'apple-health': {
    title: 'Apple Health',
    recognises: isAppleHealth,
    profiles: healthProfiles,
    read: readAppleHealth,
  },
  strava: { title: 'Strava', recognises: isStrava, profiles: stravaProfiles, read: readStrava },
  'browser-history': {
    title: "a browser's history",
    recognises: isBrowserHistory,
    profiles: ['library/web-visit'],
    read: (source) => readBrowserHistory(source),
  },
  csv: { title: 'CSV', recognises: isCsv, read: readCsv },
} as const satisfies Readonly<Record<string, Importer>>;

export type ImporterName = keyof typeof importers;

/** Which importer reads the file, by what is in it. Throws `ImportFault` where none does. */
export async function recognise(source: Source): Promise<ImporterName> {
  const head = await headOf(source);
  const names = await namesIn(source, head);
  const found = (Object.keys(importers) as ImporterName[]).find((name) => importers[name].recognises(head, names));
  if (found) return found;
  const titles = Object.values(importers).map(({ title }) => title);
  throw new ImportFault(`What ${source.name} is, is not known here. Files of these kinds are: ${titles.join(', ')}.`);
}
