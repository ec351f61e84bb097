import { checkId, checkValue, fieldOf, type Field } from '../definition-checks.ts';

export type ServerFilter = Readonly<Record<string, unknown>>;

const operators: Readonly<Record<string, string>> = { gte: '$gte', gt: '$gt', lte: '$lte', lt: '$lt' };

/**
 * A `Where` as the server is asked; it compares strings by their bytes, which is by code point. TypeError for what the
 * definition does not name.
 */
export function compileWhere(
  collection: string,
  fields: ReadonlyMap<string, Field>,
  where: Readonly<Record<string, unknown>>,
): ServerFilter {
  const conditions: ServerFilter[] = [];
  for (const [name, condition] of Object.entries(where)) {
    if (name !== 'id') fieldOf(fields, collection, name);
    const path = name === 'id' ? '_id' : name;
    const checked = (value: unknown): string | number | boolean => comparable(collection, fields, name, value);
    if (condition === null) conditions.push({ [path]: { $exists: false } });
    else if (typeof condition !== 'object') conditions.push({ [path]: { $eq: checked(condition) } });
    else
      for (const [operator, operand] of Object.entries(condition)) {
        if (operator === 'in' && Array.isArray(operand)) conditions.push({ [path]: { $in: operand.map(checked) } });
        else if (Object.hasOwn(operators, operator))
          conditions.push({ [path]: { [operators[operator] as string]: checked(operand) } });
        else throw new TypeError(`${collection}: "${name}" has no comparison "${operator}"`);
      }
  }
  return conditions.length === 0 ? {} : { $and: conditions };
}

export function comparable(
  collection: string,
  fields: ReadonlyMap<string, Field>,
  name: string,
  value: unknown,
): string | number | boolean {
  if (name === 'id') {
    checkId(collection, value);
    return value;
  }
  const field = fieldOf(fields, collection, name);
  if (field.type === 'json') throw new TypeError(`${collection}: "${name}" holds JSON and is not compared`);
  checkValue(collection, field, value);
  return value as string | number | boolean;
}
