import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DataDirEntry, DataDirPart } from '@datakeep/kernel';
import { databaseVersion } from '@datakeep/sqlite';
import { BackupError, systemFault } from './backup-error.ts';
import { backupEnding, backupsFolder, beginBackup, formerPrefix, partialEnding, stampOf } from './backups-folder.ts';
import { databasesOf, foldersOf, sideFiles } from './claims.ts';
import { freeName } from './free-name.ts';
import { lockDataDir } from './lock-data-dir.ts';
import { checkPassphrase } from './manifest.ts';
import { makeBackup } from './make-backup.ts';
import { syncPath } from './replace-file.ts';
import { takeSnapshot } from './snapshot.ts';
import { syncTree } from './sync-tree.ts';

/** What the present release would convert, so that the former one could not read it any more. */
export interface Outdated {
  readonly path: string;
  /** What becomes of it: the predicate of a sentence. */
  readonly change: string;
}

export interface KeepFormerOptions {
  readonly dataDir: string;
  readonly parts: readonly DataDirPart[];
  /** Of an encrypted backup; without one the files are copied as they are. */
  readonly passphrase: string | undefined;
  /** Version of Datakeep. */
  readonly version: string;
  readonly now: Date;
  /** Bytes that the file system has left. */
  readonly freeBytes?: (() => number) | undefined;
}

const dayMs = 86_400_000;
/** How long plain copies stay, and how many of each kind: a start that fails again and again must not fill the disk. */
const keptMs = 30 * dayMs;
const keptCopies = 2;
/** Left free for what the keep itself writes at its start. */
const spareBytes = 64 * 1024 * 1024;

/** The databases of DATA_DIR that have an older version than their parts say, and files that a database will have. */
export function outdatedIn(dataDir: string, parts: readonly DataDirPart[]): readonly Outdated[] {
  return parts.flatMap(({ entries }) => entries.flatMap((entry) => outdatedOf(dataDir, entry) ?? []));
}

/** Whether a later release wrote a database of DATA_DIR, which this one refuses to open. Throws where it is damaged. */
export function isLater(dataDir: string, parts: readonly DataDirPart[], path: string): boolean {
  const entries = parts.flatMap((part) => part.entries);
  return entries.some(
    (entry) => 'database' in entry && entry.database === path && versionIn(dataDir, path) > (entry.version ?? Infinity),
  );
}

function outdatedOf(dataDir: string, entry: DataDirEntry): Outdated | undefined {
  if ('files' in entry) {
    const { files, names, adoptedBy } = entry;
    if (adoptedBy === undefined || !existsSync(join(dataDir, files))) return undefined;
    const isAny = readdirSync(join(dataDir, files)).some((name) => names.test(name));
    return isAny ? { path: files, change: `is moved into ${adoptedBy}` } : undefined;
  }
  if (!('database' in entry) || entry.version === undefined) return undefined;
  const from = versionIn(dataDir, entry.database);
  if (from <= 0 || from >= entry.version) return undefined;
  return { path: entry.database, change: `is converted from version ${from} to ${entry.version}` };
}

/** 0 where the file is not there, or empty. */
function versionIn(dataDir: string, database: string): number {
  const file = join(dataDir, database);
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0 ? 0 : databaseVersion(file);
}

/**
 * Keeps DATA_DIR as it is before a database of it is converted: as a backup in `backups`, or without a passphrase as a
 * DATA_DIR of its own. Answers its path. Throws `BackupError` where there is no room for it, or a keep runs; nothing is
 * left then.
 */
export async function keepFormer(options: KeepFormerOptions): Promise<string> {
  const { dataDir, parts, passphrase, freeBytes = () => freeOf(dataDir) } = options;
  const copies = passphrase === undefined ? 1 : 2;
  const needed = copies * bytesOf(dataDir, parts) + spareBytes;
  const free = freeBytes();
  if (free < needed)
    throw new BackupError(
      `The disk has no room for a copy of the keep as it was before: ${mebibytes(needed)} MiB are needed, and ` +
        `${mebibytes(free)} MiB are free. Make room, or start the former release.`,
    );
  const locks = lockDataDir(dataDir, parts);
  try {
    return await (passphrase === undefined ? copyPlainly(options) : packFormer(options, passphrase));
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError(`The keep could not be copied as it was: ${systemFault(error)}.`, { cause: error });
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** Removes plain copies that are older than 30 days, or more than two, and what was left of one. */
export function removeFormer(dataDir: string, now: Date): void {
  const names = existsSync(dataDir) ? namesIn(dataDir) : [];
  const whole = names.filter((name) => !name.endsWith(partialEnding));
  const out = names.filter((name) => {
    const at = Date.parse(dateIn(name) ?? '');
    return !whole.slice(-keptCopies).includes(name) || now.getTime() - at > keptMs;
  });
  for (const name of out) rmSync(join(dataDir, name), { recursive: true, force: true });
}

async function copyPlainly({ dataDir, parts, now }: KeepFormerOptions): Promise<string> {
  removeFormer(dataDir, now);
  const target = join(dataDir, freeName(dataDir, formerPrefix + stampOf(now)));
  const partial = target + partialEnding;
  try {
    mkdirSync(partial, { mode: 0o700 });
    await copyInto(partial, dataDir, parts);
    syncTree(partial);
    renameSync(partial, target);
    syncPath(dataDir);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
  removeFormer(dataDir, now);
  return target;
}

async function packFormer(options: KeepFormerOptions, passphrase: string): Promise<string> {
  const { dataDir, parts, version, now } = options;
  checkPassphrase(passphrase);
  const begun = beginBackup(dataDir);
  const target = join(begun.path, freeName(begun.path, formerPrefix + stampOf(now), backupEnding));
  try {
    const folder = begun.makeWork();
    await copyInto(folder, dataDir, parts);
    const onProgress = (): void => undefined;
    const checkIn = begun.makeWork();
    await makeBackup({ folder, createdDate: now, checkIn, target, passphrase, version, onProgress });
  } finally {
    begun.end(target + partialEnding);
  }
  const folder = backupsFolder(dataDir);
  for (const name of namesIn(folder).slice(0, -keptCopies)) rmSync(join(folder, name), { force: true });
  return target;
}

async function copyInto(folder: string, dataDir: string, parts: readonly DataDirPart[]): Promise<void> {
  const taken = takeSnapshot(dataDir, parts, folder);
  await taken.copy(() => undefined).finally(() => taken.close());
}

/** Oldest first. */
function namesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => dateIn(name) !== undefined)
    .toSorted();
}

/** When a copy was made, by its name. */
function dateIn(name: string): string | undefined {
  const [, day, hours, minutes, seconds] = /^before-upgrade-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z/.exec(name) ?? [];
  return day === undefined ? undefined : `${day}T${hours}:${minutes}:${seconds}Z`;
}

function bytesOf(dataDir: string, parts: readonly DataDirPart[]): number {
  const size = (path: string): number => statSync(join(dataDir, path), { throwIfNoEntry: false })?.size ?? 0;
  const databases = databasesOf(parts).flatMap((path) => ['', ...sideFiles].map((ending) => path + ending));
  const files = foldersOf(parts).flatMap(({ files: folder }) =>
    existsSync(join(dataDir, folder)) ? readdirSync(join(dataDir, folder)).map((name) => `${folder}/${name}`) : [],
  );
  return [...databases, ...files].reduce((sum, path) => sum + size(path), 0);
}

function freeOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 1024 / 1024);
