import { checkWrite } from '../checked-write.ts';
import type { Write } from '../document-store.ts';
import type { Fields } from '../fields.ts';
import { toColumn, type BoundSql } from './values.ts';
import { whereSql } from './where-sql.ts';

/**
 * A write as one statement; `insertText` is that of every insert of its collection. Throws TypeError for fields and
 * values that the definition does not know.
 */
export function writeSql(fields: Fields, write: Write, insertText: string): BoundSql {
  const { collection, kind, id, set, unset, inc } = checkWrite(fields, write);
  if (kind === 'insert') {
    const values = fields.names.map((name) => (set[name] === undefined ? null : toColumn(set[name])));
    return { sql: insertText, values: [id, ...values] };
  }
  const condition = whereSql(fields, write.onlyIf ?? {});
  const where = `WHERE "id" = ? AND ${condition.sql}`;
  if (kind === 'delete') return { sql: `DELETE FROM "${collection}" ${where}`, values: [id, ...condition.values] };
  const parts = [
    ...Object.keys(set).map((name) => `"${name}" = ?`),
    ...unset.map((name) => `"${name}" = NULL`),
    ...Object.keys(inc).map((name) => `"${name}" = coalesce("${name}", 0) + ?`),
  ];
  // An update that changes nothing still checks that the document is there and that `onlyIf` holds.
  if (parts.length === 0) parts.push('"id" = "id"');
  const values = [...Object.values(set).map(toColumn), ...Object.values(inc)];
  return {
    sql: `UPDATE "${collection}" SET ${parts.join(', ')} ${where}`,
    values: [...values, id, ...condition.values],
  };
}
