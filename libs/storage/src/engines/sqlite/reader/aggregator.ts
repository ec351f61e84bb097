import type { DatabaseSync } from 'node:sqlite';
import type { Aggregation, GroupLimits, Groups, Scalar } from '@datakeep/contracts';
import { GroupFold } from '../../aggregate/group-fold.ts';
import { groupsOf } from '../../aggregate/groups-json.ts';
import type { TimeBuckets } from '../../aggregate/time-buckets.ts';
import {
  compileAggregation,
  foldFunction,
  foldedField,
  type FoldedField,
  type RawValue,
} from '../compiler/compile-aggregation.ts';
import type { Names } from '../names.ts';
import type { StatementCache } from './statement-cache.ts';

const firstFrom = 'SELECT created FROM events WHERE profile = ? AND created >= ? ORDER BY created LIMIT 1';
const countBetween = 'SELECT count(*) FROM events WHERE profile = ? AND created >= ? AND created < ?';

/**
 * Answers aggregations on one reading connection: SQLite finds the events and their fields, and the fold that all
 * engines share does the rest.
 */
export class Aggregator {
  readonly #database: DatabaseSync;
  readonly #cache: StatementCache;
  readonly #sources: Names;
  readonly #checkBudget: () => void;
  #fold: GroupFold | undefined;
  #fields: readonly FoldedField[] = [];
  /** Events that the last aggregation folded one by one. */
  folded = 0;

  /** `checkBudget` throws when the time is over. */
  constructor(database: DatabaseSync, cache: StatementCache, sources: Names, checkBudget: () => void) {
    this.#database = database;
    this.#cache = cache;
    this.#sources = sources;
    this.#checkBudget = checkBudget;
    database.function(foldFunction, { varargs: true }, (...raw) => this.#take(raw as RawValue[]));
  }

  /** `profile`: its code, or undefined where no event has it. */
  aggregate(aggregation: Aggregation, profile: number | undefined, limits: GroupLimits): Groups {
    const fold = new GroupFold(aggregation, limits);
    this.folded = 0;
    if (profile !== undefined) {
      const [buckets] = fold.buckets;
      if (buckets && isCountByTime(aggregation)) this.#countByTime(fold, buckets, profile);
      else this.#foldAll(fold, aggregation, profile);
    }
    return groupsOf(fold, aggregation);
  }

  #foldAll(fold: GroupFold, aggregation: Aggregation, profile: number): void {
    this.#fields = fold.fields.map((field) => foldedField(field, aggregation, (code) => this.#sources.name(code)));
    const { sql, values } = compileAggregation(aggregation, profile, this.#fields);
    this.#fold = fold;
    try {
      this.#cache.get(sql).get(...values);
    } finally {
      this.#fold = undefined;
    }
  }

  #take(raw: RawValue[]): number {
    this.#checkBudget();
    this.folded += 1;
    const scalars: Scalar[] = raw;
    for (let index = 0; index < raw.length; index++)
      scalars[index] = (this.#fields[index] as FoldedField).read(raw[index] as RawValue);
    this.#fold?.add(scalars);
    return 0;
  }

  /** From one bucket to the next in the index by date: no event is looked at, only counted. */
  #countByTime(fold: GroupFold, buckets: TimeBuckets, profile: number): void {
    this.#database.exec('BEGIN');
    try {
      for (let from = -Number.MAX_SAFE_INTEGER; from < Number.MAX_SAFE_INTEGER;) {
        this.#checkBudget();
        const first = this.#cache.get(firstFrom).get(profile, from) as unknown as [number] | undefined;
        if (!first) break;
        const end = Math.min(buckets.endOf(first[0]), Number.MAX_SAFE_INTEGER);
        const counted = this.#cache.get(countBetween).get(profile, first[0], end) as unknown as [number];
        fold.add(first, counted[0]);
        from = end;
      }
    } finally {
      this.#database.exec('COMMIT');
    }
  }
}

function isCountByTime({ filter, groupBy, measures }: Aggregation): boolean {
  const [key, ...others] = groupBy;
  if (filter || !key?.interval || key.field !== 'metadata.createdDate' || others.length > 0) return false;
  return measures.every(({ op, field }) => op === 'count' && field === undefined);
}
