import type { Document, Find } from '../document-store.ts';
import type { Fields } from '../fields.ts';
import { toColumn, type BoundSql, type ColumnValue } from './values.ts';
import { whereSql } from './where-sql.ts';

/**
 * The `WHERE … ORDER BY …` of a find: one part, or two to be read one after the other. Absent values come first in
 * ascending order and last in descending order; a page that may hold both is two ranges, because one condition with OR
 * would make SQLite scan all that lies before it.
 */
export function findSql<T extends Document>(fields: Fields, find: Find<T>): BoundSql[] {
  const where = whereSql(fields, find.where ?? {});
  const ascending = find.sort?.direction !== 'descending';
  const direction = ascending ? 'ASC' : 'DESC';
  const beyond = ascending ? '>' : '<';
  const name = find.sort?.field ?? 'id';
  const { after } = find;
  const field = fields.sorted(name);
  const order = `${field ? `"${name}" ${direction}, ` : ''}"id" ${direction}`;
  const part = (condition: string, ...values: readonly ColumnValue[]): BoundSql => ({
    sql: `WHERE ${where.sql}${condition} ORDER BY ${order}`,
    values: [...where.values, ...values],
  });
  if (!after) return [part('')];
  const id = toColumn(fields.comparable('id', after.id));
  if (!field) return [part(` AND "id" ${beyond} ?`, id)];
  if (after.value === null) {
    const rest = part(` AND "${name}" IS NULL AND "id" ${beyond} ?`, id);
    return ascending ? [rest, part(` AND "${name}" IS NOT NULL`)] : [rest];
  }
  const value = toColumn(fields.comparable(name, after.value));
  const rest = part(` AND ("${name}", "id") ${beyond} (?, ?)`, value, id);
  return !ascending && field.optional ? [rest, part(` AND "${name}" IS NULL`)] : [rest];
}
