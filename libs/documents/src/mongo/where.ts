import { conditionsOf } from '../conditions.ts';
import type { Field } from '../definition-checks.ts';

export type ServerFilter = Readonly<Record<string, unknown>>;

/** A `Where` as the server is asked; it compares strings by their bytes, which is by code point. */
export function compileWhere(
  collection: string,
  fields: ReadonlyMap<string, Field>,
  where: Readonly<Record<string, unknown>>,
): ServerFilter {
  const filters = conditionsOf(collection, fields, where).map(({ name, operator, operands }) => {
    const path = name === 'id' ? '_id' : name;
    if (operator === 'absent') return { [path]: { $exists: false } };
    return { [path]: operator === 'in' ? { $in: operands } : { [`$${operator}`]: operands[0] } };
  });
  return filters.length === 0 ? {} : { $and: filters };
}
