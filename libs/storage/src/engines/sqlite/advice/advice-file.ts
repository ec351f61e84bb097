import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AdviceEntry, AdviceKind } from '../../../advisor/index-engine.ts';
import { makePrivate } from '../database-file.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS entries (
    kind TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, profile TEXT, value TEXT NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entries_by_time ON entries (kind, at);
`;

const filePath = (directory: string): string => join(directory, 'index-advice.sqlite');

/** Whether something was stored before: then there may be something to settle. */
export const hasAdvice = (directory: string): boolean => existsSync(filePath(directory));

/**
 * The advisor's records and statistics, in a separate file beside the events: no query can reach it, and counting never
 * waits for the writer.
 */
export class AdviceFile {
  readonly #database: DatabaseSync;
  readonly #statements;

  constructor(directory: string) {
    const path = filePath(directory);
    makePrivate(path);
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
      delete: this.#database.prepare('DELETE FROM entries WHERE kind = ? AND key = ?'),
      forget: this.#database.prepare("DELETE FROM entries WHERE profile = ? AND kind <> 'index'"),
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

  delete(kind: AdviceKind, key: string): void {
    this.#statements.delete.run(kind, key);
  }

  forget(profile: string): void {
    this.#statements.forget.run(profile);
  }

  close(): void {
    this.#database.close();
  }
}
