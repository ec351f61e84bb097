import { fieldOf, type Field } from '../definition-checks.ts';
import type { Document, Find } from '../document-store.ts';
import type { Image } from './record.ts';
import { comparable, compareMembers } from './where.ts';

/** One document on its way into an answer. */
export interface Found {
  readonly id: string;
  readonly image: Image;
}

/** A find's order and place, twice: as the server is asked and as it is done here. */
export interface FindOrder {
  readonly sort: Readonly<Record<string, 1 | -1>>;
  readonly after: Readonly<Record<string, unknown>>;
  readonly compare: (a: Found, b: Found) => number;
  readonly isAfter: (found: Found) => boolean;
}

export function findOrder<T extends Document>(
  collection: string,
  fields: ReadonlyMap<string, Field>,
  find: Find<T>,
): FindOrder {
  const direction = find.sort?.direction === 'descending' ? -1 : 1;
  const name: string = find.sort?.field ?? 'id';
  if (name !== 'id' && fieldOf(fields, collection, name).type === 'json')
    throw new TypeError(`${collection}: "${name}" holds JSON and is not sorted by`);
  const byId = name === 'id';
  const valueOf = (found: Found) => (byId ? found.id : found.image[name]);
  const compare = (a: Found, b: Found): number =>
    direction * (compareMembers(valueOf(a), valueOf(b)) || compareMembers(a.id, b.id));
  const sort: Record<string, 1 | -1> = byId ? { _id: direction } : { [name]: direction, _id: direction };
  if (!find.after) return { sort, after: {}, compare, isAfter: () => true };

  const id = comparable(collection, fields, 'id', find.after.id) as string;
  const value = find.after.value === null || byId ? undefined : comparable(collection, fields, name, find.after.value);
  const place: Found = { id, image: value === undefined ? {} : { [name]: value } };
  return {
    sort,
    after: afterFilter(byId ? undefined : name, value, id, direction),
    compare,
    isAfter: (found) => compare(found, place) > 0,
  };
}

/** Absent members come first in ascending order and last in descending order; a range never holds them. */
function afterFilter(
  name: string | undefined,
  value: string | number | boolean | undefined,
  id: string,
  direction: 1 | -1,
): Record<string, unknown> {
  const beyond = direction === 1 ? '$gt' : '$lt';
  const later = { _id: { [beyond]: id } };
  if (name === undefined) return later;
  const absent = { [name]: { $exists: false } };
  if (value === undefined) {
    const tied = { $and: [absent, later] };
    return direction === 1 ? { $or: [tied, { [name]: { $exists: true } }] } : tied;
  }
  const parts: Record<string, unknown>[] = [
    { [name]: { [beyond]: value } },
    { $and: [{ [name]: { $eq: value } }, later] },
  ];
  return { $or: direction === 1 ? parts : [...parts, absent] };
}
