import type { FieldKind, Filter } from './events.ts';

export const intervals = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
export type Interval = (typeof intervals)[number];
export const measureOperations = ['count', 'sum', 'avg', 'min', 'max', 'distinct'] as const;
export type MeasureOperation = (typeof measureOperations)[number];

export interface GroupKey {
  /** A metadata field, or a payload field of one scalar kind that meets no array. */
  readonly field: string;
  /** Only on a field of kind `date`: the key is the start of the bucket that holds the instant. */
  readonly interval?: Interval | undefined;
  /** IANA name, only with `interval`; default `UTC`. */
  readonly timeZone?: string;
}

export interface Measure {
  readonly name: string;
  readonly op: MeasureOperation;
  /** Absent only for `count`, which then counts events. Like a group's field; of kind `number` for `sum` and `avg`. */
  readonly field?: string;
}

/** An aggregation after validation (api.md §Query language). */
export interface Aggregation {
  readonly profile: string;
  readonly filter?: Filter | undefined;
  /** Empty: one group. */
  readonly groupBy: readonly GroupKey[];
  readonly measures: readonly Measure[];
  /** By a measure's name, or `key`; ties and the default are the key, ascending, null first. */
  readonly sort: readonly { readonly by: string; readonly direction: 'ascending' | 'descending' }[];
  /** Groups to answer, at most `groupLimits.groups`. */
  readonly limit: number;
  /** Kind of every field that is named. */
  readonly kinds: Readonly<Record<string, FieldKind>>;
  readonly arrays: readonly string[];
  /** Time budget in ms; beyond it: `query-timeout`. */
  readonly timeoutMs: number;
  /** As in `EventQuery`. */
  readonly fairnessKey?: string;
}

/** What the groups of one answer hold in all. */
export interface GroupLimits {
  readonly groups: number;
  /** Values that the `distinct` measures count in all groups. */
  readonly distinct: number;
  /** UTF-16 units of keys, and of strings that are a minimum or maximum. */
  readonly text: number;
}
export const groupLimits: GroupLimits = { groups: 10_000, distinct: 250_000, text: 16 * 1024 * 1024 };

export interface Groups {
  /** `[{"key":[…],"<measure>":…},…]` as JSON text. */
  readonly groupsJson: string;
  readonly length: number;
  /** Whether `limit` left groups out. */
  readonly truncated: boolean;
}

/**
 * The aggregating part of the Data Storage port. Guarantees: the same groups, in the same order, with the same values
 * on every engine (docs/query-language.md §Aggregation); sums and averages do not depend on the order of events (they
 * are the correctly rounded result of the exact sum); a result beyond the doubles is refused (`invalid`, at
 * `/measures/<name>`), never rounded to infinity. What passes `groupLimits` is refused with `too-many-groups`: memory
 * is bounded by them, whatever the number of events. Reads see what `query` would see. Over its budget it fails with
 * `query-timeout`.
 */
export interface EventAggregation {
  aggregate(aggregation: Aggregation): Promise<Groups>;
}
