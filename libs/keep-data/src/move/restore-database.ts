import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { keysPart } from '@datakeep/keys';
import {
  BackupError,
  type BackupsFolder,
  claimOf,
  lockDataDir,
  type Manifest,
  nameOfBefore,
  type OnProgress,
  unpackBackup,
} from '@datakeep/backup';
import { dataDirParts } from '../data-dir-parts.ts';
import { copyFiles } from './copy-files.ts';
import { moveInto } from './move-keep.ts';
import { openFolder } from './open-content.ts';

export interface RestoreDatabaseOptions {
  readonly source: Readable;
  readonly passphrase: string;
  readonly uri: string;
  /** Gets the keys, where those are files. */
  readonly dataDir: string;
  readonly backups: BackupsFolder;
  readonly keysAreFiles: boolean;
  readonly now: Date;
  /** Changes what was unpacked, before it is put in place. */
  readonly adjust?: (restored: string) => void;
  readonly onProgress: OnProgress;
}

/**
 * Restores a backup into an empty database. All of it is unpacked and checked first; what was killed after that is run
 * again with the same backup. Throws `BackupError` and `MoveError`.
 */
export async function restoreToDatabase(options: RestoreDatabaseOptions): Promise<{
  readonly manifest: Manifest;
  /** Where keys were put that were there, of another time. */
  readonly before: string | undefined;
}> {
  const { uri, dataDir, backups, keysAreFiles, now, onProgress } = options;
  const locks = lockDataDir(dataDir, dataDirParts);
  try {
    const folder = backups.makeWork();
    const manifest = await unpackBackup({ ...options, into: folder, step: 'unpack' });
    for (const { path } of manifest.files)
      if (claimOf(path, dataDirParts) !== 'kept')
        throw new BackupError(`Nothing was restored. The backup holds ${path}: use Datakeep ${manifest.datakeep}.`);
    options.adjust?.(folder);
    let before: string | undefined;
    const beside = (): void => {
      if (!keysAreFiles) return;
      before = putAside(dataDir, folder, now);
      copyFiles(folder, dataDir, [keysPart]);
    };
    const content = await openFolder(folder);
    const from = { name: `the backup of ${manifest.createdDate}`, content, folder, beside };
    await moveInto(from, { to: { uri }, onProgress }).finally(() => content.close());
    return { manifest, before };
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** Keys of another time than the backup's would void its tokens. */
function putAside(dataDir: string, restored: string, now: Date): string | undefined {
  const keys = (folder: string): string =>
    existsSync(join(folder, 'keys'))
      ? readdirSync(join(folder, 'keys'))
          .map((name) => readFileSync(join(folder, 'keys', name), 'utf8'))
          .join()
      : '';
  if (keys(dataDir) === '' || keys(dataDir) === keys(restored)) return undefined;
  const before = join(dataDir, nameOfBefore(dataDir, now));
  mkdirSync(before, { mode: 0o700 });
  renameSync(join(dataDir, 'keys'), join(before, 'keys'));
  return before;
}
