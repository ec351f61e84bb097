import { isoOf } from '../instant.ts';

/** Of Strava's pages that write months by name. */
const languages = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'ru', 'da', 'nb', 'sv', 'pl', 'cs', 'id', 'tr'];

/** Months by their long and short names; one that is two months in two languages is none. */
const months: ReadonlyMap<string, number | undefined> = monthNames();

function monthNames(): Map<string, number | undefined> {
  const found = new Map<string, number | undefined>();
  for (const language of languages)
    for (const length of ['long', 'short'] as const) {
      const format = new Intl.DateTimeFormat(language, { month: length, day: 'numeric', timeZone: 'UTC' });
      for (let month = 1; month <= 12; month += 1) {
        const parts = format.formatToParts(Date.UTC(2026, month - 1, 1));
        const name = plain(parts.find(({ type }) => type === 'month')?.value ?? '');
        // Czech counts them.
        if (/^\d/.test(name)) continue;
        found.set(name, found.has(name) && found.get(name) !== month ? undefined : month);
      }
    }
  return found;
}

const clockAtEnd = /([上下]午|午[前後]|오[전후])?\s*(\d{1,2}):(\d\d):(\d\d)(?:\s*([ap])\.?\s?m\b\.?)?\s*$/i;

/**
 * RFC 3339 of a date as activities.csv has it, in UTC and in the form of the language of the account: `Sep 12, 2018,
 * 3:02:23 PM`, `24 mai 2012 à 16:27:40`, `09.12.2022, 15:24:49`, `2018/9/12 下午3:02:23`. Undefined for any other.
 */
export function activityDate(text: string): string | undefined {
  const clock = clockAtEnd.exec(text);
  const day = clock ? dayOf(text.slice(0, clock.index).trim()) : undefined;
  if (!clock || !day) return undefined;
  const [, before, hours, minutes, seconds, behind] = clock;
  const half = (before ?? behind)?.toLowerCase();
  const given = Number(hours);
  if (half !== undefined && (given < 1 || given > 12)) return undefined;
  const hour = half === undefined ? given : (given % 12) + (/[p下後후]/.test(half) ? 12 : 0);
  const [year, month, date] = day;
  const instant = new Date(Date.UTC(year, month - 1, date, hour, Number(minutes), Number(seconds)));
  // JavaScript makes of 30 February the second of March, and of hour 24 another day.
  if (instant.getUTCMonth() !== month - 1 || instant.getUTCDate() !== date) return undefined;
  return isoOf(instant.getTime());
}

function dayOf(text: string): readonly [year: number, month: number, day: number] | undefined {
  const iso =
    /^(\d{4})[-/.]\s?(\d{1,2})[-/.]\s?(\d{1,2})[\s,.T]*$/.exec(text) ?? /^(\d{4})年(\d{1,2})月(\d{1,2})日$/.exec(text);
  if (iso) return [Number(iso[1]), Number(iso[2]), Number(iso[3])];
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4}),?$/.exec(text);
  if (dotted) return [Number(dotted[3]), Number(dotted[2]), Number(dotted[1])];
  const words = text.split(/[\s,]+/).map(plain);
  const month = words.map((word) => months.get(word)).find((number) => number !== undefined);
  const numbers = words.filter((word) => /^\d+$/.test(word));
  const year = numbers.find((number) => number.length === 4);
  const day = numbers.find((number) => number.length <= 2);
  if (month === undefined || year === undefined || day === undefined || numbers.length !== 2) return undefined;
  return [Number(year), month, Number(day)];
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll('.', '');
}
