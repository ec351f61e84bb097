import type { EventQuery, Filter, SortKey } from '@datakeep/contracts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
/** The advisor looks around so often. */
export const tick = 5 * minute;

export const newest: SortKey = { field: 'metadata.createdDate', direction: 'descending' };

export const kinds = {
  'payload.user': 'string',
  'payload.kind': 'string',
  'payload.amount': 'number',
  'payload.flag': 'boolean',
  'payload.place.city.name': 'string',
  'metadata.createdDate': 'date',
  'metadata.source': 'string',
} as const;

export function aQuery(over: Partial<EventQuery> = {}): EventQuery {
  return { profile: 'p', sort: [newest], limit: 100, kinds, arrays: [], timeoutMs: 10_000, ...over };
}

export const ofUser = (user: number): Filter => ({ node: 'eq', field: 'payload.user', value: `u${user}` });
