import type { Aggregation, EventQuery, Position } from '@datakeep/contracts';
import { parseAggregation, parseQuery } from '@datakeep/events';
import { DatakeepError, isId } from '@datakeep/kernel';
import { flagAt, hintsFrom, objectAt, positionOf } from '@datakeep/transport';

/** The query that a body asks: that of an app, and what the storage must know beyond. Throws 422 where it asks none. */
export function queryFrom(json: unknown): EventQuery {
  const { filter, kinds, arrays, timeoutMs, count, explain, ...form } = objectAt(json, '');
  const { named: _named, cursor, ...query } = parseQuery(form);
  return {
    ...query,
    ...(cursor === undefined ? {} : { after: placeFrom(cursor, query.sort.length) }),
    ...(count === undefined ? {} : { count: flagAt(count, '/count') }),
    ...(explain === undefined ? {} : { explain: flagAt(explain, '/explain') }),
    ...hintsFrom({ filter, kinds, arrays, timeoutMs }),
  };
}

/** What the storages of the keep answer as a cursor, and nothing else. */
function placeFrom(cursor: string, sortKeys: number): Position {
  const place = positionOf(cursor);
  const hasScalars = place.values.every((value: unknown) => value === null || typeof value !== 'object');
  if (isId(place.id) && place.values.length === sortKeys && hasScalars) return place;
  throw DatakeepError.invalidAt('/cursor', 'cursor', 'This storage never answered such a cursor.');
}

/** The aggregation that a body asks, likewise. */
export function aggregationFrom(json: unknown): Aggregation {
  const { filter, kinds, arrays, timeoutMs, ...form } = objectAt(json, '');
  const { filtered: _filtered, ...aggregation } = parseAggregation(form);
  return { ...aggregation, ...hintsFrom({ filter, kinds, arrays, timeoutMs }) };
}
