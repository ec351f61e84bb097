import type { DatabaseSync } from 'node:sqlite';

import type { Logger } from '@datakeep/kernel';
import type { CollectionDefinition, Document, IndexDefinition } from '../document-store.ts';
import type { Fields } from '../fields.ts';
import { columnTypes } from './values.ts';

/** From so many records on a new index takes a second and more, which the start waits for. */
const manyRecords = 20_000;

/**
 * A table with a rowid: without one, records of 3 KB were read three times and written twice as slowly (measured), and
 * small ones no faster.
 *
 * Brings the file to the definition, adding only: the table, columns that are new, indexes that are new or defined
 * otherwise than before. Columns and indexes that the definition no longer names are left alone. Throws TypeError where
 * a column has another type than its field.
 */
export function migrateTable<T extends Document>(
  database: DatabaseSync,
  definition: CollectionDefinition<T>,
  fields: Fields,
  logger?: Pick<Logger, 'info'>,
): void {
  const table = definition.name;
  const columns = Array.from(fields.all, (field) => `, "${field.name}" ${columnTypes[field.type]}`);
  database.exec(`CREATE TABLE IF NOT EXISTS "${table}" ("id" TEXT PRIMARY KEY NOT NULL${columns.join('')}) STRICT`);

  const present = new Map(
    database
      .prepare('SELECT name, type FROM pragma_table_info(?)')
      .all(table)
      .map((column) => [String(column.name), String(column.type)]),
  );
  for (const field of fields.all) {
    const type = present.get(field.name);
    if (type === undefined)
      database.exec(`ALTER TABLE "${table}" ADD COLUMN "${field.name}" ${columnTypes[field.type]}`);
    else if (type !== columnTypes[field.type])
      throw new TypeError(`${table}: the stored "${field.name}" is ${type}, not a ${field.type}`);
  }

  const stored = database.prepare("SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?");
  const count = Number(database.prepare(`SELECT max(rowid) AS count FROM "${table}"`).get()?.['count'] ?? 0);
  let isLong = count >= manyRecords;
  for (const index of definition.indexes) {
    const name = `${table}.${index.name}`;
    const sql = indexSql(name, table, index, fields);
    const before = stored.get(name)?.sql;
    if (before === sql) continue;
    if (isLong)
      logger?.info(
        'many records are indexed anew, once after an upgrade: the start waits, and a kill only makes it begin again',
        { reason: table, count },
      );
    isLong = false;
    if (before !== undefined) database.exec(`DROP INDEX "${name}"`);
    database.exec(sql);
  }
}

/** A plain index holds the id, so that it serves a sort by the field before it with ids breaking ties. */
function indexSql(name: string, table: string, index: IndexDefinition, fields: Fields): string {
  const list = (names: readonly string[]) => names.map((field) => `"${field}"`).join(', ');
  const counted = index.unique ? index.fields : index.sparse ? index.fields.slice(0, 1) : [];
  const optional = counted.filter((field) => fields.isOptional(field));
  const only = optional.length === 0 ? '' : ` WHERE ${optional.map((field) => `"${field}" IS NOT NULL`).join(' AND ')}`;
  if (index.unique) return `CREATE UNIQUE INDEX "${name}" ON "${table}" (${list(index.fields)})${only}`;
  return `CREATE INDEX "${name}" ON "${table}" (${list([...new Set([...index.fields, 'id'])])})${only}`;
}
