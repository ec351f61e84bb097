import type { EventPage, EventQuery, FieldKind, Position, QueryExplanation, SortKey } from '@datakeep/contracts';
import { filterFromJson, filterToJson, misplaced, objectAt } from './filter-json.ts';

/** The body of `POST /storage/v1/events/query`. */
export function queryToJson({
  profile,
  filter,
  sort,
  fields,
  limit,
  after,
  count,
  explain,
  kinds,
  arrays,
  timeoutMs,
}: EventQuery): object {
  return {
    profile,
    ...(filter === undefined ? {} : { filter: filterToJson(filter, kinds) }),
    sort,
    ...(fields === undefined ? {} : { fields }),
    limit,
    cursor: after === undefined ? null : cursorOf(after),
    ...(count === undefined ? {} : { count }),
    ...(explain === undefined ? {} : { explain }),
    kinds,
    arrays,
    timeoutMs,
  };
}

export const defaultTimeoutMs = 5000;
const newestFirst: readonly SortKey[] = [{ field: 'metadata.createdDate', direction: 'descending' }];
const kindNames: readonly string[] = ['string', 'number', 'boolean', 'date', 'any'] satisfies FieldKind[];
const known = new Set([
  'profile',
  'filter',
  'sort',
  'fields',
  'limit',
  'cursor',
  'count',
  'explain',
  'kinds',
  'arrays',
  'timeoutMs',
]);

/** The query that the body asks. Throws 422 where it asks none. */
export function queryFromJson(json: unknown): EventQuery {
  const body = objectAt(json, '');
  const unknown = Object.keys(body).find((name) => !known.has(name));
  if (unknown !== undefined) throw misplaced(`/${unknown}`, 'There is no such member here.');
  const {
    profile,
    filter,
    sort = newestFirst,
    fields,
    limit = 50,
    cursor = null,
    count,
    explain,
    kinds: kindsGiven = {},
    arrays = [],
    timeoutMs = defaultTimeoutMs,
  } = body;
  if (typeof profile !== 'string') throw misplaced('/profile', 'This must be a string.');
  if (!Number.isInteger(limit) || Number(limit) < 1 || Number(limit) > 1000)
    throw misplaced('/limit', 'This must be a whole number from 1 to 1000.');
  if (cursor !== null && typeof cursor !== 'string') throw misplaced('/cursor', 'This must be a string or null.');
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0))
    throw misplaced('/timeoutMs', 'This must be a number above 0.');
  if (!isStrings(arrays)) throw misplaced('/arrays', 'This must be a list of strings.');
  if (fields !== undefined && !isStrings(fields)) throw misplaced('/fields', 'This must be a list of strings.');
  if (count !== undefined && typeof count !== 'boolean') throw misplaced('/count', 'This must be true or false.');
  if (explain !== undefined && typeof explain !== 'boolean') throw misplaced('/explain', 'This must be true or false.');
  const kinds = kindsFrom(kindsGiven);
  return {
    profile,
    ...(filter === undefined ? {} : { filter: filterFromJson(filter, kinds) }),
    sort: sortFrom(sort),
    ...(fields === undefined ? {} : { fields }),
    limit: Number(limit),
    ...(cursor === null ? {} : { after: positionOf(cursor) }),
    ...(count === undefined ? {} : { count }),
    ...(explain === undefined ? {} : { explain }),
    kinds,
    arrays,
    timeoutMs,
  };
}

/** The answer, around the page's text. */
export function pageToText({ itemsJson, next, count, explain }: EventPage): string {
  const counted = count === undefined ? '' : `,"count":${count}`;
  const explained = explain === undefined ? '' : `,"explain":${JSON.stringify(explain)}`;
  return `{"items":${itemsJson},"nextCursor":${next === null ? 'null' : JSON.stringify(cursorOf(next))}${counted}${explained}}`;
}

/** The page that an answer holds. Throws `TypeError` on what is none. */
export function pageFromText(text: string): EventPage {
  const { items, nextCursor, count, explain } = JSON.parse(text) as {
    items?: unknown;
    nextCursor?: unknown;
    count?: unknown;
    explain?: unknown;
  };
  if (!Array.isArray(items) || (nextCursor !== null && typeof nextCursor !== 'string'))
    throw new TypeError('no page of events');
  return {
    itemsJson: JSON.stringify(items),
    length: items.length,
    next: nextCursor === null ? null : positionOf(nextCursor),
    ...(typeof count === 'number' ? { count } : {}),
    ...(typeof explain === 'object' && explain !== null ? { explain: explain as QueryExplanation } : {}),
  };
}

/**
 * A position as a cursor and back: `[values, id]` as JSON in base64url. A foreign storage that has cursors of another kind may send those: they stand as they are in a
 * position that nobody looks into, and come back to it.
 */
function cursorOf({ values, id }: Position): string {
  return id === '' && typeof values[0] === 'string'
    ? values[0]
    : Buffer.from(JSON.stringify([values, id])).toString('base64url');
}

function positionOf(cursor: string): Position {
  try {
    const [values, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [Position['values'], string];
    if (Array.isArray(values) && typeof id === 'string' && id !== '') return { values, id };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  return { values: [cursor], id: '' };
}

export const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

export function kindsFrom(json: unknown): Record<string, FieldKind> {
  const kinds = objectAt(json, '/kinds');
  for (const [field, kind] of Object.entries(kinds))
    if (!kindNames.includes(String(kind)))
      throw misplaced(`/kinds/${field}`, `This must be one of ${kindNames.join(', ')}.`);
  return kinds as Record<string, FieldKind>;
}

function sortFrom(json: unknown): SortKey[] {
  if (!Array.isArray(json) || json.length === 0) throw misplaced('/sort', 'This must be a list of sort keys.');
  return json.map((key: unknown, index): SortKey => {
    const { field, direction = 'ascending' } = objectAt(key, `/sort/${index}`);
    if (typeof field !== 'string' || (direction !== 'ascending' && direction !== 'descending'))
      throw misplaced(`/sort/${index}`, 'This must have a field, and a direction.');
    return { field, direction };
  });
}
