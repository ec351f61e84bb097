import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatakeepError, type DataDirPart } from '@datakeep/kernel';
import { FileLock } from '@datakeep/sqlite';
import { BackupError } from './backup-error.ts';
import { locksOf } from './claims.ts';

/** Takes DATA_DIR as a keep does: none starts on it until the locks are released. Throws where one runs. */
export function lockDataDir(dataDir: string, parts: readonly DataDirPart[]): readonly FileLock[] {
  const locks: FileLock[] = [];
  try {
    // The lock of a folder that is not there yet guards nothing; the first lies in DATA_DIR itself, and every keep
    // takes it.
    for (const path of locksOf(parts).map((lock) => join(dataDir, lock)))
      if (existsSync(dirname(path))) locks.push(takeLock(path, 'A keep runs on this DATA_DIR: stop it first.'));
    return locks;
  } catch (error) {
    for (const lock of locks) lock.release();
    throw error;
  }
}

/** A lock; throws `BackupError` with `busy` where it is held. */
export function takeLock(path: string, busy: string): FileLock {
  try {
    return FileLock.take(path, busy);
  } catch (error) {
    if (DatakeepError.from(error)?.code === 'storage-busy') throw new BackupError(busy, { cause: error });
    throw error;
  }
}
