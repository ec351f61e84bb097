import type { Fields } from '../fields.ts';
import { toColumn, type BoundSql, type ColumnValue } from './values.ts';

const operators = { eq: '=', gte: '>=', gt: '>', lte: '<=', lt: '<' } as const;

/**
 * The condition for a `Where`; `1` for none. Columns compare in SQLite's BINARY collation: UTF-8 bytes, which is code
 * point order.
 */
export function whereSql(fields: Fields, where: Readonly<Record<string, unknown>>): BoundSql {
  const parts: string[] = [];
  const values: ColumnValue[] = [];
  for (const { name, operator, operands } of fields.conditions(where)) {
    const list = operands.map(toColumn);
    if (operator === 'absent') parts.push(`"${name}" IS NULL`);
    else if (operator !== 'in') parts.push(`"${name}" ${operators[operator]} ?`);
    else parts.push(list.length === 0 ? '0' : `"${name}" IN (${placeholders(list)})`);
    values.push(...list);
  }
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), values };
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
