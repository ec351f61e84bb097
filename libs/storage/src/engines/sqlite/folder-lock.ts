import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DatakeepError } from '@datakeep/kernel';

/**
 * Holds a folder for one process: a second writer's view of names, tallies and sequence would go stale. A file of its own, since reading connections need the store's; the operating
 * system lets go of it when the process dies, however it dies.
 */
export class FolderLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Throws `storage-busy` when another process holds the folder after a second. */
  static take(directory: string): FolderLock {
    const file = join(directory, 'events.lock');
    // Made here, before SQLite would make it with the process's umask.
    closeSync(openSync(file, 'a', 0o600));
    const database = new DatabaseSync(file, { timeout: 1000 });
    try {
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return new FolderLock(database);
    } catch (cause) {
      database.close();
      throw new DatakeepError('storage-busy', 'Another process has the event storage open.', {
        cause,
        retryAfterSeconds: 1,
      });
    }
  }

  release(): void {
    this.#database.close();
  }
}
