import { constantFrom, integer, option, record, uniqueArray, array, oneof, type Arbitrary } from 'fast-check';
import {
  intervals,
  measureOperations,
  type Aggregation,
  type FieldKind,
  type Filter,
  type GroupKey,
  type Measure,
} from '@datakeep/contracts';

/** What a random aggregation may name. */
export interface Aggregated {
  /** Fields of one scalar type, with that type. */
  readonly kinds: Readonly<Record<string, FieldKind>>;
  readonly filter: Arbitrary<Filter>;
  readonly fieldsOf: (filter: Filter) => readonly string[];
  readonly kindOf: (field: string) => FieldKind;
}

// Offsets of half hours and quarters, a day that was skipped, midnights that were, changes at 00:01, and offsets with
// seconds before 1900.
export const zones = [
  'UTC',
  'Europe/Prague',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Africa/Monrovia',
] as const;

const names = ['a', 'total', '1', 'two words', 'č', '"', 'constructor'];

export function anAggregation({
  kinds,
  filter,
  fieldsOf,
  kindOf,
}: Aggregated): Arbitrary<Omit<Aggregation, 'profile' | 'timeoutMs'>> {
  const fields = Object.keys(kinds);
  const numbers = fields.filter((field) => kinds[field] === 'number');
  const dates = fields.filter((field) => kinds[field] === 'date');
  const aKey: Arbitrary<GroupKey> = oneof(
    record({ field: constantFrom(...fields) }),
    record({ field: constantFrom(...dates), interval: constantFrom(...intervals), timeZone: constantFrom(...zones) }),
  );
  const aMeasure: Arbitrary<Omit<Measure, 'name'>> = constantFrom(...measureOperations).chain(
    (op): Arbitrary<Omit<Measure, 'name'>> => {
      if (op === 'sum' || op === 'avg')
        return record({ field: constantFrom(...numbers) }).map((drawn) => ({ op, ...drawn }));
      const named = record({ field: constantFrom(...fields) }).map((drawn) => ({ op, ...drawn }));
      return op === 'count' ? oneof(named, record({ op: constantFrom(op) })) : named;
    },
  );
  const measures = uniqueArray(constantFrom(...names), { minLength: 1, maxLength: 5 }).chain((chosen) =>
    array(aMeasure, { minLength: chosen.length, maxLength: chosen.length }).map((drawn) =>
      drawn.map((measure, index): Measure => Object.assign({ name: chosen[index] ?? '' }, measure)),
    ),
  );
  return record({
    filter: option(filter, { nil: undefined }),
    groupBy: array(aKey, { maxLength: 3 }),
    measures,
    limit: integer({ min: 1, max: 12 }),
  }).chain(({ filter: chosen, groupBy, measures: list, limit }) =>
    uniqueArray(
      record({
        by: constantFrom('key', ...list.map(({ name }) => name)),
        direction: constantFrom('ascending', 'descending'),
      }),
      {
        maxLength: 2,
        selector: ({ by }) => by,
      },
    ).map((sort) => {
      const filtered = chosen ? fieldsOf(chosen) : [];
      const named = [...filtered, ...groupBy.map(({ field }) => field), ...list.flatMap(({ field }) => field ?? [])];
      const found = Object.fromEntries(named.map((field) => [field, kindOf(field)]));
      const arrays = Object.keys(found).filter((field) => found[field] === 'any');
      return { ...(chosen ? { filter: chosen } : {}), groupBy, measures: list, limit, sort, kinds: found, arrays };
    }),
  );
}
