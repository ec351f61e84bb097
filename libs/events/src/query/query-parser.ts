import type { CompiledProfile, EventQuery, Filter, SortKey } from '@datakeep/contracts';
import { DatakeepError, InputErrors, isObject } from '@datakeep/kernel';
import { fieldOf, kindsOf } from './fields.ts';
import { parseFilter } from './filter-parser.ts';
import { isLongerThan, listOf } from './input.ts';
import { queryLimits } from './query-limits.ts';

/** A query whose form is legal; what depends on the profile's schema is added by `resolveQuery`. */
export interface ParsedQuery {
  readonly profile: string;
  readonly filter?: Filter | undefined;
  readonly sort: readonly SortKey[];
  readonly fields?: readonly string[] | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Every field that the filter or the sort names. */
  readonly named: readonly string[];
}

/** Without a sort: newest first. */
export const defaultSort: readonly SortKey[] = [{ field: 'metadata.createdDate', direction: 'descending' }];
const members: ReadonlySet<string> = new Set(['profile', 'filter', 'sort', 'fields', 'limit', 'cursor']);
const sortMembers: ReadonlySet<string> = new Set(['field', 'direction']);

/** Parses the body of `POST …/events/query` (docs/query-language.md). Throws `invalid` with every illegal member. */
export function parseQuery(body: unknown): ParsedQuery {
  if (!isObject(body)) throw DatakeepError.invalidAt('', 'type', 'a query is an object');
  const issues = new InputErrors();
  issues.onlyMembers(body, members, 'a query has');
  const named = new Set<string>();
  const profile = profileOf(body['profile'], issues);
  const filter = body['filter'] === undefined ? undefined : parseFilter(body['filter'], '/filter', issues, named);
  const sort = sortOf(body['sort'], issues);
  const fields = body['fields'] === undefined ? undefined : fieldsOf(body['fields'], issues);
  const limit = limitOf(body['limit'], queryLimits.maxLimit, issues) ?? queryLimits.defaultLimit;
  const cursor = body['cursor'] ?? undefined;
  if (cursor !== undefined && typeof cursor !== 'string')
    issues.add('/cursor', 'type', 'a cursor is a string, or null');
  issues.throwIfAny();
  for (const key of sort) named.add(key.field);
  return { profile, filter, sort, fields, limit, cursor: cursor as string | undefined, named: [...named] };
}

/**
 * What the engines need to know of the named fields. Throws `invalid` with `sort` pointers where a payload field has no
 * one scalar type.
 */
export function resolveQuery(query: ParsedQuery, profile: CompiledProfile): Pick<EventQuery, 'kinds' | 'arrays'> {
  const { kinds, arrays } = kindsOf(query.named, profile);
  const issues = new InputErrors();
  for (const [index, { field }] of query.sort.entries())
    if (arrays.has(field))
      issues.add(`/sort/${index}/field`, 'sort', 'the schema does not give this field one scalar type');
  issues.throwIfAny();
  return { kinds, arrays: [...arrays] };
}

export function profileOf(value: unknown, issues: InputErrors): string {
  if (typeof value !== 'string') issues.wrong(value, '/profile', 'type', 'name the profile by a string');
  else if (value === '' || isLongerThan(value, queryLimits.stringBytes))
    issues.add('/profile', 'range', 'a profile has a name of 1 to 1,024 bytes');
  return typeof value === 'string' ? value : '';
}

function sortOf(value: unknown, issues: InputErrors): readonly SortKey[] {
  const named = new Set<string>();
  const keys = listOf(value, '/sort', queryLimits.sortKeys, issues, (entry, pointer): SortKey | undefined => {
    if (!isObject(entry)) return void issues.add(pointer, 'type', 'a sort key is { field, direction }');
    issues.onlyMembers(entry, sortMembers, 'a sort key has', { at: pointer });
    const field = fieldOf(entry['field'], `${pointer}/field`, issues);
    const direction = directionOf(entry, pointer, issues);
    if (field === undefined || direction === undefined) return undefined;
    if (named.has(field)) return void issues.add(`${pointer}/field`, 'sort', 'the sort names this field already');
    named.add(field);
    return { field, direction };
  });
  return keys.length === 0 ? defaultSort : keys;
}

/** The direction of a sort key; ascending where it names none. */
export function directionOf(
  { direction = 'ascending' }: { readonly direction?: unknown },
  pointer: string,
  issues: InputErrors,
): SortKey['direction'] | undefined {
  if (direction === 'ascending' || direction === 'descending') return direction;
  return void issues.add(`${pointer}/direction`, 'enum', 'expected ascending or descending');
}

function fieldsOf(value: unknown, issues: InputErrors): readonly string[] {
  const fields = listOf(value, '/fields', queryLimits.fields, issues, (field, pointer) =>
    typeof field === 'string' && !field.startsWith('payload.')
      ? void issues.add(pointer, 'field', 'only `payload.…` can be chosen; metadata always comes whole')
      : fieldOf(field, pointer, issues),
  );
  const chosen = new Set(fields);
  // A member chosen whole covers what is chosen inside it, so that engines never see one path twice.
  return [...chosen].filter((field) => !prefixesOf(field).some((prefix) => chosen.has(prefix)));
}

function prefixesOf(field: string): string[] {
  const prefixes: string[] = [];
  for (let dot = field.indexOf('.', 'payload.'.length); dot >= 0; dot = field.indexOf('.', dot + 1))
    prefixes.push(field.slice(0, dot));
  return prefixes;
}

export function limitOf(value: unknown, most: number, issues: InputErrors): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') return void issues.add('/limit', 'type', 'a limit is a number');
  if (!Number.isInteger(value) || value < 1 || value > most)
    issues.add('/limit', 'range', `a limit is a whole number from 1 to ${most}`);
  return value;
}
