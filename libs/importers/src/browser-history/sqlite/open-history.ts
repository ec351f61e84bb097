import { rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, DatabaseSync } from 'node:sqlite';
import { ImportFault, type Source } from '../../importer.ts';
import { type BrowserKind, browserKinds, type VisitRow } from '../browsers.ts';

const mostBytes = 8 * 1024 ** 3;
const readerMay: ReadonlySet<number> = new Set([constants.SQLITE_SELECT, constants.SQLITE_READ]);

export interface History {
  readonly browser: BrowserKind;
  readonly visits: AsyncIterable<VisitRow>;
}

/**
 * Reads a copy, since the browser locks its own while it is open. The file may be made to harm: an authorizer leaves
 * its copy nothing but SELECT on its tables, of which none may be a view or a virtual one.
 */
export async function openHistory(source: Source, disk: NonNullable<Source['disk']>): Promise<History> {
  const folder = disk.makeFolder();
  let database: DatabaseSync | undefined;
  try {
    const copy = join(folder, 'history.sqlite');
    await copyTo(copy, source);
    const log = await disk.beside('-wal');
    if (log) await copyTo(`${copy}-wal`, log);
    database = openGuarded(copy);
    const browser = browserOf(database);
    if (!browser) throw new ImportFault(`${source.name} is a database, but of no browser that is known here.`);
    check(database, browser);
    guard(database);
    // An open file stays until it is closed: nothing is left of the copy, also after a kill.
    remove(folder);
    return { browser, visits: visitsOf(database, browser, folder, source.name) };
  } catch (error) {
    database?.close();
    remove(folder);
    throw faultOf(source.name, error);
  }
}

async function copyTo(path: string, source: Source): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  let length = 0;
  try {
    for await (const part of source.bytes()) {
      length += part.length;
      if (length > mostBytes) throw new ImportFault(`${source.name} has more than 8 GiB.`);
      await file.write(part);
    }
  } finally {
    await file.close();
  }
}

function openGuarded(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, defensive: true, allowExtension: false });
  database.exec(
    'PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON; ' +
      'PRAGMA ignore_check_constraints = ON;',
  );
  Object.assign(database.limits, { attach: 0, length: 64 * 1024 * 1024, sqlLength: 64 * 1024, exprDepth: 50 });
  return database;
}

/** Tables have a root page, views and virtual tables none. */
function browserOf(database: DatabaseSync): BrowserKind | undefined {
  const isThere = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = ? AND type = 'table' AND rootpage > 0");
  return browserKinds.find(({ tables }) => tables.every((table) => isThere.get(table) !== undefined));
}

function check(database: DatabaseSync, { tables }: BrowserKind): void {
  for (const table of tables) {
    const [state] = Object.values(database.prepare(`PRAGMA quick_check(${table})`).get() ?? {});
    if (state !== 'ok') throw new Error(String(state));
  }
}

function guard(database: DatabaseSync): void {
  database.setAuthorizer((action, _first, name) =>
    readerMay.has(action) || (action === constants.SQLITE_FUNCTION && name === 'substr')
      ? constants.SQLITE_OK
      : constants.SQLITE_DENY,
  );
}

async function* visitsOf(
  database: DatabaseSync,
  { sql }: BrowserKind,
  folder: string,
  name: string,
): AsyncGenerator<VisitRow, void, undefined> {
  try {
    const pageBehind = database.prepare(sql);
    let last: unknown = Number.MIN_SAFE_INTEGER;
    for (;;) {
      const rows = pageBehind.all(Number(last));
      yield* rows;
      last = rows.at(-1)?.['id'];
      if (last === undefined) return;
    }
  } catch (error) {
    throw faultOf(name, error);
  } finally {
    database.close();
    remove(folder);
  }
}

const faultOf = (name: string, error: unknown): ImportFault =>
  error instanceof ImportFault
    ? error
    : new ImportFault(
        `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}. Where its browser is ` +
          'open, it may have been written to meanwhile: close the browser, and try again.',
        { cause: error },
      );

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Windows removes no file that is open; it is tried again once it is closed.
  }
}
