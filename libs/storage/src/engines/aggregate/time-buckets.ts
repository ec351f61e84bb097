import type { Interval } from '@datakeep/contracts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** A time in which a zone has one offset, ms; from inclusive, to exclusive. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

/**
 * The window in which a zone's calendar may begin a period twice, or not at midnight: a change of offset is never more
 * than a day.
 */
const nearChange = 2 * dayMs;

/**
 * The buckets of one interval in one time zone, found with Temporal (the IANA database that Node brings) and cached: a
 * neighbouring instant costs two comparisons.
 * A day, week, month or year is that of the local date, and begins with the first instant of its first date. An hour or
 * minute is one of the local clock under one offset: the hour that is repeated when clocks are set back is two, and a
 * change within an hour begins a new one.
 */
export class TimeBuckets {
  readonly #interval: Interval;
  readonly #zone: string;
  readonly #spans: Span[] = [];
  // Times that one bucket holds, in order: from inclusive, to exclusive, and the bucket's start.
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #start: number[] = [];
  #last = 0;

  constructor(interval: Interval, timeZone: string) {
    this.#interval = interval;
    this.#zone = timeZone;
    if (timeZone === 'UTC') this.#spans.push({ from: -Infinity, to: Infinity, offset: 0 });
  }

  /** The start of the bucket that holds an instant; ms since the epoch. */
  startOf(instant: number): number {
    return this.#start[this.#placeOf(instant)] as number;
  }

  /** The first instant after this one, ms, that may be in another bucket. */
  endOf(instant: number): number {
    return this.#to[this.#placeOf(instant)] as number;
  }

  /**
   * RFC 3339 with the zone's offset at that start. An offset with seconds, from before standard time, is rounded to its
   * minute; the instant is unchanged.
   */
  text(start: number): string {
    const offset = Math.round(this.#spanOf(start).offset / minuteMs);
    const local = new Date(start + offset * minuteMs).toISOString().slice(0, -5);
    const minutes = Math.abs(offset);
    return `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  }

  #placeOf(instant: number): number {
    const last = this.#last;
    if (instant >= (this.#from[last] ?? Infinity) && instant < (this.#to[last] ?? -Infinity)) return last;
    let low = 0;
    let high = this.#from.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (instant < (this.#to[middle] as number)) high = middle;
      else low = middle + 1;
    }
    if (!(instant >= (this.#from[low] ?? Infinity))) this.#add(instant, low);
    this.#last = low;
    return low;
  }

  #add(instant: number, place: number): void {
    const span = this.#spanOf(instant);
    const [first, next] = this.#period(instant + span.offset);
    const from = Math.max(first - span.offset, span.from);
    this.#from.splice(place, 0, from);
    this.#to.splice(place, 0, Math.min(next - span.offset, span.to));
    this.#start.splice(place, 0, this.#bucketStart(first, from, span));
  }

  #bucketStart(first: number, from: number, span: Span): number {
    if (this.#interval === 'minute' || this.#interval === 'hour' || first - span.offset >= span.from + nearChange)
      return from;
    const date = new Date(first);
    const day = new Temporal.PlainDate(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
    return day.toZonedDateTime(this.#zone).epochMilliseconds;
  }

  /** The period that holds a local time: its start and its end, as local times. */
  #period(local: number): readonly [start: number, end: number] {
    switch (this.#interval) {
      case 'minute':
        return fixed(local, minuteMs, 0);
      case 'hour':
        return fixed(local, hourMs, 0);
      case 'day':
        return fixed(local, dayMs, 0);
      case 'week':
        // 1970-01-01 was a Thursday, three days after a Monday.
        return fixed(local, 7 * dayMs, 3 * dayMs);
      case 'month': {
        const date = new Date(local);
        return [
          monthStart(date.getUTCFullYear(), date.getUTCMonth()),
          monthStart(date.getUTCFullYear(), date.getUTCMonth() + 1),
        ];
      }
      case 'year': {
        const year = new Date(local).getUTCFullYear();
        return [monthStart(year, 0), monthStart(year + 1, 0)];
      }
    }
  }

  #spanOf(instant: number): Span {
    const known = this.#spans.find((span) => instant >= span.from && instant < span.to);
    if (known) return known;
    const there = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(this.#zone);
    // The change before the next millisecond is the one at this instant, if there is one.
    const from = there.add({ milliseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ?? -Infinity;
    const to = there.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity;
    const span = { from, to, offset: there.offsetNanoseconds / 1e6 };
    this.#spans.unshift(span);
    return span;
  }
}

const two = (value: number): string => String(value).padStart(2, '0');

function fixed(local: number, length: number, shift: number): readonly [number, number] {
  const start = Math.floor((local + shift) / length) * length - shift;
  return [start, start + length];
}

/** `Date.UTC` takes the years 0 to 99 for those after 1900. */
const monthStart = (year: number, month: number): number => new Date(0).setUTCFullYear(year, month, 1);
