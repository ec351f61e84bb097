import type { Aggregation, GroupKey, GroupLimits, Measure, Scalar } from '@datakeep/contracts';
import { accumulator, type Accumulator, type Held } from './accumulators.ts';
import { Refused } from './refusal.ts';
import { TimeBuckets } from './time-buckets.ts';

/** One group as it grows. A key of a bucket is its start, ms. */
export interface Group {
  readonly key: readonly Scalar[];
  events: number;
  /** In the order of the measures; undefined where the measure counts events. */
  readonly measures: readonly (Accumulator | undefined)[];
}

/** The fields that an aggregation looks at, each once: what `add` takes values of, in this order. */
export function fieldsOf({ groupBy, measures }: Pick<Aggregation, 'groupBy' | 'measures'>): readonly string[] {
  const named = [...groupBy.map((key) => key.field), ...measures.flatMap(({ field }) => field ?? [])];
  return [...new Set(named)];
}

type Level = Map<Scalar, Level | Group>;

/**
 * Folds events into groups, one at a time, in any order, with the same result. All engines share it. Throws `Refused`
 * as soon as the groups exceed `limits`.
 */
export class GroupFold implements Held {
  readonly fields: readonly string[];
  /** By the place in `groupBy`. */
  readonly buckets: readonly (TimeBuckets | undefined)[];
  readonly groups: Group[] = [];
  readonly #measures: readonly Measure[];
  readonly #keyPlaces: readonly number[];
  readonly #measurePlaces: readonly number[];
  readonly #limits: GroupLimits;
  readonly #root: Level = new Map();
  #distinct = 0;
  #text = 0;

  constructor({ groupBy, measures }: Pick<Aggregation, 'groupBy' | 'measures'>, limits: GroupLimits) {
    this.fields = fieldsOf({ groupBy, measures });
    this.buckets = groupBy.map(bucketsOf);
    this.#measures = measures;
    this.#keyPlaces = groupBy.map(({ field }) => this.fields.indexOf(field));
    this.#measurePlaces = measures.map(({ field }) => (field === undefined ? -1 : this.fields.indexOf(field)));
    this.#limits = limits;
    // Without keys there is one group, whatever there is to aggregate.
    if (groupBy.length === 0) this.#group([]);
  }

  /** One event: the values of `fields`, absent as null, dates in ms. `times`: how many events have just these. */
  add(values: readonly Scalar[], times = 1): void {
    const group = this.#keyPlaces.length === 0 ? (this.groups[0] as Group) : this.#find(values);
    group.events += times;
    for (let index = 0; index < this.#measurePlaces.length; index++) {
      const place = this.#measurePlaces[index] as number;
      if (place < 0) continue;
      const value = values[place] as Scalar;
      if (value !== null) group.measures[index]?.add(value, times);
    }
  }

  distinct(values: number): void {
    this.#distinct += values;
    if (this.#distinct > this.#limits.distinct) throw new Refused({ kind: 'too-many', what: 'values' });
  }

  text(units: number): void {
    this.#text += units;
    if (this.#text > this.#limits.text) throw new Refused({ kind: 'too-many', what: 'text' });
  }

  #find(values: readonly Scalar[]): Group {
    let level: Level = this.#root;
    const last = this.#keyPlaces.length - 1;
    for (let depth = 0; depth < last; depth++) {
      const part = this.#part(values, depth);
      let next = level.get(part) as Level | undefined;
      if (!next) level.set(part, (next = new Map()));
      level = next;
    }
    const part = this.#part(values, last);
    let group = level.get(part) as Group | undefined;
    if (!group) level.set(part, (group = this.#group(values)));
    return group;
  }

  #part(values: readonly Scalar[], depth: number): Scalar {
    const value = values[this.#keyPlaces[depth] as number] as Scalar;
    const buckets = this.buckets[depth];
    return buckets && typeof value === 'number' ? buckets.startOf(value) : value;
  }

  #group(values: readonly Scalar[]): Group {
    if (this.groups.length === this.#limits.groups) throw new Refused({ kind: 'too-many', what: 'groups' });
    const key = this.#keyPlaces.map((_, depth) => this.#part(values, depth));
    for (const part of key) if (typeof part === 'string') this.text(part.length);
    const group = {
      key,
      events: 0,
      measures: this.#measures.map(({ op, field }) => (field === undefined ? undefined : accumulator(op, this))),
    };
    this.groups.push(group);
    return group;
  }
}

function bucketsOf({ interval, timeZone = 'UTC' }: GroupKey): TimeBuckets | undefined {
  return interval && new TimeBuckets(interval, timeZone);
}
