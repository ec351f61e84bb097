import { comparable } from '../conditions.ts';
import { fieldOf, type Field } from '../definition-checks.ts';
import type { Document, Find } from '../document-store.ts';
import type { ServerFilter } from './where.ts';

/** A find's order, and the condition for what comes after its place. */
export interface FindOrder {
  readonly sort: Readonly<Record<string, 1 | -1>>;
  readonly after: ServerFilter;
}

export function findOrder<T extends Document>(
  collection: string,
  fields: ReadonlyMap<string, Field>,
  find: Find<T>,
): FindOrder {
  const direction = find.sort?.direction === 'descending' ? -1 : 1;
  const name: string = find.sort?.field ?? 'id';
  const byId = name === 'id';
  if (!byId && fieldOf(fields, collection, name).type === 'json')
    throw new TypeError(`${collection}: "${name}" holds JSON and is not sorted by`);
  const sort: FindOrder['sort'] = byId ? { _id: direction } : { [name]: direction, _id: direction };
  if (!find.after) return { sort, after: {} };
  const id = comparable(collection, fields, 'id', find.after.id) as string;
  const value = find.after.value === null || byId ? undefined : comparable(collection, fields, name, find.after.value);
  return { sort, after: afterFilter(byId ? undefined : name, value, id, direction) };
}

/** Absent members come first in ascending order and last in descending order; a range never holds them. */
function afterFilter(
  name: string | undefined,
  value: string | number | boolean | undefined,
  id: string,
  direction: 1 | -1,
): ServerFilter {
  const beyond = direction === 1 ? '$gt' : '$lt';
  const later = { _id: { [beyond]: id } };
  if (name === undefined) return later;
  const absent = { [name]: { $exists: false } };
  if (value === undefined) {
    const tied = { $and: [absent, later] };
    return direction === 1 ? { $or: [tied, { [name]: { $exists: true } }] } : tied;
  }
  const parts: ServerFilter[] = [{ [name]: { [beyond]: value } }, { $and: [{ [name]: { $eq: value } }, later] }];
  return { $or: direction === 1 ? parts : [...parts, absent] };
}
