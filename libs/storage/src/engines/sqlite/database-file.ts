import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, constants } from 'node:sqlite';

export type Synchronous = 'full' | 'normal';

export const fileVersion = 4;
/** The index of the default order. */
export const declaredIndex = 'events_by_created';
/** For how long a writing connection waits for another. */
export const busyMs = 5000;
export const walBytes = 64 * 1024 * 1024;

/**
 * The file format.
 * `sequence` is the row's position in commit order. Profiles and sources are stored as small integers, named in two
 * other tables. The index `events_by_created` serves the default order with its tie-break, and `events_by_identifier`
 * enforces identifiers. `tallies` holds the number of events and the length of the largest payload ever stored, updated
 * in the same transaction as the events themselves.
 *
 * Version 2 added `changes`: modifications (1) and deletions (2), numbered with the events from one counter
 * (writer/change-log.ts), with the event's metadata at the time. A file of version 1 has all else. Version 3 added
 * `modified_by`, a code of `sources`, and removed the identifiers from `changes`. Version 4 added the totals of each
 * source, updated in the transaction that changes its events; bytes are those of the payloads. `upgrade` converts an
 * older file.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS profiles (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE IF NOT EXISTS sources (
    code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    events INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE IF NOT EXISTS tallies (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, profile INTEGER NOT NULL, source INTEGER NOT NULL,
    created INTEGER NOT NULL, accepted INTEGER NOT NULL, version INTEGER NOT NULL, modified_by INTEGER,
    identifier TEXT, digest TEXT, payload TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS events_by_created ON events (profile, created, id);
  CREATE UNIQUE INDEX IF NOT EXISTS events_by_identifier ON events (source, profile, identifier)
    WHERE identifier IS NOT NULL;
  CREATE TABLE IF NOT EXISTS changes (
    sequence INTEGER PRIMARY KEY, change INTEGER NOT NULL, at INTEGER NOT NULL, profile INTEGER NOT NULL,
    id TEXT NOT NULL, source INTEGER NOT NULL,
    created INTEGER NOT NULL, accepted INTEGER NOT NULL, version INTEGER NOT NULL, modified_by INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS changes_by_id ON changes (id, sequence);
  INSERT OR IGNORE INTO tallies VALUES ('events', 0), ('largest-payload', 0), ('changes-pruned', 0);
  PRAGMA user_version = ${fileVersion};
`;

/**
 * The number of the last change there is, or up to which places of another storage are outdated (`EventTransfer`):
 * where nothing was taken over, `changes-pruned` is never the largest.
 */
export const lastSequence =
  'SELECT max((SELECT coalesce(max(sequence), 0) FROM events), (SELECT coalesce(max(sequence), 0) FROM changes), ' +
  "(SELECT value FROM tallies WHERE name = 'changes-pruned')) AS sequence";

/** Statements before `schema` for a file of an older version; none for a new one. */
function upgrade(database: DatabaseSync, version: number): string {
  if (version === 0 || version >= 4) return '';
  return `${version >= 3 ? '' : withModifiers(database)} ${withTotals}`;
}

/** From version 3 to 4. */
const withTotals = `
  ALTER TABLE sources ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE sources ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  UPDATE sources SET events = found.events, bytes = found.bytes FROM (
    SELECT source, count(*) AS events, sum(octet_length(payload)) AS bytes FROM events GROUP BY source
  ) AS found WHERE found.source = code;
`;

/** From version 1 or 2 to 3. */
function withModifiers(database: DatabaseSync): string {
  const hasChanges = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'changes'").get() !== undefined;
  const changes = 'ALTER TABLE changes ADD COLUMN modified_by INTEGER; ALTER TABLE changes DROP COLUMN identifier;';
  return `ALTER TABLE events ADD COLUMN modified_by INTEGER; ${hasChanges ? changes : ''}`;
}

export function databasePath(directory: string): string {
  return join(directory, 'events.sqlite');
}

/** Held by the process that writes: a second writer's view of names, tallies and sequence would go stale. */
export function lockPath(directory: string): string {
  return join(directory, 'events.lock');
}

/** Closes the folder to others (0700), and creates the file where it is missing. */
export function prepareDirectory(directory: string): void {
  chmodSync(directory, 0o700);
  makePrivate(databasePath(directory));
}

/**
 * Makes a file (0600) before SQLite would make it with the process's umask. Trap: to open and close a file frees all
 * POSIX locks that this process has on it, so one that is there is not opened.
 */
export function makePrivate(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

/**
 * Settings of every connection that changes the file. `maxBytes` (0: none) caps the file's size; beyond it SQLite
 * reports "full".
 */
export function setUpWriting(database: DatabaseSync, synchronous: Synchronous, maxBytes: number): void {
  const { page_size: pageSize } = database.prepare('PRAGMA page_size').get() as { page_size: number };
  database.exec(
    `PRAGMA synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'}; PRAGMA cache_size = -32768; ` +
      'PRAGMA temp_store = MEMORY;',
  );
  // 64 MiB of WAL: at 16 MiB one batch on scattered keys fills it up to a checkpoint, and pages that the next batch
  // changes again are written twice.
  database.exec(`PRAGMA wal_autocheckpoint = ${walBytes / pageSize}; PRAGMA journal_size_limit = ${walBytes};`);
  if (maxBytes > 0) database.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / pageSize)}`);
}

/** The writing connection: the only one that changes events. Makes what is missing in the file. */
export function openForWriting(directory: string, synchronous: Synchronous, maxBytes: number): DatabaseSync {
  const database = new DatabaseSync(databasePath(directory), { timeout: busyMs });
  // Of a new file; an older one keeps its 8 KiB. Ascending dates cost the same with 4, 8 and 16 KiB; a batch on
  // scattered keys of four automatic indexes writes half as much to the WAL as with 8 KiB (12,900 against 8,300
  // events/s in the bare engine). `secure_delete` overwrites deleted data; set before the upgrade, which drops a
  // column.
  database.exec('PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON;');
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > fileVersion)
    throw new Error(
      `events.sqlite is of version ${version}, which a later release wrote; this one reads ${fileVersion}. ` +
        'Start that release, or restore an earlier backup with this one',
    );
  database.exec(`BEGIN IMMEDIATE; ${upgrade(database, version)} ${schema} COMMIT;`);
  setUpWriting(database, synchronous, maxBytes);
  return database;
}

const readerMay: ReadonlySet<number> = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_TRANSACTION,
  constants.SQLITE_RECURSIVE,
]);

/** A reading connection: an authorizer and limits leave it nothing but SELECT on this database. */
export function openForReading(directory: string): DatabaseSync {
  const database = new DatabaseSync(databasePath(directory), { readOnly: true, timeout: 5000 });
  database.exec('PRAGMA query_only = ON; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;');
  Object.assign(database.limits, {
    attach: 0,
    length: 16 * 1024 * 1024 + 64 * 1024,
    sqlLength: 64 * 1024,
    exprDepth: 50,
    likePatternLength: 256,
    variableNumber: 500,
  });
  database.setAuthorizer((action) => (readerMay.has(action) ? constants.SQLITE_OK : constants.SQLITE_DENY));
  return database;
}
