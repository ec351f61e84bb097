import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import type { Interval } from '@datakeep/contracts';
import { intervals } from '@datakeep/contracts';
import { describe, expect, test } from 'vitest';
import { TimeBuckets } from './time-buckets.ts';

function bucketOf(instant: string, interval: Interval, zone: string): string {
  const buckets = new TimeBuckets(interval, zone);
  return buckets.text(buckets.startOf(Date.parse(instant)));
}

describe('the bucket of an instant', () => {
  test.each<[string, Interval, string, string]>([
    ['2026-03-29T21:59:59.999Z', 'day', 'Europe/Prague', '2026-03-29T00:00:00+01:00'],
    ['2026-03-29T22:00:00Z', 'day', 'Europe/Prague', '2026-03-30T00:00:00+02:00'],
    ['2026-03-29T01:00:00Z', 'hour', 'Europe/Prague', '2026-03-29T03:00:00+02:00'],
    ['2026-10-25T00:59:59Z', 'hour', 'Europe/Prague', '2026-10-25T02:00:00+02:00'],
    ['2026-10-25T01:00:00Z', 'hour', 'Europe/Prague', '2026-10-25T02:00:00+01:00'],
    ['2026-11-01T12:00:00Z', 'month', 'Europe/Prague', '2026-11-01T00:00:00+01:00'],
    ['2026-10-31T12:00:00Z', 'month', 'Europe/Prague', '2026-10-01T00:00:00+02:00'],
    ['2026-07-01T12:00:00Z', 'year', 'Europe/Prague', '2026-01-01T00:00:00+01:00'],
    ['2026-03-29T12:00:00Z', 'week', 'Europe/Prague', '2026-03-23T00:00:00+01:00'],
    ['1969-12-31T23:59:59Z', 'week', 'UTC', '1969-12-29T00:00:00+00:00'],
    ['0000-02-29T00:00:00Z', 'year', 'UTC', '0000-01-01T00:00:00+00:00'],
    ['0050-02-03T00:00:00Z', 'month', 'UTC', '0050-02-01T00:00:00+00:00'],
    ['2026-01-01T00:00:00Z', 'minute', 'Asia/Kathmandu', '2026-01-01T05:45:00+05:45'],
  ])('%s by %s in %s is %s', (instant, interval, zone, expected) => {
    expect(bucketOf(instant, interval, zone)).toBe(expected);
  });

  test.each<[string, string, Interval, string, string]>([
    [
      'a day that begins at one o’clock',
      '2018-11-04T12:00:00Z',
      'day',
      'America/Sao_Paulo',
      '2018-11-04T01:00:00-02:00',
    ],
    ['a week with a day left out', '2011-12-31T12:00:00Z', 'week', 'Pacific/Apia', '2011-12-26T00:00:00-10:00'],
    ['the day after the one left out', '2011-12-30T12:00:00Z', 'day', 'Pacific/Apia', '2011-12-31T00:00:00+14:00'],
    [
      'a minute past midnight set back: the day goes on',
      '2006-10-29T02:45:00Z',
      'day',
      'America/St_Johns',
      '2006-10-28T00:00:00-02:30',
    ],
    [
      'and the next begins where it first did',
      '2006-10-29T12:00:00Z',
      'day',
      'America/St_Johns',
      '2006-10-29T00:00:00-02:30',
    ],
    [
      'half an hour repeated is an hour of its own',
      '2026-04-04T15:10:00Z',
      'hour',
      'Australia/Lord_Howe',
      '2026-04-05T01:30:00+10:30',
    ],
    ['the hour before it', '2026-04-04T14:40:00Z', 'hour', 'Australia/Lord_Howe', '2026-04-05T01:00:00+11:00'],
    [
      'an offset with seconds: the instant stays',
      '1880-06-01T12:00:00Z',
      'day',
      'Europe/Prague',
      '1880-06-01T00:00:16+00:58',
    ],
  ])('%s', (_, instant, interval, zone, expected) => {
    expect(bucketOf(instant, interval, zone)).toBe(expected);
  });
});

const instants = record({ day: integer({ min: -40_000, max: 60_000 }), minute: integer({ min: 0, max: 1439 }) }).map(
  ({ day, minute }) => day * 86_400_000 + minute * 60_000,
);
const zones = constantFrom(...Intl.supportedValuesOf('timeZone'));

test('instants asked for in any order get the buckets that each gets alone, in every zone', () => {
  assert(
    property(constantFrom(...intervals), zones, array(instants, { maxLength: 40 }), (interval, zone, asked) => {
      const together = new TimeBuckets(interval, zone);
      for (const instant of asked) {
        const start = together.startOf(instant);
        expect(start).toBe(new TimeBuckets(interval, zone).startOf(instant));
        expect(Date.parse(together.text(start))).toBe(start);
        expect(together.endOf(instant)).toBeGreaterThan(instant);
      }
    }),
    { numRuns: 300 },
  );
});

test('a day is the local date, in every zone', () => {
  assert(
    property(zones, array(instants, { minLength: 1, maxLength: 20 }), (zone, asked) => {
      const days = new TimeBuckets('day', zone);
      for (const instant of asked) {
        const date = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate();
        expect(days.startOf(instant)).toBe(date.toZonedDateTime(zone).epochMilliseconds);
      }
    }),
    { numRuns: 300 },
  );
});
