import {
  groupLimits,
  intervals,
  measureOperations,
  type Aggregation,
  type CompiledProfile,
  type Filter,
  type GroupKey,
  type Measure,
} from '@datakeep/contracts';
import { DatakeepError, InputErrors, isObject, pointerSegment } from '@datakeep/kernel';
import { fieldOf, kindsOf } from './fields.ts';
import { parseFilter } from './filter-parser.ts';
import { isLongerThan, listOf } from './input.ts';
import { aggregationLimits } from './query-limits.ts';
import { directionOf, limitOf, profileOf } from './query-parser.ts';
import { timeZoneName } from './time-zone.ts';

/** An aggregation whose form is legal; what depends on the profile's schema is added by `resolveAggregation`. */
export interface ParsedAggregation extends Pick<Aggregation, 'profile' | 'groupBy' | 'measures' | 'sort' | 'limit'> {
  readonly filter?: Filter | undefined;
  /** Every field that the filter names. */
  readonly filtered: readonly string[];
}

const members: ReadonlySet<string> = new Set(['profile', 'filter', 'groupBy', 'measures', 'sort', 'limit']);

/**
 * Parses the body of `POST …/events/aggregate` (docs/query-language.md). Throws `invalid` with every illegal member.
 */
export function parseAggregation(body: unknown): ParsedAggregation {
  if (!isObject(body)) throw DatakeepError.invalidAt('', 'type', 'an aggregation is an object');
  const issues = new InputErrors();
  issues.onlyMembers(body, members, 'an aggregation has');
  const filtered = new Set<string>();
  const profile = profileOf(body['profile'], issues);
  const filter = body['filter'] === undefined ? undefined : parseFilter(body['filter'], '/filter', issues, filtered);
  const groupBy = listOf(body['groupBy'], '/groupBy', aggregationLimits.keys, issues, (entry, pointer) =>
    groupKeyOf(entry, pointer, issues),
  );
  const measures = measuresOf(body['measures'], issues);
  const sort = sortOf(body['sort'], measures, issues);
  const limit = limitOf(body['limit'], groupLimits.groups, issues) ?? groupLimits.groups;
  issues.throwIfAny();
  return { profile, filter, groupBy, measures, sort, limit, filtered: [...filtered] };
}

/**
 * What the engines need to know of the named fields. Throws `invalid` where a field does not have the type that its use
 * requires.
 */
export function resolveAggregation(
  { filtered, groupBy, measures }: ParsedAggregation,
  profile: CompiledProfile,
): Pick<Aggregation, 'kinds' | 'arrays'> {
  const { kinds, arrays } = kindsOf(
    [...filtered, ...groupBy.map((key) => key.field), ...measures.flatMap((measure) => measure.field ?? [])],
    profile,
  );
  const issues = new InputErrors();
  for (const [index, { field, interval }] of groupBy.entries()) {
    if (arrays.has(field))
      issues.add(`/groupBy/${index}/field`, 'group-by', 'the schema does not give this field one scalar type');
    else if (interval !== undefined && kinds[field] !== 'date')
      issues.add(
        `/groupBy/${index}/interval`,
        'group-by',
        'an interval is for metadata.createdDate and metadata.acceptedDate',
      );
  }
  for (const { name, op, field } of measures) {
    const pointer = `/measures/${pointerSegment(name)}/field`;
    if (field === undefined) continue;
    if (arrays.has(field)) issues.add(pointer, 'measure', 'the schema does not give this field one scalar type');
    else if ((op === 'sum' || op === 'avg') && kinds[field] !== 'number')
      issues.add(pointer, 'measure', `\`${op}\` takes a field of numbers`);
  }
  issues.throwIfAny();
  return { kinds, arrays: [...arrays] };
}

