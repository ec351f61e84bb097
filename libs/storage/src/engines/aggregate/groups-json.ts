import type { Aggregation, Groups, Scalar } from '@datakeep/contracts';
import { compareScalars } from '../answer/compare-scalars.ts';
import { dateText } from '../answer/date-text.ts';
import type { Group, GroupFold } from './group-fold.ts';
import { Refused } from './refusal.ts';

interface Row {
  readonly key: readonly Scalar[];
  readonly results: readonly Scalar[];
}

/** The groups in their order, as JSON text. Throws `Refused` where a result is beyond the doubles. */
export function groupsOf(fold: GroupFold, aggregation: Aggregation): Groups {
  const rows = fold.groups.map((group) => ({ key: group.key, results: resultsOf(group, aggregation) }));
  const ordered = rows.sort(orderOf(aggregation)).slice(0, aggregation.limit);
  const texts = ordered.map((row) => rowText(row, fold, aggregation));
  return { groupsJson: `[${texts.join(',')}]`, length: ordered.length, truncated: rows.length > ordered.length };
}

function resultsOf(group: Group, { measures }: Aggregation): Scalar[] {
  return measures.map(({ name }, index) => {
    const result = group.measures[index] ? group.measures[index].result() : group.events;
    if (typeof result === 'number' && !Number.isFinite(result)) throw new Refused({ kind: 'beyond', measure: name });
    return result;
  });
}

function orderOf({ sort, measures }: Aggregation): (a: Row, b: Row) => number {
  const keys = sort.map(({ by, direction }) => ({
    place: measures.findIndex(({ name }) => name === by),
    sign: direction === 'ascending' ? 1 : -1,
  }));
  return (a, b) => {
    for (const { place, sign } of keys) {
      const order =
        place < 0 ? compareKeys(a.key, b.key) : compareScalars(a.results[place] as Scalar, b.results[place] as Scalar);
      if (order !== 0) return order * sign;
    }
    return compareKeys(a.key, b.key);
  };
}

function compareKeys(a: readonly Scalar[], b: readonly Scalar[]): number {
  for (const [index, part] of a.entries()) {
    const order = compareScalars(part, b[index] as Scalar);
    if (order !== 0) return order;
  }
  return 0;
}

function rowText({ key, results }: Row, fold: GroupFold, { groupBy, measures, kinds }: Aggregation): string {
  const parts = key.map((part, index) => {
    const buckets = fold.buckets[index];
    if (buckets && typeof part === 'number') return JSON.stringify(buckets.text(part));
    return valueText(part, kinds[groupBy[index]?.field ?? ''] === 'date');
  });
  const members = measures.map(({ name, op, field }, index) => {
    const isDate = (op === 'min' || op === 'max') && kinds[field ?? ''] === 'date';
    return `,${JSON.stringify(name)}:${valueText(results[index] as Scalar, isDate)}`;
  });
  return `{"key":[${parts.join(',')}]${members.join('')}}`;
}

const valueText = (value: Scalar, isDate: boolean): string =>
  isDate && typeof value === 'number' ? `"${dateText(value)}"` : JSON.stringify(value);
