import { stat } from 'node:fs/promises';
import { DatakeepError } from '@datakeep/kernel';
import { databasePath } from './database-file.ts';

/** Bytes of the database and of its log, which is not there after a clean close. */
export async function databaseSize(directory: string): Promise<number> {
  const path = databasePath(directory);
  const sizes = await Promise.all(
    [path, `${path}-wal`].map((file) => stat(file).then(({ size }) => size, sizeOfMissing)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function sizeOfMissing(error: NodeJS.ErrnoException): number {
  if (error.code === 'ENOENT') return 0;
  throw new DatakeepError('storage-unreachable', undefined, { cause: error });
}
