import type { Groups } from '../../api/operations.ts';
import { dayOf, exactTime } from '../../components/ui/When.tsx';
import type { Field } from './fields.ts';
import type { Filter } from './filter-json.ts';

export const intervals = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
export type Interval = (typeof intervals)[number];
export const operations = ['count', 'sum', 'avg', 'min', 'max'] as const;
export type Operation = (typeof operations)[number];

export const operationLabels: Readonly<Record<Operation, string>> = {
  count: 'How many',
  sum: 'Sum',
  avg: 'Average',
  min: 'Least',
  max: 'Greatest',
};

export interface Aggregation {
  readonly by: Field;
  readonly interval: Interval;
  readonly operation: Operation;
  /** What is measured; none for a count. */
  readonly of: Field | undefined;
}

/** Most bars that one can distinguish. */
const mostBuckets = 2000;
const mostBars = 50;
const dayMs = 86_400_000;

/** The finest interval that gives no more than some hundred buckets. */
export function intervalFor(spanMs: number): Interval {
  if (spanMs <= dayMs / 8) return 'minute';
  if (spanMs <= 7 * dayMs) return 'hour';
  if (spanMs <= 300 * dayMs) return 'day';
  if (spanMs <= 4 * 365 * dayMs) return 'week';
  return spanMs <= 40 * 365 * dayMs ? 'month' : 'year';
}

/** How the groups are drawn: over time, over numbers, or as bars with names. */
export function axisOf({ kind }: Field): 'time' | 'number' | 'names' {
  if (kind === 'date') return 'time';
  return kind === 'number' ? 'number' : 'names';
}

export function aggregationBody(profile: string, filter: Filter, aggregation: Aggregation): Record<string, unknown> {
  const { by, interval, operation, of } = aggregation;
  const axis = axisOf(by);
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return {
    profile,
    filter,
    groupBy: [axis === 'time' ? { field: by.path, interval, timeZone } : { field: by.path }],
    measures: { value: { op: operation, ...(operation === 'count' || of === undefined ? {} : { field: of.path }) } },
    ...(axis === 'names' ? { sort: [{ by: 'value', direction: 'descending' }] } : {}),
    limit: axis === 'names' ? mostBars : mostBuckets,
  };
}

export interface Group {
  readonly key: unknown;
  readonly value: number | null;
}

export function groupsOf({ groups }: Groups): readonly Group[] {
  return groups.map((group) => {
    const { value } = group as { value?: unknown };
    return { key: group.key[0] ?? null, value: typeof value === 'number' ? value : null };
  });
}

/** The groups over an axis of time (in seconds) or of numbers; those without a key have no place on it. */
export function seriesOf(
  groups: readonly Group[],
  axis: 'time' | 'number',
): { readonly xs: readonly number[]; readonly ys: readonly (number | null)[]; readonly without: number | null } {
  const placed = groups.filter(({ key }) => key !== null);
  return {
    xs: placed.map(({ key }) => (axis === 'time' ? Date.parse(String(key)) / 1000 : Number(key))),
    ys: placed.map(({ value }) => value),
    without: groups.find(({ key }) => key === null)?.value ?? null,
  };
}

/** What a place on the axis of time is called. */
export function bucketText(seconds: number, interval: Interval): string {
  const at = new Date(seconds * 1000);
  if (interval === 'minute' || interval === 'hour') return exactTime(at.getTime());
  if (interval === 'year') return String(at.getFullYear());
  if (interval === 'month') return at.toLocaleDateString(undefined, { year: 'numeric', month: 'long' });
  return interval === 'week' ? `week of ${dayOf(at.getTime())}` : dayOf(at.getTime());
}

/** A small number is not shown as 0. */
const number = new Intl.NumberFormat(undefined, {
  maximumFractionDigits: 3,
  maximumSignificantDigits: 3,
  roundingPriority: 'morePrecision',
});

export function valueText(value: number | null): string {
  return value === null ? '—' : number.format(value);
}
