import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

import { DatakeepError, type Logger, lruMap, makePrivateFolder } from '@datakeep/kernel';
import { FileLock, LogEmptier } from '@datakeep/sqlite';

import { formsOf } from '../checked-collection.ts';
import type {
  Collection,
  CollectionDefinition,
  Document,
  DocumentStore,
  Durability,
  Write,
} from '../document-store.ts';
import { Fields } from '../fields.ts';
import { GroupCommit, type UnitWrite } from './group-commit.ts';
import { LogSync } from './log-sync.ts';
import { SqliteCollection } from './sqlite-collection.ts';
import { toStorageError } from './sqlite-errors.ts';
import { migrateTable } from './table.ts';

export interface SqliteDocumentsOptions {
  /** Made with mode 0600 when it is not there, its folder with 0700. */
  readonly file: string;
  /**
   * `full`: an acknowledged commit survives a power loss. `normal`: it survives the process's death; a power loss may
   * take the last ones.
   */
  readonly synchronous: 'full' | 'normal';
  /** The file does not grow beyond this: a commit that needs more meets `storage-full`. Default: the disk decides. */
  readonly maxBytes?: number;
  /** From a deletion on, until SQLite's log, which has what was deleted, is emptied. Default 60,000. */
  readonly emptyLogAfterMs?: number;
  /** Hears of new indexes of many records, before they are made. */
  readonly logger?: Pick<Logger, 'info'>;
}

/** The lock file of a store: `documents.lock` of `documents.sqlite`. */
const lockOf = (file: string): string => `${file.replace(/\.sqlite$/, '')}.lock`;

/**
 * `PRAGMA user_version`, raised where a former release would misread the records. Files of version 0 have the source
 * code of views beside them, or in them.
 */
export const recordsVersion = 1;
const preparedStatements = 300;
const pageBytes = 4096;

/**
 * The documents port on one SQLite file, in the calling thread: records are small and statements short. Holds the file
 * for itself alone (`storage-busy` for a second opener), as the contract's "one process" requires, by a lock file
 * beside it: a backup may read meanwhile.
 */
export class SqliteDocuments implements DocumentStore {
  readonly #file: string;
  readonly #lock: FileLock;
  readonly #database: DatabaseSync;
  readonly #collections = new Map<
    string,
    { readonly collection: SqliteCollection<Document>; readonly source: string }
  >();
  readonly #statements = lruMap<StatementSync>(preparedStatements);
  readonly #group: GroupCommit;
  readonly #log: LogSync | undefined;
  readonly #emptier: LogEmptier;
  readonly #logger: Pick<Logger, 'info'> | undefined;
  #closed = false;

  private constructor(options: SqliteDocumentsOptions, lock: FileLock, database: DatabaseSync) {
    this.#file = options.file;
    this.#logger = options.logger;
    this.#lock = lock;
    this.#database = database;
    this.#log = options.synchronous === 'full' ? new LogSync(options.file) : undefined;
    this.#emptier = new LogEmptier(database, options.emptyLogAfterMs);
    this.#group = new GroupCommit(
      database,
      this.#log,
      (sql) => this.#prepare(sql),
      (collection, columns) => this.#indexName(collection, columns),
    );
  }

  /**
   * Throws `storage-busy` when another process holds the file, `storage-unreachable` when it cannot be opened or is no
   * store.
   */
  static open(options: SqliteDocumentsOptions): SqliteDocuments {
    let lock: FileLock | undefined;
    let database: DatabaseSync | undefined;
    try {
      makePrivateFolder(dirname(options.file));
      lock = FileLock.take(lockOf(options.file), 'Another process has the store open.');
      closeSync(openSync(options.file, 'a', 0o600));
      chmodSync(options.file, 0o600);
      database = new DatabaseSync(options.file, { timeout: 1000, enableDoubleQuotedStringLiterals: false });
      // What is deleted is overwritten.
      database.exec('PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON');
      // NORMAL: a commit does not wait for the disk in this thread (log-sync.ts does), but where it is followed by a
      // checkpoint: after 4 MiB of log. With 16 MiB all of them together took as long, and the longest three times.
      database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 1000; PRAGMA trusted_schema = OFF');
      if (options.maxBytes !== undefined)
        database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(options.maxBytes / pageBytes))}`);
      database.exec('BEGIN IMMEDIATE');
      const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
      if (version > recordsVersion)
        throw new Error(
          `${basename(options.file)} is of version ${version}, which a later release wrote; this one reads ` +
            `${recordsVersion}. Start that release, or restore an earlier backup with this one`,
        );
      database.exec(`PRAGMA user_version = ${recordsVersion}; COMMIT`);
      return new SqliteDocuments(options, lock, database);
    } catch (error) {
      database?.close();
      lock?.release();
      const failure = toStorageError(error);
      throw failure instanceof DatakeepError
        ? failure
        : new DatakeepError('storage-unreachable', undefined, { cause: error });
    }
  }

  collection<T extends Document>(definition: CollectionDefinition<T>): Collection<T> {
    this.#checkOpen();
    const source = JSON.stringify(definition);
    const known = this.#collections.get(definition.name);
    if (known) {
      if (known.source !== source) throw new TypeError(`${definition.name} is defined twice, differently`);
      return known.collection as unknown as Collection<T>;
    }
    const fields = new Fields(definition);
    this.#migrate(() => migrateTable(this.#database, definition, fields, this.#logger));
    const collection = new SqliteCollection(definition, fields, (sql, run) => this.#read(sql, run));
    this.#collections.set(definition.name, { collection: collection as SqliteCollection<Document>, source });
    return collection;
  }

  async commit(writes: readonly Write[], durability: Durability = 'durable'): Promise<void> {
    this.#checkOpen();
    const unit = formsOf<UnitWrite>(writes);
    if (writes.some(({ kind }) => kind === 'delete')) this.#emptier.deleted();
    if (unit.length > 0) await this.#group.commit(unit, durability);
  }

  async ping(): Promise<void> {
    if (this.#log?.failure) throw this.#log.failure;
    this.#read('SELECT count(*) FROM sqlite_schema', (statement) => statement.get());
  }

  async figures(): Promise<{ readonly engine: string; readonly bytes: number }> {
    this.#checkOpen();
    const size = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    return { engine: 'sqlite', bytes: size(this.#file) + size(`${this.#file}-wal`) };
  }

  async counts(): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    for (const [name, { collection }] of this.#collections) counts[name] = await collection.count();
    return counts;
  }

  /** Commits what waits, moves the log into the file and lets it go. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#group.flush();
    this.#closed = true;
    this.#emptier.stop();
    await this.#log?.close();
    this.#statements.clear();
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      throw toStorageError(error);
    } finally {
      this.#database.close();
      this.#lock.release();
    }
  }

  #migrate(run: () => void): void {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      run();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw toStorageError(error);
    }
  }

  #read<R>(sql: string, run: (statement: StatementSync) => R): R {
    this.#checkOpen();
    try {
      return run(this.#prepare(sql));
    } catch (error) {
      throw toStorageError(error);
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #indexName(collection: string, columns: readonly string[]): string | undefined {
    if (columns.length === 1 && columns[0] === 'id') return 'id';
    const indexes = this.#collections.get(collection)?.collection.definition.indexes ?? [];
    return indexes.find((index) => index.unique && index.fields.join() === columns.join())?.name;
  }

  #checkOpen(): void {
    if (this.#closed) throw new DatakeepError('not-ready', 'The store is closed.');
  }
}
