import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Takes the write lock of a SQLite engine's file as another process would. Appends wait until the returned function is
 * called, for at most 5 s.
 */
export function holdSqliteWrites(directory: string): () => void {
  const database = new DatabaseSync(join(directory, 'events.sqlite'));
  database.exec('BEGIN IMMEDIATE');
  return () => database.close();
}
