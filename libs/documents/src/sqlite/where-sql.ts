import { checkId, fieldOf, type Field } from '../definition-checks.ts';
import { toColumn, type ColumnValue } from './values.ts';

export interface Condition {
  /** `1` for no condition. */
  readonly sql: string;
  readonly values: readonly ColumnValue[];
}

const operators = { gte: '>=', gt: '>', lte: '<=', lt: '<' } as const;

/**
 * The condition for a `Where`. Columns compare in SQLite's BINARY collation: UTF-8 bytes, which is code point order.
 */
export function whereSql(
  collection: string,
  fields: ReadonlyMap<string, Field>,
  where: Readonly<Record<string, unknown>>,
): Condition {
  const parts: string[] = [];
  const values: ColumnValue[] = [];
  for (const [name, asked] of Object.entries(where)) {
    const column = (value: unknown) => columnValue(collection, fields, name, value);
    const quoted = `"${name}"`;
    if (name !== 'id') fieldOf(fields, collection, name);
    if (asked === null) {
      parts.push(`${quoted} IS NULL`);
    } else if (typeof asked !== 'object') {
      parts.push(`${quoted} = ?`);
      values.push(column(asked));
    } else {
      for (const [operator, operand] of Object.entries(asked)) {
        if (operator === 'in' && Array.isArray(operand)) {
          const list = operand.map(column);
          parts.push(list.length === 0 ? '0' : `${quoted} IN (${placeholders(list)})`);
          values.push(...list);
        } else if (Object.hasOwn(operators, operator)) {
          parts.push(`${quoted} ${operators[operator as keyof typeof operators]} ?`);
          values.push(column(operand));
        } else {
          throw new TypeError(`${collection}: "${name}" has no comparison "${operator}"`);
        }
      }
    }
  }
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), values };
}

export function columnValue(
  collection: string,
  fields: ReadonlyMap<string, Field>,
  name: string,
  value: unknown,
): ColumnValue {
  if (name === 'id') {
    checkId(collection, value);
    return value;
  }
  const field = fieldOf(fields, collection, name);
  if (field.type === 'json') throw new TypeError(`${collection}: "${name}" holds JSON and is not compared`);
  return toColumn(collection, field, value);
}

/**
 * As many as the next power of two, the last value repeated, so that lists of any length share few prepared statements.
 */
function placeholders(list: ColumnValue[]): string {
  const size = 2 ** Math.ceil(Math.log2(list.length));
  const last = list.at(-1) ?? null;
  while (list.length < size) list.push(last);
  return Array.from(list, () => '?').join(', ');
}
