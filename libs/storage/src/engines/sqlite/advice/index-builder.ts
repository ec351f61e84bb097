import { statfsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { ExistingIndex, IndexDefinition, StorageSpace } from '../../../advisor/index-engine.ts';
import { databasePath, declaredIndex, setUpWriting, type Synchronous } from '../database-file.ts';
import { automaticName, isAutomatic } from '../../../advisor/index-name.ts';
import { Names } from '../names.ts';
import { indexSql } from './index-sql.ts';

export interface BuilderSettings {
  readonly directory: string;
  readonly synchronous: Synchronous;
  readonly maxBytes: number;
}

/**
 * ANALYZE examines about this many rows of each index: enough to rank them, and a whole pass would double the time that
 * writers wait.
 */
const analyzedRows = 5000;

/** Creates and drops automatic indexes on a separate connection. The caller ensures that no write happens meanwhile. */
export class IndexBuilder {
  readonly #directory: string;
  readonly #database: DatabaseSync;
  readonly #profiles: Names;
  readonly #sizes;

  constructor({ directory, synchronous, maxBytes }: BuilderSettings) {
    this.#directory = directory;
    this.#database = new DatabaseSync(databasePath(directory), { timeout: 5000 });
    setUpWriting(this.#database, synchronous, maxBytes);
    this.#profiles = new Names(this.#database, 'profiles', false);
    this.#sizes = this.#database.prepare('SELECT pgsize FROM dbstat WHERE name = ? AND aggregate = 1');
  }

  /**
   * Index and statistics in one transaction: it is atomic, and every connection that sees the index reads the
   * statistics with it. Returns how long it took, ms.
   */
  create(definition: IndexDefinition): number {
    const start = performance.now();
    const profile = this.#profiles.code(definition.profile);
    if (profile === undefined) throw new Error('the profile holds no events');
    const sql = indexSql(definition, profile);
    if (this.#sqlOf(definition.name) !== sql) this.#whole(`${sql}; PRAGMA analysis_limit = ${analyzedRows}; ANALYZE`);
    return performance.now() - start;
  }

  drop(name: string): void {
    this.#whole(`DROP INDEX IF EXISTS ${automaticName(name)}`);
  }

  list(): ExistingIndex[] {
    const found = this.#database.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name").all();
    const automatic = found.map(({ name }) => String(name)).filter(isAutomatic);
    return [declaredIndex, ...automatic].map((name) => ({ name, bytes: this.#bytes(name), hidden: false }));
  }

  rows(name: string): number {
    const profile = this.#profiles.code(name);
    if (profile === undefined) return 0;
    return Number(
      this.#database.prepare('SELECT count(*) AS rows FROM events WHERE profile = ?').get(profile)?.['rows'],
    );
  }

  space(): StorageSpace {
    const pages = Number(this.#database.prepare('PRAGMA page_count').get()?.['page_count']);
    const unused = Number(this.#database.prepare('PRAGMA freelist_count').get()?.['freelist_count']);
    const pageSize = Number(this.#database.prepare('PRAGMA page_size').get()?.['page_size']);
    const indexBytes = this.list().reduce((sum, { name, bytes }) => sum + (isAutomatic(name) ? (bytes ?? 0) : 0), 0);
    const disk = statfsSync(this.#directory);
    return {
      dataBytes: (pages - unused) * pageSize - indexBytes,
      indexBytes,
      disk: { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize },
    };
  }

  tend(): void {
    this.#database.exec('PRAGMA optimize');
  }

  close(): void {
    this.#database.close();
  }

  #whole(sql: string): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      this.#database.exec(sql);
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #sqlOf(name: string): unknown {
    return this.#database.prepare("SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?").get(name)?.['sql'];
  }

  #bytes(name: string): number | null {
    const size = this.#sizes.get(name)?.['pgsize'];
    return typeof size === 'number' ? size : null;
  }
}
