import type { Interval } from '@datakeep/contracts';

/** The start of the bucket that holds an instant, with the zone's offset: asked of Temporal for each instant anew. */
export function bucketText(instant: number, interval: Interval, timeZone: string): string {
  const there = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone);
  const start =
    interval === 'minute' || interval === 'hour'
      ? clockStart(there, interval)
      : firstDate(there.toPlainDate(), interval).toZonedDateTime(timeZone);
  const minutes = Math.round(start.offsetNanoseconds / 60e9);
  const hoursAndMinutes = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  const offset = `${minutes < 0 ? '-' : '+'}${hoursAndMinutes}`;
  return start.withTimeZone(offset).toString({ smallestUnit: 'second', timeZoneName: 'never' });
}

function firstDate(date: Temporal.PlainDate, interval: 'day' | 'week' | 'month' | 'year'): Temporal.PlainDate {
  if (interval === 'week') return date.subtract({ days: date.dayOfWeek - 1 });
  if (interval === 'month') return date.with({ day: 1 });
  return interval === 'year' ? date.with({ month: 1, day: 1 }) : date;
}

/** Back to the start of the hour or minute on the local clock, but not beyond a change of that clock. */
function clockStart(there: Temporal.ZonedDateTime, interval: 'minute' | 'hour'): Temporal.ZonedDateTime {
  const local = there.toPlainDateTime();
  const start = there.subtract(
    local.since(local.round({ smallestUnit: interval, roundingMode: 'floor' }), { largestUnit: 'hour' }),
  );
  const change = there.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
  return change && Temporal.ZonedDateTime.compare(change, start) > 0 ? change : start;
}
