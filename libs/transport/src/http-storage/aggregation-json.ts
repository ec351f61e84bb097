import {
  groupLimits,
  intervals,
  measureOperations,
  type Aggregation,
  type GroupKey,
  type Groups,
  type Measure,
} from '@datakeep/contracts';
import { filterFromJson, filterToJson, misplaced, objectAt } from './filter-json.ts';
import { defaultTimeoutMs, isStrings, kindsFrom } from './query-json.ts';

/** The body of `POST /storage/v1/events/aggregate`. */
export function aggregationToJson({
  profile,
  filter,
  groupBy,
  measures,
  sort,
  limit,
  kinds,
  arrays,
  timeoutMs,
}: Aggregation): object {
  return {
    profile,
    ...(filter === undefined ? {} : { filter: filterToJson(filter, kinds) }),
    groupBy,
    measures: Object.fromEntries(measures.map(({ name, ...measure }) => [name, measure])),
    sort,
    limit,
    kinds,
    arrays,
    timeoutMs,
  };
}

const known = new Set(['profile', 'filter', 'groupBy', 'measures', 'sort', 'limit', 'kinds', 'arrays', 'timeoutMs']);

/** The aggregation that the body asks. Throws 422 where it asks none. */
export function aggregationFromJson(json: unknown): Aggregation {
  const body = objectAt(json, '');
  const unknown = Object.keys(body).find((name) => !known.has(name));
  if (unknown !== undefined) throw misplaced(`/${unknown}`, 'There is no such member here.');
  const {
    profile,
    filter,
    groupBy = [],
    sort = [],
    limit = groupLimits.groups,
    arrays = [],
    timeoutMs = defaultTimeoutMs,
  } = body;
  if (typeof profile !== 'string') throw misplaced('/profile', 'This must be a string.');
  if (!Number.isInteger(limit) || Number(limit) < 1 || Number(limit) > groupLimits.groups)
    throw misplaced('/limit', `This must be a whole number from 1 to ${groupLimits.groups}.`);
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0))
    throw misplaced('/timeoutMs', 'This must be a number above 0.');
  if (!isStrings(arrays)) throw misplaced('/arrays', 'This must be a list of strings.');
  if (!Array.isArray(groupBy)) throw misplaced('/groupBy', 'This must be a list of group keys.');
  if (!Array.isArray(sort)) throw misplaced('/sort', 'This must be a list of sort keys.');
  const kinds = kindsFrom(body['kinds'] ?? {});
  return {
    profile,
    ...(filter === undefined ? {} : { filter: filterFromJson(filter, kinds) }),
    groupBy: groupBy.map((key: unknown, index) => groupKeyFrom(key, `/groupBy/${index}`)),
    measures: Object.entries(objectAt(body['measures'], '/measures')).map(([name, measure]) =>
      measureFrom(name, measure),
    ),
    sort: sort.map((key: unknown, index) => sortKeyFrom(key, `/sort/${index}`)),
    limit: Number(limit),
    kinds,
    arrays,
    timeoutMs,
  };
}

/** The answer, around the groups' text. */
export function groupsToText({ groupsJson, truncated }: Groups): string {
  return `{"groups":${groupsJson},"truncated":${truncated}}`;
}

/** The groups that an answer holds. Throws `TypeError` on what is none. */
export function groupsFromText(text: string): Groups {
  const { groups, truncated } = JSON.parse(text) as { groups?: unknown; truncated?: unknown };
  if (!Array.isArray(groups) || typeof truncated !== 'boolean') throw new TypeError('no groups');
  return { groupsJson: JSON.stringify(groups), length: groups.length, truncated };
}

function groupKeyFrom(json: unknown, pointer: string): GroupKey {
  const { field, interval, timeZone } = objectAt(json, pointer);
  if (typeof field !== 'string') throw misplaced(`${pointer}/field`, 'This must be a string.');
  if (interval === undefined) return { field };
  const found = intervals.find((name) => name === interval);
  if (!found) throw misplaced(`${pointer}/interval`, `This must be one of ${intervals.join(', ')}.`);
  if (timeZone === undefined) return { field, interval: found };
  if (typeof timeZone !== 'string' || !isTimeZone(timeZone))
    throw misplaced(`${pointer}/timeZone`, 'This must be the name of a time zone.');
  return { field, interval: found, timeZone };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function measureFrom(name: string, json: unknown): Measure {
  const { op, field } = objectAt(json, `/measures/${name}`);
  const found = measureOperations.find((operation) => operation === op);
  if (!found) throw misplaced(`/measures/${name}/op`, `This must be one of ${measureOperations.join(', ')}.`);
  if (field === undefined && found === 'count') return { name, op: found };
  if (typeof field !== 'string') throw misplaced(`/measures/${name}/field`, 'This must be a string.');
  return { name, op: found, field };
}

function sortKeyFrom(json: unknown, pointer: string): Aggregation['sort'][number] {
  const { by, direction = 'ascending' } = objectAt(json, pointer);
  if (typeof by !== 'string' || (direction !== 'ascending' && direction !== 'descending'))
    throw misplaced(pointer, 'This must have a name to sort by, and a direction.');
  return { by, direction };
}
