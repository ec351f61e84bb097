import type { EventPage, EventQuery, FieldKind, Position, QueryExplanation } from '@datakeep/contracts';
import { maxQueryTimeoutMs } from '@datakeep/kernel';
import { filterFromJson, filterToJson, misplaced, objectAt } from './filter-json.ts';

/** The body of `POST /storage/v1/events/query`. */
export function queryToJson({ filter, after, fairnessKey: _ownTurn, ...query }: EventQuery): object {
  return {
    ...query,
    ...(filter === undefined ? {} : { filter: filterToJson(filter, query.kinds) }),
    cursor: after === undefined ? null : cursorOf(after),
  };
}

const defaultTimeoutMs = 5000;
const kindNames: readonly string[] = ['string', 'number', 'boolean', 'date', 'any'] satisfies FieldKind[];

/**
 * What a query and an aggregation have beyond the form that apps write, and the filter. Throws 422 where it has not.
 */
export function hintsFrom({
  filter,
  kinds: given = {},
  arrays = [],
  timeoutMs = defaultTimeoutMs,
}: Readonly<Record<'filter' | 'kinds' | 'arrays' | 'timeoutMs', unknown>>): Pick<
  EventQuery,
  'filter' | 'kinds' | 'arrays' | 'timeoutMs'
> {
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0 && timeoutMs <= maxQueryTimeoutMs))
    throw misplaced('/timeoutMs', `This must be a number above 0, and at most ${maxQueryTimeoutMs}.`);
  if (!isStrings(arrays)) throw misplaced('/arrays', 'This must be a list of strings.');
  const kinds = kindsFrom(given);
  return { ...(filter === undefined ? {} : { filter: filterFromJson(filter, kinds) }), kinds, arrays, timeoutMs };
}

/** The answer, around the page's text. */
export function pageToText({ itemsJson, next, count, explain }: EventPage): string {
  const counted = count === undefined ? '' : `,"count":${count}`;
  const explained = explain === undefined ? '' : `,"explain":${JSON.stringify(explain)}`;
  const nextCursor = next === null ? 'null' : JSON.stringify(cursorOf(next));
  return `{"items":${itemsJson},"nextCursor":${nextCursor}${counted}${explained}}`;
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
 * Converts a position to a cursor and back: `[values, id]` as JSON in base64url. Cursors of a foreign storage in
 * another form pass through unchanged, as opaque positions.
 */
function cursorOf({ values, id }: Position): string {
  return id === '' && typeof values[0] === 'string'
    ? values[0]
    : Buffer.from(JSON.stringify([values, id])).toString('base64url');
}

export function positionOf(cursor: string): Position {
  try {
    const [values, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [Position['values'], string];
    if (Array.isArray(values) && typeof id === 'string' && id !== '') return { values, id };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  return { values: [cursor], id: '' };
}

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

function kindsFrom(json: unknown): Record<string, FieldKind> {
  const kinds = objectAt(json, '/kinds');
  for (const [field, kind] of Object.entries(kinds))
    if (!kindNames.includes(String(kind)))
      throw misplaced(`/kinds/${field}`, `This must be one of ${kindNames.join(', ')}.`);
  return kinds as Record<string, FieldKind>;
}

/** Throws 422 for what is neither true nor false. */
export function flagAt(value: unknown, pointer: string): boolean {
  if (typeof value !== 'boolean') throw misplaced(pointer, 'This must be true or false.');
  return value;
}
