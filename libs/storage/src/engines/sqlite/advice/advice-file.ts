import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AdviceEntry, AdviceKind, IndexDefinition } from '../../../advisor/index-engine.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS entries (
    kind TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, profile TEXT, value TEXT NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entries_by_time ON entries (kind, at);
  CREATE TABLE IF NOT EXISTS definitions (
    name TEXT PRIMARY KEY, sql TEXT NOT NULL, definition TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

const filePath = (directory: string): string => join(directory, 'index-advice.sqlite');

/** Whether something was stored before: then there may be something to settle. */
export const hasAdvice = (directory: string): boolean => existsSync(filePath(directory));

/**
 * The advisor's records and statistics, in a separate file beside the events: no query can reach it, and counting never
 * waits for the writer. `definitions` describes the automatic indexes of `events.sqlite`; a row is written before the
 * index is created.
 */
export class AdviceFile {
  readonly #database: DatabaseSync;
  readonly #statements;

  constructor(directory: string) {
    const path = filePath(directory);
    // Made here, before SQLite would make it with the process's umask.
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    this.#database = new DatabaseSync(path, { timeout: 5000 });
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; ${schema}`);
    this.#statements = {
      put: this.#database.prepare(
        'INSERT OR REPLACE INTO entries (kind, key, at, profile, value) VALUES (?, ?, ?, ?, ?)',
      ),
      all: this.#database.prepare(
        'SELECT kind, key, at, profile, value FROM entries WHERE kind = ? AND at >= ? ORDER BY key',
      ),
      remove: this.#database.prepare('DELETE FROM entries WHERE kind = ? AND at < ?'),
      forget: this.#database.prepare("DELETE FROM entries WHERE profile = ? AND kind <> 'index'"),
      define: this.#database.prepare('INSERT OR REPLACE INTO definitions (name, sql, definition) VALUES (?, ?, ?)'),
      undefine: this.#database.prepare('DELETE FROM definitions WHERE name = ?'),
      definitions: this.#database.prepare('SELECT name, sql, definition FROM definitions'),
    };
  }

  put(entries: readonly AdviceEntry[]): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const { kind, key, at, profile, value } of entries) this.#statements.put.run(kind, key, at, profile, value);
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  all(kind: AdviceKind, from = Number.MIN_SAFE_INTEGER): AdviceEntry[] {
    return this.#statements.all.all(kind, from) as unknown as AdviceEntry[];
  }

  remove(kind: AdviceKind, before: number): void {
    this.#statements.remove.run(kind, before);
  }

  forget(profile: string): void {
    this.#statements.forget.run(profile);
  }

  define(definition: IndexDefinition, sql: string): void {
    this.#statements.define.run(definition.name, sql, JSON.stringify(definition));
  }

  undefine(name: string): void {
    this.#statements.undefine.run(name);
  }

  /** By name: what the index is, and the SQL that made it. */
  definitions(): Map<string, { sql: string; definition: IndexDefinition }> {
    const rows = this.#statements.definitions.all() as { name: string; sql: string; definition: string }[];
    return new Map(
      rows.map(({ name, sql, definition }) => [name, { sql, definition: JSON.parse(definition) as IndexDefinition }]),
    );
  }

  close(): void {
    this.#database.close();
  }
}
