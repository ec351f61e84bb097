import { fieldOf, type Field } from '../definition-checks.ts';
import type { Document, Find } from '../document-store.ts';
import type { ColumnValue } from './values.ts';
import { columnValue, whereSql, type Condition } from './where-sql.ts';

/**
 * The `WHERE … ORDER BY …` of a find: one part, or two to be read one after the other. Absent values come first in
 * ascending order and last in descending order; a page that may hold both is two ranges, because one condition with OR
 * would make SQLite scan all that lies before it.
 */
export function findSql<T extends Document>(
  collection: string,
  fields: ReadonlyMap<string, Field>,
  find: Find<T>,
): Condition[] {
  const where = whereSql(collection, fields, find.where ?? {});
  const ascending = find.sort?.direction !== 'descending';
  const direction = ascending ? 'ASC' : 'DESC';
  const beyond = ascending ? '>' : '<';
  const name = find.sort?.field ?? 'id';
  const { after } = find;

  if (name === 'id') {
    const order = `ORDER BY "id" ${direction}`;
    if (!after) return [{ sql: `WHERE ${where.sql} ${order}`, values: where.values }];
    return [
      {
        sql: `WHERE ${where.sql} AND "id" ${beyond} ? ${order}`,
        values: [...where.values, columnValue(collection, fields, 'id', after.id)],
      },
    ];
  }

  const field = fieldOf(fields, collection, name);
  if (field.type === 'json') throw new TypeError(`${collection}: "${name}" holds JSON and is not sorted by`);
  const part = (condition: string, values: readonly ColumnValue[] = []): Condition => ({
    sql: `WHERE ${where.sql}${condition} ORDER BY "${name}" ${direction}, "id" ${direction}`,
    values: [...where.values, ...values],
  });
  if (!after) return [part('')];
  const id = columnValue(collection, fields, 'id', after.id);
  if (after.value === null) {
    const rest = part(` AND "${name}" IS NULL AND "id" ${beyond} ?`, [id]);
    return ascending ? [rest, part(` AND "${name}" IS NOT NULL`)] : [rest];
  }
  const rest = part(` AND ("${name}", "id") ${beyond} (?, ?)`, [
    columnValue(collection, fields, name, after.value),
    id,
  ]);
  return !ascending && field.optional ? [rest, part(` AND "${name}" IS NULL`)] : [rest];
}
