import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** Opens a file that no one writes to, and makes no files beside it. */
function openStill(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true });
}

/** `PRAGMA user_version`, also of a file that a killed process left with its log. */
export function databaseVersion(file: string): number {
  using database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** The rows of each table of a file that no one writes to. */
export function countRows(file: string): Readonly<Record<string, number>> {
  using database = openStill(file);
  const tables = database
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name",
    )
    .all();
  return Object.fromEntries(
    tables.map(({ name }) => {
      const quoted = `"${String(name).replaceAll('"', '""')}"`;
      return [String(name), Number(database.prepare(`SELECT count(*) AS rows FROM ${quoted}`).get()?.['rows'])];
    }),
  );
}

/** What `PRAGMA quick_check` says first of a database, also while others write to it; `undefined` where all is well. */
export function databaseFault(file: string): string | undefined {
  return faultBy('quick_check', () => new DatabaseSync(file, { readOnly: true, timeout: 5000 }));
}

/** What `PRAGMA integrity_check` says first of a file that no one writes to; `undefined` where all is well. */
export function integrityFault(file: string): string | undefined {
  return faultBy('integrity_check', () => openStill(file));
}

function faultBy(check: 'quick_check' | 'integrity_check', open: () => DatabaseSync): string | undefined {
  try {
    using database = open();
    const said = String(database.prepare(`PRAGMA ${check}(1)`).get()?.[check]);
    return said === 'ok' ? undefined : said;
  } catch (error) {
    return (error as Error).message;
  }
}
