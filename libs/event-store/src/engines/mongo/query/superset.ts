import type { EventQuery } from '@datakeep/contracts';
import type { AnsweredRecord } from '../event-record.ts';
import { matcherOf, type Seen } from './exact-filter.ts';
import { unshadowedMark } from '../write/batches.ts';
import { PushdownCompiler, type Condition } from './pushdown.ts';

/** Beyond so many young batches they are told apart here and not by the server. */
const batchesInCondition = 1000;

/** What the server is asked for, and whether it answers with more than what matches; `holds` then decides. */
export interface Superset {
  readonly condition: Condition;
  readonly exact: boolean;
  readonly holds: (record: Pick<AnsweredRecord, 'batch'>, seen: Seen) => boolean;
}

export function supersetOf(
  { profile, filter, kinds, arrays }: Pick<EventQuery, 'profile' | 'filter' | 'kinds' | 'arrays'>,
  committed: ReadonlySet<string>,
  stringOrder: boolean,
): Superset {
  const pushed = filter && new PushdownCompiler({ profile, kinds, arrays }, stringOrder).compile(filter);
  // An absent mark is found by null.
  const young = committed.size <= batchesInCondition ? { batch: { $in: [null, ...committed] } } : {};
  // Where there are events without a shadow, no condition on it is exact.
  const allShadowed = !committed.has(unshadowedMark);
  const exactFilter = allShadowed && (pushed?.exact ?? true);
  const matches = filter && !exactFilter ? matcherOf(filter) : undefined;
  const asked = pushed && (allShadowed ? pushed.condition : { $or: [pushed.condition, { unshadowed: profile }] });
  return {
    condition: { profile: { $eq: profile }, ...young, ...(asked ? { $and: [asked] } : {}) },
    exact: exactFilter && 'batch' in young,
    holds: ({ batch }, seen) => (batch === undefined || committed.has(batch)) && (matches?.(seen) ?? true),
  };
}
