import type { Document, Find } from '../document-store.ts';
import type { Comparable, Fields } from '../fields.ts';
import type { ServerFilter } from './where.ts';

/** A find's order, and the condition for what comes after its place. */
export interface FindOrder {
  readonly sort: Readonly<Record<string, 1 | -1>>;
  readonly after: ServerFilter;
}

export function findOrder<T extends Document>(fields: Fields, find: Find<T>): FindOrder {
  const direction = find.sort?.direction === 'descending' ? -1 : 1;
  const name = fields.sorted(find.sort?.field ?? 'id')?.name;
  const sort: FindOrder['sort'] = name === undefined ? { _id: direction } : { [name]: direction, _id: direction };
  if (!find.after) return { sort, after: {} };
  const id = fields.checkId(find.after.id);
  const value = find.after.value === null || name === undefined ? undefined : fields.comparable(name, find.after.value);
  return { sort, after: afterFilter(name, value, id, direction) };
}

/** Absent members come first in ascending order and last in descending order; a range never holds them. */
function afterFilter(
  name: string | undefined,
  value: Comparable | undefined,
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
