import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type DataDirPart, makePrivateFolder } from '@datakeep/kernel';
import { BackupError, systemFault } from './backup-error.ts';
import { stampOf } from './backups-folder.ts';
import { claimOf, replacedNames } from './claims.ts';
import { freeName } from './free-name.ts';
import { lockDataDir, takeLock } from './lock-data-dir.ts';
import type { Manifest } from './manifest.ts';
import type { OnProgress } from './progress.ts';
import { replaceFile, syncPath } from './replace-file.ts';
import { restoreJournal, restoreLock, restoringFolder } from './restore-names.ts';
import { syncTree } from './sync-tree.ts';
import { unpackBackup } from './unpack-backup.ts';

export interface StageOptions {
  readonly source: Readable;
  readonly passphrase: string;
  /** Made where it is not there. */
  readonly dataDir: string;
  readonly parts: readonly DataDirPart[];
  /** Changes what was unpacked, before it is put in place. */
  readonly adjust?: (restored: string) => Promise<void> | void;
  readonly onProgress: OnProgress;
  /** Called before each step that changes the folder, with its name. */
  readonly onStep?: (step: string) => void;
}

export interface PlaceOptions {
  readonly dataDir: string;
  readonly parts: readonly DataDirPart[];
  readonly now: Date;
  readonly onStep?: (step: string) => void;
}

export interface Restored {
  readonly manifest: Manifest;
  /** The folder with what was there before; `undefined` where there was nothing. */
  readonly before: string | undefined;
}

/**
 * What a restore that was decided has to move, so that it is finished after a kill at any moment. Names in DATA_DIR.
 */
interface Journal {
  readonly format: 1;
  /** Where what was there goes. */
  readonly before: string;
  readonly out: readonly string[];
  readonly in: readonly string[];
}

/**
 * Puts a backup in place of what a keep has in DATA_DIR. All of it is unpacked and checked beside first; then a journal
 * is written, which decides: before it there is the old keep, from then on the new one, since `finishRestore` carries
 * on after a kill. Single entries are moved, not DATA_DIR itself, which may be a mounted volume. Throws `BackupError`.
 */
export function restoreBackup(options: StageOptions & PlaceOptions): Promise<Restored> {
  return alone(options.dataDir, options.parts, async () => {
    const manifest = await unpackBeside(options);
    return { manifest, before: putInPlace(options) };
  });
}

/**
 * The first half of a restore, while a keep may run on DATA_DIR: unpacks the backup beside and checks all of it.
 * `placeStaged` is the second half; a start of the keep before that clears what was staged. Throws `BackupError`.
 */
export function stageRestore(options: StageOptions): Promise<Manifest> {
  return alone(options.dataDir, [], () => unpackBeside(options));
}

/** Puts what was staged in place, once the keep has ended. The folder of what was there before. */
export function placeStaged(options: PlaceOptions): Promise<string | undefined> {
  return alone(options.dataDir, options.parts, async () => {
    if (!existsSync(join(options.dataDir, restoringFolder)))
      throw new BackupError('What was unpacked is no longer there.');
    return putInPlace(options);
  });
}

/** Runs a restore, or a half of it, under the locks of DATA_DIR; clears what it had not decided when it fails. */
async function alone<T>(dataDir: string, parts: readonly DataDirPart[], act: () => Promise<T>): Promise<T> {
  makePrivateFolder(dataDir);
  const locks = [takeLock(join(dataDir, restoreLock), 'Another restore is under way in this DATA_DIR.')];
  try {
    // As the keep's own parts hold it, so that none opens it meanwhile.
    locks.push(...lockDataDir(dataDir, parts));
    return await act();
  } catch (error) {
    if (!existsSync(join(dataDir, restoreJournal)))
      rmSync(join(dataDir, restoringFolder), { recursive: true, force: true });
    if (error instanceof BackupError)
      throw new BackupError(`Nothing was restored. ${error.message}`, { cause: error, code: error.code });
    throw new BackupError(`The restore did not end: ${systemFault(error)}.`, { cause: error });
  } finally {
    for (const lock of locks) lock.release();
  }
}

async function unpackBeside(options: StageOptions): Promise<Manifest> {
  const { dataDir, parts, onStep = () => undefined } = options;
  const restoring = join(dataDir, restoringFolder);
  carryOut(dataDir, onStep);
  onStep('unpack');
  mkdirSync(restoring, { mode: 0o700 });
  const manifest = await unpackBackup({ ...options, into: restoring, step: 'unpack' });
  refuseUnknown(manifest, parts);
  await options.adjust?.(restoring);
  syncTree(restoring);
  return manifest;
}

function putInPlace({ dataDir, parts, now, onStep = () => undefined }: PlaceOptions): string | undefined {
  const journal: Journal = {
    format: 1,
    before: nameOfBefore(dataDir, now),
    out: replacedNames(parts).filter((name) => existsSync(join(dataDir, name))),
    in: readdirSync(join(dataDir, restoringFolder)),
  };
  onStep('decide');
  writeJournal(dataDir, journal);
  carryOut(dataDir, onStep);
  return journal.out.length > 0 ? join(dataDir, journal.before) : undefined;
}

/** In DATA_DIR, free: a folder for what a restore replaces. */
export const nameOfBefore = (dataDir: string, now: Date): string => freeName(dataDir, `before-restore-${stampOf(now)}`);

/**
 * Ends a restore that was killed: carries on what it had decided, and clears what it had not. Before anything opens
 * DATA_DIR. Throws `BackupError` while one is under way.
 */
export function finishRestore(dataDir: string): void {
  if (!existsSync(join(dataDir, restoreJournal)) && !existsSync(join(dataDir, restoringFolder))) return;
  const lock = takeLock(join(dataDir, restoreLock), 'A restore is under way in this DATA_DIR.');
  try {
    carryOut(dataDir, () => undefined);
  } finally {
    lock.release();
  }
}

/** Each step may have been done before. What was there has gone before anything comes in. */
function carryOut(dataDir: string, onStep: (step: string) => void): void {
  const restoring = join(dataDir, restoringFolder);
  const journal = readJournal(dataDir);
  if (journal !== undefined) {
    const before = join(dataDir, journal.before);
    if (journal.out.length > 0) makePrivateFolder(before);
    for (const name of journal.out) {
      if (existsSync(join(before, name))) continue;
      onStep(`out ${name}`);
      renameSync(join(dataDir, name), join(before, name));
    }
    for (const name of journal.in) {
      if (!existsSync(join(restoring, name))) continue;
      onStep(`in ${name}`);
      renameSync(join(restoring, name), join(dataDir, name));
    }
    if (journal.out.length > 0) syncPath(before);
    syncPath(dataDir);
    onStep('end');
    rmSync(join(dataDir, restoreJournal));
  }
  onStep('clear');
  rmSync(restoring, { recursive: true, force: true });
}

/** A backup of a later release may hold what this one would leave lying, or what stands in the way of its own. */
function refuseUnknown({ files, datakeep }: Manifest, parts: readonly DataDirPart[]): void {
  const unknown = files.find(({ path }) => claimOf(path, parts) !== 'kept');
  if (unknown !== undefined)
    throw new BackupError(
      `The backup holds ${unknown.path}, which is no part of a keep here: use Datakeep ${datakeep}.`,
    );
}

function readJournal(dataDir: string): Journal | undefined {
  const path = join(dataDir, restoreJournal);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Journal) : undefined;
}

function writeJournal(dataDir: string, journal: Journal): void {
  replaceFile(join(dataDir, restoreJournal), JSON.stringify(journal));
}
