import { DatabaseSync } from 'node:sqlite';
import type { CollectionDefinition, Document, ReadDocuments } from '../document-store.ts';
import { Fields } from '../fields.ts';
import { SqliteCollection } from './sqlite-collection.ts';

/** Of a file that is there; reads reject with SQLite's own errors. */
export function readSqliteDocuments(file: string): ReadDocuments {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  return {
    collection: <T extends Document>(definition: CollectionDefinition<T>) =>
      new SqliteCollection(definition, new Fields(definition), (sql, run) => {
        const statement = database.prepare(sql);
        statement.setReturnArrays(true);
        return run(statement);
      }),
    close: async () => database.close(),
  };
}
