import { checkId, fieldOf, type Field } from '../definition-checks.ts';
import type { Write } from '../document-store.ts';
import { toColumn, type ColumnValue } from './values.ts';
import { whereSql } from './where-sql.ts';

/**
 * A write as one SQL statement. Values are taken when it is made: later changes of the caller's object do not count.
 */
export interface Statement {
  readonly sql: string;
  readonly values: readonly ColumnValue[];
}

/** Throws TypeError for fields and values that the definition does not know. */
export function writeSql(fields: ReadonlyMap<string, Field>, write: Write): Statement {
  checkId(write.collection, write.id);
  switch (write.kind) {
    case 'insert':
      return insertSql(fields, write);
    case 'update':
      return updateSql(fields, write);
    case 'delete': {
      const condition = whereSql(write.collection, fields, write.onlyIf ?? {});
      return {
        sql: `DELETE FROM "${write.collection}" WHERE "id" = ? AND ${condition.sql}`,
        values: [write.id, ...condition.values],
      };
    }
  }
}

/** The text of an insert, which is the same for each of a collection. */
const insertTexts = new WeakMap<ReadonlyMap<string, Field>, string>();

function insertText(fields: ReadonlyMap<string, Field>, collection: string): string {
  const known = insertTexts.get(fields);
  if (known !== undefined) return known;
  const columns = ['id', ...fields.keys()].map((name) => `"${name}"`);
  const values = columns.map(() => '?').join(', ');
  const text = `INSERT INTO "${collection}" (${columns.join(', ')}) VALUES (${values})`;
  insertTexts.set(fields, text);
  return text;
}

function insertSql(fields: ReadonlyMap<string, Field>, write: Write): Statement {
  const set = write.set ?? {};
  for (const name of Object.keys(set)) fieldOf(fields, write.collection, name);
  const values: ColumnValue[] = [write.id];
  for (const field of fields.values()) {
    const value = set[field.name];
    if (value === undefined && !field.optional) throw new TypeError(`${write.collection}: "${field.name}" is missing`);
    values.push(value === undefined ? null : toColumn(write.collection, field, value));
  }
  return { sql: insertText(fields, write.collection), values };
}

function updateSql(fields: ReadonlyMap<string, Field>, write: Write): Statement {
  const { collection } = write;
  const parts: string[] = [];
  const values: ColumnValue[] = [];
  const changed = new Set<string>();
  const take = (name: string) => {
    if (changed.has(name)) throw new TypeError(`${collection}: "${name}" is changed twice in one write`);
    changed.add(name);
    return fieldOf(fields, collection, name);
  };
  for (const [name, value] of Object.entries(write.set ?? {})) {
    if (value === undefined) continue;
    values.push(toColumn(collection, take(name), value));
    parts.push(`"${name}" = ?`);
  }
  for (const name of write.unset ?? []) {
    if (!take(name).optional) throw new TypeError(`${collection}: "${name}" cannot be absent`);
    parts.push(`"${name}" = NULL`);
  }
  for (const [name, value] of Object.entries(write.inc ?? {})) {
    const field = take(name);
    if (field.type !== 'number') throw new TypeError(`${collection}: "${name}" is no number`);
    values.push(toColumn(collection, field, value));
    parts.push(`"${name}" = coalesce("${name}", 0) + ?`);
  }
  // An update that changes nothing still checks that the document is there and that `onlyIf` holds.
  if (parts.length === 0) parts.push('"id" = "id"');
  const condition = whereSql(collection, fields, write.onlyIf ?? {});
  return {
    sql: `UPDATE "${collection}" SET ${parts.join(', ')} WHERE "id" = ? AND ${condition.sql}`,
    values: [...values, write.id, ...condition.values],
  };
}
