import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '@datakeep/kernel';
import type { AdvisedStorage } from '../advised-storage.ts';
import { openSqliteStorage, type SqliteStorageOptions } from '../engines/sqlite/index.ts';

/**
 * A real SQLite engine in a temporary folder, which is removed when the storage is disposed (`await using`, or
 * `dispose()`).
 */
export interface TemporaryStorage extends AsyncDisposable {
  readonly storage: AdvisedStorage;
  readonly directory: string;
  dispose(): Promise<void>;
}

export async function openTemporaryStorage(options: Partial<SqliteStorageOptions> = {}): Promise<TemporaryStorage> {
  const directory = await mkdtemp(join(tmpdir(), 'datakeep-events-'));
  const storage = await openSqliteStorage({
    directory,
    synchronous: 'normal',
    readers: 1,
    clock: new SystemClock(),
    ...options,
  });
  const dispose = async (): Promise<void> => {
    await storage.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { storage, directory, dispose, [Symbol.asyncDispose]: dispose };
}
