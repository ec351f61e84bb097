import { statfsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { ExistingIndex, IndexDefinition, StorageSpace } from '../../../advisor/index-engine.ts';
import { databasePath, setUpWriting, type Synchronous } from '../database-file.ts';
import { Names } from '../names.ts';
import type { AdviceFile } from './advice-file.ts';
import { automaticName, indexSql } from './index-sql.ts';

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

/** What the storage declares, in the advisor's words: it serves the default order of every profile. */
const declared: Omit<ExistingIndex, 'bytes'> = {
  name: 'events_by_created',
  profile: null,
  keys: [{ field: 'metadata.createdDate', direction: 'ascending' }],
  idAfter: 1,
  hidden: false,
};

/** Creates and drops automatic indexes on a separate connection. The caller ensures that no write happens meanwhile. */
export class IndexBuilder {
  readonly #directory: string;
  readonly #database: DatabaseSync;
  readonly #file: AdviceFile;
  readonly #profiles: Names;
  readonly #sizes;

  constructor({ directory, synchronous, maxBytes }: BuilderSettings, file: AdviceFile) {
    this.#directory = directory;
    this.#file = file;
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
    if (this.#sqlOf(definition.name) !== sql) {
      this.#file.define(definition, sql);
      this.#whole(`${sql}; PRAGMA analysis_limit = ${analyzedRows}; ANALYZE`);
    }
    return performance.now() - start;
  }

  drop(name: string): void {
    this.#whole(`DROP INDEX IF EXISTS ${automaticName(name)}`);
    this.#file.undefine(name);
  }

  list(): ExistingIndex[] {
    const found = this.#database
      .prepare(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND name LIKE 'auto!_%' ESCAPE '!' ORDER BY name",
      )
      .all();
    const definitions = this.#file.definitions();
    const automatic = (found as { name: string; sql: string }[]).map(({ name, sql }): ExistingIndex => {
      const known = definitions.get(name);
      const { profile, keys, idAfter } =
        known?.sql === sql ? known.definition : { profile: null, keys: [], idAfter: null };
      return { name, profile, keys, idAfter, bytes: this.#bytes(name), hidden: false };
    });
    return [{ ...declared, bytes: this.#bytes(declared.name) }, ...automatic];
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
    const indexBytes = this.list().reduce(
      (sum, { name, bytes }) => sum + (name.startsWith('auto_') ? (bytes ?? 0) : 0),
      0,
    );
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
