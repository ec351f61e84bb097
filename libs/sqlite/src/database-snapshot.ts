import { backup, DatabaseSync } from 'node:sqlite';

/** 8 MiB with pages of 4 KiB: one step of the thread pool. */
const pagesPerStep = 2000;

/**
 * A database in WAL mode as it was at one moment, while other connections go on writing: an open read transaction.
 * Until `close` the log keeps growing, since no checkpoint can begin it anew.
 */
export class DatabaseSnapshot {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** The moment is that of the call. */
  static take(file: string): DatabaseSnapshot {
    const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
    try {
      // BEGIN alone reads nothing; the first read fixes the moment.
      database.exec('BEGIN');
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
      return new DatabaseSnapshot(database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Copies in the thread pool, page by page. `file` must not be there. */
  async copyTo(file: string, onProgress: (pages: number, of: number) => void): Promise<void> {
    // sqlite3_backup_step begins a transaction only where none is open, so it copies what this one sees.
    await backup(this.#database, file, {
      rate: pagesPerStep,
      progress: ({ totalPages, remainingPages }) => onProgress(totalPages - remainingPages, totalPages),
    });
  }

  close(): void {
    this.#database.close();
  }
}
