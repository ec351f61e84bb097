import type { StatementSync } from 'node:sqlite';

import { CheckedCollection } from '../checked-collection.ts';
import { checkId, checkLimit, numberField, type Field } from '../definition-checks.ts';
import type { CollectionDefinition, Document, Find, Where, Write } from '../document-store.ts';
import { findSql } from './find-sql.ts';
import { fromColumn, type BoundSql, type ColumnValue } from './values.ts';
import { whereSql } from './where-sql.ts';
import { writeSql } from './write-sql.ts';

/** What a collection needs of its store. */
export interface SqliteReader {
  /** Runs a read; errors come out as the catalogue's. */
  read<R>(sql: string, run: (statement: StatementSync) => R): R;
  /** Keeps the statement of a write until it is committed. */
  keep(write: Write, statement: BoundSql): Write;
}

export class SqliteCollection<T extends Document> extends CheckedCollection<T> {
  readonly #store: SqliteReader;
  readonly #select: string;

  constructor(definition: CollectionDefinition<T>, fields: ReadonlyMap<string, Field>, store: SqliteReader) {
    super(definition, fields);
    this.#store = store;
    this.#select = `SELECT ${['id', ...fields.keys()].map((name) => `"${name}"`).join(', ')} FROM "${definition.name}"`;
  }

  async get(id: string): Promise<T | undefined> {
    checkId(this.definition.name, id);
    return this.#rows(`${this.#select} WHERE "id" = ?`, [id])[0];
  }

  async find(find: Find<T>): Promise<T[]> {
    const limit = checkLimit(this.definition.name, find.limit);
    let found: T[] = [];
    for (const part of findSql(this.definition.name, this.fields, find)) {
      // SQLite prepares a statement anew each time that a bound limit is set: it plans with it.
      const left = limit - found.length;
      if (left > 0) found = found.concat(this.#rows(`${this.#select} ${part.sql} LIMIT ${left}`, part.values));
    }
    return found;
  }

  async count(where: Where<T> = {}): Promise<number> {
    const condition = whereSql(this.definition.name, this.fields, where);
    return this.#store.read(`SELECT count(*) FROM "${this.definition.name}" WHERE ${condition.sql}`, (statement) => {
      const row = statement.get(...condition.values) as unknown as [number];
      return row[0];
    });
  }

  async sum(field: keyof T & string, where: Where<T> = {}): Promise<number> {
    const { name } = numberField(this.fields, this.definition.name, field);
    const condition = whereSql(this.definition.name, this.fields, where);
    return this.#store.read(
      `SELECT total("${name}") FROM "${this.definition.name}" WHERE ${condition.sql}`,
      (statement) => {
        const row = statement.get(...condition.values) as unknown as [number];
        return row[0];
      },
    );
  }

  protected keep(write: Write): Write {
    return this.#store.keep(write, writeSql(this.fields, write));
  }

  #rows(sql: string, values: readonly ColumnValue[]): T[] {
    const rows = this.#store.read(sql, (statement) => statement.all(...values)) as unknown as ColumnValue[][];
    return rows.map((row) => this.#document(row));
  }

  #document(row: readonly ColumnValue[]): T {
    const document: Record<string, unknown> = { id: row[0] };
    let column = 1;
    for (const field of this.fields.values()) {
      const value = row[column++];
      if (value !== null && value !== undefined) document[field.name] = fromColumn(field, value);
    }
    return document as T;
  }
}
