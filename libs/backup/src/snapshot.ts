import { copyFileSync, existsSync, linkSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DataDirPart, makePrivateFolder } from '@datakeep/kernel';
import { DatabaseSnapshot } from '@datakeep/sqlite';
import { databasesOf, foldersOf } from './claims.ts';
import type { OnProgress } from './progress.ts';

/** DATA_DIR as it was at one moment. */
export interface Snapshot {
  /** Copies the databases beside the files, while the keep goes on. */
  copy(onProgress: OnProgress): Promise<void>;
  /** Frees the databases. What is in the folder stays. */
  close(): void;
}

/**
 * Takes DATA_DIR at one moment, into an empty folder of the same file system. In the process of a keep it is of one
 * moment because it runs in one turn of the thread that commits records: no record can come between. Events are
 * written by another thread, so they come after the records: each finds its profile and its app there.
 */
export function takeSnapshot(dataDir: string, parts: readonly DataDirPart[], into: string): Snapshot {
  const opened: { readonly path: string; readonly database: DatabaseSnapshot }[] = [];
  const close = (): void => {
    for (const { database } of opened.splice(0)) database.close();
  };
  try {
    for (const path of databasesOf(parts))
      if (existsSync(join(dataDir, path))) opened.push({ path, database: DatabaseSnapshot.take(join(dataDir, path)) });
    for (const { files, names } of foldersOf(parts)) takeFiles(join(dataDir, files), names, join(into, files));
  } catch (error) {
    close();
    throw error;
  }
  const copy = async (onProgress: OnProgress): Promise<void> => {
    for (const { path, database } of opened) {
      makePrivateFolder(dirname(join(into, path)));
      await database.copyTo(join(into, path), (done, of) => onProgress({ step: 'copy', done, of }));
    }
  };
  return { copy, close };
}

/** Hard links, since the files are replaced and never changed; copies where the file system has no links. */
function takeFiles(from: string, names: RegExp, into: string): void {
  if (!existsSync(from)) return;
  makePrivateFolder(into);
  for (const name of readdirSync(from)) {
    if (!names.test(name)) continue;
    try {
      linkSync(join(from, name), join(into, name));
    } catch {
      copyFileSync(join(from, name), join(into, name));
    }
  }
}
