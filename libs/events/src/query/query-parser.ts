import type { CompiledProfile, FieldKind, Filter, SortKey } from '@datakeep/contracts';
import { pointerSegment, DatakeepError } from '@datakeep/kernel';
import { fieldFault, kindOf, metadataKind } from './fields.ts';
import { parseFilter } from './filter-parser.ts';
import { isLongerThan, isObject, Places } from './places.ts';
import { queryLimits } from './query-limits.ts';

/** A query whose form is legal; what depends on the profile's schema is added by `resolveQuery`. */
export interface ParsedQuery {
  readonly profile: string;
  readonly filter?: Filter;
  readonly sort: readonly SortKey[];
  readonly fields?: readonly string[];
  readonly limit: number;
  readonly cursor?: string;
  /** Every field that the filter or the sort names. */
  readonly named: readonly string[];
}

/** Without a sort: newest first. */
export const defaultSort: readonly SortKey[] = [{ field: 'metadata.createdDate', direction: 'descending' }];
const members: ReadonlySet<string> = new Set(['profile', 'filter', 'sort', 'fields', 'limit', 'cursor']);

/** Parses the body of `POST …/events/query` (docs/query-language.md). Throws `invalid` with every illegal member. */
export function parseQuery(body: unknown): ParsedQuery {
  if (!isObject(body)) throw DatakeepError.invalidAt('', 'type', 'a query is an object');
  const places = new Places();
  places.onlyMembers(body, members, 'a query has');
  const named = new Set<string>();
  const profile = profileOf(body['profile'], places);
  const filter = body['filter'] === undefined ? undefined : parseFilter(body['filter'], '/filter', places, named);
  const sort = body['sort'] === undefined ? defaultSort : sortOf(body['sort'], places);
  const fields = body['fields'] === undefined ? undefined : fieldsOf(body['fields'], places);
  const limit = limitOf(body['limit'], queryLimits.maxLimit, places) ?? queryLimits.defaultLimit;
  const cursor = body['cursor'] ?? undefined;
  if (cursor !== undefined && typeof cursor !== 'string')
    places.add('/cursor', 'type', 'a cursor is a string, or null');
  places.throwIfAny();
  for (const key of sort) named.add(key.field);
  return {
    profile,
    ...(filter === undefined ? {} : { filter }),
    sort,
    ...(fields === undefined ? {} : { fields }),
    limit,
    ...(typeof cursor === 'string' ? { cursor } : {}),
    named: [...named],
  };
}

/**
 * What the engines need to know of the named fields. Throws `invalid` with `sort` pointers where a payload field has no
 * one scalar type.
 */
export function resolveQuery(
  query: ParsedQuery,
  profile: CompiledProfile,
): { kinds: Readonly<Record<string, FieldKind>>; arrays: readonly string[] } {
  const kinds: Record<string, FieldKind> = {};
  const arrays: string[] = [];
  for (const field of query.named) {
    const found = kindOf(field, profile);
    kinds[field] = found.kind;
    if (found.arrays || found.kind === 'any') arrays.push(field);
  }
  const places = new Places();
  for (const [index, { field }] of query.sort.entries())
    if (metadataKind(field) === undefined && arrays.includes(field))
      places.add(`/sort/${index}/field`, 'sort', 'the schema does not give this field one scalar type');
  places.throwIfAny();
  return { kinds, arrays };
}

export function profileOf(value: unknown, places: Places): string {
  if (value === undefined) places.add('/profile', 'required', 'name the profile');
  else if (typeof value !== 'string') places.add('/profile', 'type', 'a profile is named by a string');
  else if (value === '' || isLongerThan(value, queryLimits.stringBytes))
    places.add('/profile', 'range', 'a profile has a name of 1 to 1,024 bytes');
  return typeof value === 'string' ? value : '';
}

function sortOf(value: unknown, places: Places): readonly SortKey[] {
  if (!Array.isArray(value)) {
    places.add('/sort', 'type', 'a sort is a list of { field, direction }');
    return defaultSort;
  }
  if (value.length === 0) return defaultSort;
  if (value.length > queryLimits.sortKeys) {
    places.add('/sort', 'too-complex', `a sort has at most ${queryLimits.sortKeys} keys`);
    return defaultSort;
  }
  const keys: SortKey[] = [];
  for (const [index, entry] of (value as unknown[]).entries()) {
    const pointer = `/sort/${index}`;
    if (!isObject(entry)) {
      places.add(pointer, 'type', 'a sort key is { field, direction }');
      continue;
    }
    for (const name of Object.keys(entry))
      if (name !== 'field' && name !== 'direction')
        places.add(`${pointer}/${pointerSegment(name)}`, 'unknown-member', 'a sort key has field and direction');
    const { field, direction = 'ascending' } = entry;
    if (direction !== 'ascending' && direction !== 'descending')
      places.add(`${pointer}/direction`, 'enum', 'expected ascending or descending');
    else if (field === undefined) places.add(`${pointer}/field`, 'required', 'a sort key names its field');
    else if (typeof field !== 'string') places.add(`${pointer}/field`, 'type', 'a field is a string');
    else {
      const fault = fieldFault(field);
      if (fault !== undefined) places.add(`${pointer}/field`, 'field', fault);
      else if (keys.some((key) => key.field === field))
        places.add(`${pointer}/field`, 'sort', 'the sort names this field already');
      else keys.push({ field, direction });
    }
  }
  return keys;
}

function fieldsOf(value: unknown, places: Places): readonly string[] {
  if (!Array.isArray(value)) {
    places.add('/fields', 'type', 'expected a list of payload fields');
    return [];
  }
  if (value.length > queryLimits.fields) {
    places.add('/fields', 'too-complex', `at most ${queryLimits.fields} fields can be chosen`);
    return [];
  }
  const chosen = new Set<string>();
  for (const [index, field] of (value as unknown[]).entries()) {
    const pointer = `/fields/${index}`;
    if (typeof field !== 'string') {
      places.add(pointer, 'type', 'a field is a string');
      continue;
    }
    const fault = field.startsWith('payload.')
      ? fieldFault(field)
      : 'only `payload.…` can be chosen; metadata always comes whole';
    if (fault === undefined) chosen.add(field);
    else places.add(pointer, 'field', fault);
  }
  // A member chosen whole covers what is chosen inside it, so that engines never see one path twice.
  return [...chosen].filter((field) => !prefixesOf(field).some((prefix) => chosen.has(prefix)));
}

function prefixesOf(field: string): string[] {
  const prefixes: string[] = [];
  for (let dot = field.indexOf('.', 'payload.'.length); dot >= 0; dot = field.indexOf('.', dot + 1))
    prefixes.push(field.slice(0, dot));
  return prefixes;
}

export function limitOf(value: unknown, most: number, places: Places): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') return void places.add('/limit', 'type', 'a limit is a number');
  if (!Number.isInteger(value) || value < 1 || value > most)
    places.add('/limit', 'range', `a limit is a whole number from 1 to ${most}`);
  return value;
}
