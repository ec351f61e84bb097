import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { DatakeepError } from '@datakeep/kernel';

/** SQLITE_BUSY. */
const busyCode = 5;

/**
 * Holds what lies beside it for one process. A file of its own, since other connections may read the database that it
 * guards. The operating system frees it when the process dies, however it dies.
 */
export class FileLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Makes the file (0600) if need be. Throws `storage-busy` with `busy` as its detail when it is held after a second,
   * `storage-unreachable` where it can be no lock.
   */
  static take(file: string, busy: string): FileLock {
    makeFile(file);
    const database = new DatabaseSync(file, { timeout: 1000 });
    try {
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return new FileLock(database);
    } catch (cause) {
      database.close();
      throw isBusy(cause)
        ? new DatakeepError('storage-busy', busy, { cause, retryAfterSeconds: 1 })
        : new DatakeepError('storage-unreachable', undefined, { cause });
    }
  }

  /** Whether a process holds it, this one too; does not wait. */
  static isHeld(file: string): boolean {
    if (!existsSync(file)) return false;
    try {
      using database = new DatabaseSync(file, { readOnly: true, timeout: 0 });
      database.prepare('PRAGMA user_version').get();
      return false;
    } catch (error) {
      return isBusy(error);
    }
  }

  /** A second call does nothing. */
  release(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

const isBusy = (error: unknown): boolean => (error as { readonly errcode?: unknown }).errcode === busyCode;

/**
 * Before SQLite would make it with the process's umask. Trap: to open and close a file frees all POSIX locks that this
 * process has on it.
 */
function makeFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
