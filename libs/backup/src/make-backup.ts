import { createReadStream, createWriteStream, existsSync, linkSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { countRows } from '@datakeep/sqlite';
import { BackupError, systemFault } from './backup-error.ts';
import { partialEnding } from './backups-folder.ts';
import { fileDigest } from './file-digest.ts';
import { formatVersion, type Manifest, type ManifestFile } from './manifest.ts';
import { packBackup } from './pack-backup.ts';
import type { OnProgress } from './progress.ts';
import { syncPath } from './replace-file.ts';
import { unpackBackup } from './unpack-backup.ts';

export interface MakeBackupOptions {
  /** A snapshot, which is used up: its files go when they are packed, so that the disk need not hold all twice. */
  readonly folder: string;
  /** The moment of the snapshot. */
  readonly createdDate: Date;
  /** An empty folder, for reading back. It goes as well: here, beside the keep's thread, as its files are large. */
  readonly checkIn: string;
  /** The file to make. It must not be there. */
  readonly target: string;
  readonly passphrase: string;
  /** Version of Datakeep. */
  readonly version: string;
  /** See `PackOptions`. */
  readonly workFactor?: number;
  readonly onProgress: OnProgress;
}

/**
 * Makes a backup of a snapshot: written beside the target, synced, then read back from the file, decrypted, unpacked
 * and checked whole. Only then it has its name. Throws `BackupError`, and leaves nothing at or beside the target then.
 */
export async function makeBackup(options: MakeBackupOptions): Promise<{ manifest: Manifest; bytes: number }> {
  const { folder, checkIn, target, passphrase, version, workFactor, onProgress } = options;
  checkTarget(target);
  const partial = target + partialEnding;
  const manifest: Manifest = {
    format: formatVersion,
    datakeep: version,
    createdDate: options.createdDate.toISOString(),
    files: await describeFiles(folder),
  };
  try {
    await rm(partial, { force: true });
    const file = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true });
    await packBackup({ folder, manifest, passphrase, workFactor, onProgress }, file);
    rmSync(folder, { recursive: true, force: true });
    const checked = {
      source: createReadStream(partial),
      passphrase,
      into: checkIn,
      step: 'check' as const,
      onProgress,
    };
    const found = await unpackBackup(checked);
    if (JSON.stringify(found) !== JSON.stringify(manifest))
      throw new BackupError('What was read back is another backup than the one that was written.');
    rmSync(checkIn, { recursive: true, force: true });
    const bytes = file.bytesWritten;
    giveName(partial, target);
    return { manifest, bytes };
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof BackupError)
      throw new BackupError(`The backup was not made. ${error.message}`, { cause: error });
    throw new BackupError(`The backup was not made: ${systemFault(error)}.`, { cause: error });
  }
}

async function describeFiles(folder: string): Promise<ManifestFile[]> {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const files: ManifestFile[] = [];
  for (const file of found) {
    const path = relative(folder, file).split(sep).join('/');
    const rows = path.endsWith('.sqlite') ? { rows: countRows(file) } : {};
    files.push({ path, ...(await fileDigest(file)), ...rows });
  }
  return files;
}

/** Throws where a backup cannot have that name. */
export function checkTarget(target: string): void {
  if (existsSync(target)) throw new BackupError(`${target} is there already, and a backup overwrites nothing.`);
  if (!existsSync(dirname(target))) throw new BackupError(`There is no folder ${dirname(target)}.`);
}

/** Gives the file its name, overwriting nothing. */
export function giveName(partial: string, target: string): void {
  try {
    // Fails where the name is taken, unlike rename.
    linkSync(partial, target);
    rmSync(partial);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') checkTarget(target);
    // A file system without hard links, as on many USB sticks.
    renameSync(partial, target);
  }
  syncPath(dirname(target));
}
