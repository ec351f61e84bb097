import type { Aggregation, GroupKey, KeepEvent, Measure, Scalar } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { bucketText } from './bucket-text.ts';
import { compareScalars, valuesOf } from './matches.ts';
import { dividedExactly } from './rationals.ts';

/** One group as it is answered. */
export type AnsweredGroup = Readonly<Record<string, unknown>> & { readonly key: readonly Scalar[] };

/** The law of aggregation over events that match, in plain loops. */
export function groupsOf(
  events: readonly KeepEvent[],
  aggregation: Aggregation,
): { groups: AnsweredGroup[]; truncated: boolean } {
  const { groupBy, kinds, sort, limit } = aggregation;
  const members = new Map<string, { key: Scalar[]; order: Scalar[]; events: KeepEvent[] }>();
  if (groupBy.length === 0) members.set('[]', { key: [], order: [], events: [] });
  for (const event of events) {
    const key = groupBy.map((part) => keyOf(event, part, kinds[part.field] === 'date'));
    const name = JSON.stringify(key);
    const group = members.get(name) ?? {
      key,
      order: key.map((part, index) => orderOf(part, groupBy[index])),
      events: [],
    };
    group.events.push(event);
    members.set(name, group);
  }
  if (members.size > 10_000) throw new DatakeepError('too-many-groups');
  const rows = [...members.values()].map(({ key, order, events: own }) => ({
    order,
    group: {
      key,
      ...Object.fromEntries(aggregation.measures.map((measure) => [measure.name, measured(own, measure, kinds)])),
    },
  }));
  rows.sort((a, b) => {
    for (const { by, direction } of [...sort, { by: 'key', direction: 'ascending' }]) {
      const difference =
        by === 'key'
          ? a.order.map((part, index) => compareScalars(part, b.order[index] ?? null)).find((order) => order !== 0)
          : compareScalars(a.group[by as 'key'] as unknown as Scalar, b.group[by as 'key'] as unknown as Scalar);
      if (difference) return direction === 'ascending' ? difference : -difference;
    }
    return 0;
  });
  return { groups: rows.slice(0, limit).map(({ group }) => group), truncated: rows.length > limit };
}

function valueOf(event: KeepEvent, field: string): Scalar {
  return (valuesOf(event, field)[0] ?? null) as Scalar;
}

function keyOf(event: KeepEvent, { field, interval, timeZone = 'UTC' }: GroupKey, isDate: boolean): Scalar {
  const value = valueOf(event, field);
  if (!isDate || value === null) return value;
  return interval ? bucketText(Number(value), interval, timeZone) : new Date(Number(value)).toISOString();
}

const orderOf = (part: Scalar, key: GroupKey | undefined): Scalar =>
  key?.interval && typeof part === 'string' ? Date.parse(part) : part;

function measured(events: readonly KeepEvent[], { name, op, field }: Measure, kinds: Aggregation['kinds']): Scalar {
  if (field === undefined) return events.length;
  const values = events.map((event) => valueOf(event, field)).filter((value) => value !== null);
  if (op === 'count') return values.length;
  if (op === 'distinct') return new Set(values).size;
  if (op === 'sum' || (op === 'avg' && values.length > 0)) {
    const result = dividedExactly(values as number[], op === 'sum' ? 1 : values.length);
    if (Number.isFinite(result)) return result;
    throw DatakeepError.invalid([
      { pointer: `/measures/${name}`, code: 'inexact-number', detail: 'beyond the doubles' },
    ]);
  }
  const [first = null, ...others] = values;
  const found = others.reduce<Scalar>(
    (best, value) => (compareScalars(value, best) * (op === 'min' ? 1 : -1) < 0 ? value : best),
    first,
  );
  return kinds[field] === 'date' && found !== null && op !== 'avg' ? new Date(Number(found)).toISOString() : found;
}
