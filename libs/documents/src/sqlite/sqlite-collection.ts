import type { StatementSync } from 'node:sqlite';

import { CheckedCollection } from '../checked-collection.ts';
import type { CollectionDefinition, Document, Find, Where, Write } from '../document-store.ts';
import type { Fields } from '../fields.ts';
import { findSql } from './find-sql.ts';
import type { UnitWrite } from './group-commit.ts';
import { fromColumn, type ColumnValue } from './values.ts';
import { whereSql } from './where-sql.ts';
import { writeSql } from './write-sql.ts';

/** Runs a read; errors come out as the catalogue's. */
type Read = <R>(sql: string, run: (statement: StatementSync) => R) => R;

export class SqliteCollection<T extends Document> extends CheckedCollection<T, UnitWrite> {
  readonly #read: Read;
  readonly #select: string;
  readonly #insert: string;

  constructor(definition: CollectionDefinition<T>, fields: Fields, read: Read) {
    super(definition, fields);
    this.#read = read;
    const columns = ['id', ...fields.names].map((name) => `"${name}"`).join(', ');
    const values = ['?', ...fields.names.map(() => '?')].join(', ');
    this.#select = `SELECT ${columns} FROM "${definition.name}"`;
    this.#insert = `INSERT INTO "${definition.name}" (${columns}) VALUES (${values})`;
  }

  async get(id: string): Promise<T | undefined> {
    this.fields.checkId(id);
    return this.#rows(`${this.#select} WHERE "id" = ?`, [id])[0];
  }

  async find(find: Find<T>): Promise<T[]> {
    const limit = this.fields.checkLimit(find.limit);
    let found: T[] = [];
    for (const part of findSql(this.fields, find)) {
      // SQLite prepares a statement anew each time that a bound limit is set: it plans with it.
      const left = limit - found.length;
      if (left > 0) found = found.concat(this.#rows(`${this.#select} ${part.sql} LIMIT ${left}`, part.values));
    }
    return found;
  }

  async count(where: Where<T> = {}): Promise<number> {
    const condition = whereSql(this.fields, where);
    return this.#read(`SELECT count(*) FROM "${this.definition.name}" WHERE ${condition.sql}`, (statement) => {
      const row = statement.get(...condition.values) as unknown as [number];
      return row[0];
    });
  }

  async sum(field: keyof T & string, where: Where<T> = {}): Promise<number> {
    const { name } = this.fields.number(field);
    const condition = whereSql(this.fields, where);
    return this.#read(`SELECT total("${name}") FROM "${this.definition.name}" WHERE ${condition.sql}`, (statement) => {
      const row = statement.get(...condition.values) as unknown as [number];
      return row[0];
    });
  }

  protected formOf(write: Write): UnitWrite {
    return { collection: write.collection, statement: writeSql(this.fields, write, this.#insert) };
  }

  #rows(sql: string, values: readonly ColumnValue[]): T[] {
    const rows = this.#read(sql, (statement) => statement.all(...values)) as unknown as ColumnValue[][];
    return rows.map((row) => this.#document(row));
  }

  #document(row: readonly ColumnValue[]): T {
    const document: Record<string, unknown> = { id: row[0] };
    let column = 1;
    for (const field of this.fields.all) {
      const value = row[column++];
      if (value !== null && value !== undefined) document[field.name] = fromColumn(field, value);
    }
    return document as T;
  }
}
