import type { Fields } from '../fields.ts';

export type ServerFilter = Readonly<Record<string, unknown>>;

/** A `Where` as the server is asked; it compares strings by their bytes, which is by code point. */
export function compileWhere(fields: Fields, where: Readonly<Record<string, unknown>>): ServerFilter {
  const filters = fields.conditions(where).map(({ name, operator, operands }) => {
    const path = name === 'id' ? '_id' : name;
    if (operator === 'absent') return { [path]: { $exists: false } };
    return { [path]: operator === 'in' ? { $in: operands } : { [`$${operator}`]: operands[0] } };
  });
  return filters.length === 0 ? {} : { $and: filters };
}