function groupKeyOf(entry: unknown, pointer: string, issues: InputErrors): GroupKey | undefined {
  if (!isObject(entry)) return void issues.add(pointer, 'type', 'a group key is { field, interval, timeZone }');
  issues.onlyMembers(entry, groupMembers, 'a group key has', { at: pointer });
  const { interval, timeZone } = entry;
  const field = fieldOf(entry['field'], `${pointer}/field`, issues);
  if (interval !== undefined && !isOneOf(intervals, interval)) {
    issues.add(`${pointer}/interval`, 'enum', `the intervals are ${intervals.join(', ')}`);
    return undefined;
  }
  if (timeZone === undefined) return field === undefined ? undefined : { field, interval };
  const zone = typeof timeZone === 'string' ? timeZoneName(timeZone) : undefined;
  if (typeof timeZone !== 'string') issues.add(`${pointer}/timeZone`, 'type', 'a time zone is named by a string');
  else if (zone === undefined)
    issues.add(`${pointer}/timeZone`, 'time-zone', 'expected a name of the IANA database, as Europe/Prague');
  else if (interval === undefined) issues.add(`${pointer}/timeZone`, 'group-by', 'a time zone is for an interval');
  return field === undefined || zone === undefined || interval === undefined
    ? undefined
    : { field, interval, timeZone: zone };
}
const groupMembers: ReadonlySet<string> = new Set(['field', 'interval', 'timeZone']);

function measuresOf(value: unknown, issues: InputErrors): readonly Measure[] {
  const entries = isObject(value) ? Object.entries(value) : [];
  if (!isObject(value)) issues.wrong(value, '/measures', 'type', 'measures are { name: { op, field } }');
  else if (entries.length === 0) issues.add('/measures', 'range', 'an aggregation has at least one measure');
  if (entries.length > aggregationLimits.measures) {
    issues.add('/measures', 'too-complex', `an aggregation has at most ${aggregationLimits.measures} measures`);
    return [];
  }
  return entries.flatMap(
    ([name, measure]) => measureOf(name, measure, `/measures/${pointerSegment(name)}`, issues) ?? [],
  );
}

function measureOf(name: string, measure: unknown, pointer: string, issues: InputErrors): Measure | undefined {
  if (name === '' || isLongerThan(name, aggregationLimits.nameBytes))
    return void issues.add(pointer, 'measure', `a measure has a name of 1 to ${aggregationLimits.nameBytes} bytes`);
  if (name === 'key')
    return void issues.add(pointer, 'measure', '`key` is the group itself: give the measure another name');
  if (!isObject(measure)) return void issues.add(pointer, 'type', 'a measure is { op, field }');
  issues.onlyMembers(measure, measureMembers, 'a measure has', { at: pointer });
  const { op } = measure;
  if (!isOneOf(measureOperations, op))
    return void issues.wrong(op, `${pointer}/op`, 'enum', `the operations are ${measureOperations.join(', ')}`);
  if (measure['field'] === undefined) {
    if (op === 'count') return { name, op };
    return void issues.add(`${pointer}/field`, 'required', `\`${op}\` needs a field`);
  }
  const field = fieldOf(measure['field'], `${pointer}/field`, issues);
  return field === undefined ? undefined : { name, op, field };
}
const measureMembers: ReadonlySet<string> = new Set(['op', 'field']);

function sortOf(value: unknown, measures: readonly Measure[], issues: InputErrors): Aggregation['sort'] {
  const named = new Set<string>();
  return listOf(value, '/sort', aggregationLimits.sortKeys, issues, (entry, pointer) => {
    if (!isObject(entry)) return void issues.add(pointer, 'type', 'a sort key is { by, direction }');
    issues.onlyMembers(entry, sortMembers, 'a sort key has', { at: pointer });
    const { by } = entry;
    const direction = directionOf(entry, pointer, issues);
    if (typeof by !== 'string')
      return void issues.wrong(by, `${pointer}/by`, 'type', 'a sort key names a measure, or `key`');
    if (by !== 'key' && !measures.some(({ name }) => name === by))
      return void issues.add(`${pointer}/by`, 'sort', 'there is no measure of that name');
    if (named.has(by)) return void issues.add(`${pointer}/by`, 'sort', 'the sort names this already');
    named.add(by);
    return direction && { by, direction };
  });
}
const sortMembers: ReadonlySet<string> = new Set(['by', 'direction']);

function isOneOf<T extends string>(names: readonly T[], value: unknown): value is T {
  return typeof value === 'string' && (names as readonly string[]).includes(value);
}
