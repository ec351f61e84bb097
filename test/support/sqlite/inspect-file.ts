import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** SQLite's own integrity check of an event file that no process has open: `ok`, or the damage. */
export function integrityOf(directory: string): unknown {
  const database = new DatabaseSync(join(directory, 'events.sqlite'), { readOnly: true });
  const found = database.prepare('PRAGMA integrity_check').all();
  database.close();
  return found.length === 1 ? found[0]?.['integrity_check'] : found;
}
