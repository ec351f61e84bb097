import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DataDirPart, makePrivateFolder } from '@datakeep/kernel';
import { FileLock } from '@datakeep/sqlite';
import { BackupError } from './backup-error.ts';
import { controlSocket } from './control-socket.ts';
import { takeLock } from './lock-data-dir.ts';
import { restoringFolder, restoreJournal, restoreLock } from './restore-names.ts';

const folderName = 'backups';
export const backupEnding = '.tar.zst.age';
/** Of what a keep was before its databases were converted. */
export const formerPrefix = 'before-upgrade-';
const workPrefix = '.work-';
const lockName = '.lock';
/** Of a backup that is not whole, or not checked yet. */
export const partialEnding = '.partial';

/** In DATA_DIR, not in its `backups`: that folder is copied to other machines, and this file holds a passphrase. */
export const scheduleFile = 'backup-schedule.json';

/** What backups themselves leave in DATA_DIR. */
export const backupsPart: DataDirPart = {
  name: 'backups',
  entries: [
    { leftOut: new RegExp(`^${folderName}/`), because: 'backups, and what one is made of meanwhile' },
    {
      leftOut: new RegExp(`^${controlSocket.replace('.', '\\.')}$`),
      because: 'where a running keep is asked for a backup',
    },
    {
      leftOut: new RegExp(`^${scheduleFile.replace('.', '\\.')}(\\.part)?$`),
      because: 'the schedule, which has the passphrase of the backups',
    },
    { leftOut: /^before-restore-/, because: 'what a restore replaced' },
    { leftOut: new RegExp(`^${formerPrefix}`), because: 'the keep as it was before an upgrade' },
    { leftOut: new RegExp(`^\\${restoringFolder}/`), because: 'a restore under way' },
    {
      leftOut: new RegExp(`^(${restoreJournal}|${restoreLock}(-journal)?)(\\.part)?$`),
      because: 'a restore under way',
    },
  ],
};

/** Where backups lie that are given no other place. */
export function backupsFolder(dataDir: string): string {
  return join(dataDir, folderName);
}

/** `datakeep-2026-11-30T05-30-00Z.tar.zst.age`. */
export function backupName(at: Date): string {
  return `datakeep-${stampOf(at)}${backupEnding}`;
}

/** `2026-11-30T05-30-00Z`: a moment in a name. */
export function stampOf(at: Date): string {
  return `${at.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}

/** The moment in a name that `backupName` made; `undefined` for any other. */
export function dateOfBackup(name: string): Date | undefined {
  const [, day, hours, minutes, seconds] =
    /^datakeep-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\.tar\.zst\.age$/.exec(name) ?? [];
  const at = new Date(`${day}T${hours}:${minutes}:${seconds}Z`);
  // 30 February would be read as 2 March.
  return !Number.isNaN(at.getTime()) && backupName(at) === name ? at : undefined;
}

export interface BackupsFolder {
  readonly path: string;
  /** A folder (0700) for what is of no use once the backup is made. */
  makeWork(): string;
  /** Clears the work folders, and a file that is of no use, and lets the next backup begin. */
  end(unfinished?: string): void;
  /** Lets the next backup begin, which clears the work folders: one of them is still written to. */
  leave(): void;
}

/** A work folder of DATA_DIR/backups, 0700. */
export function makeWorkFolder(dataDir: string): string {
  const folder = backupsFolder(dataDir);
  makePrivateFolder(folder);
  return mkdtempSync(join(folder, workPrefix));
}

/** Whether a process makes a backup in this DATA_DIR, or verifies one. */
export function isBackupUnderWay(dataDir: string): boolean {
  return FileLock.isHeld(join(backupsFolder(dataDir), lockName));
}

/**
 * Clears what a killed backup left, unless one is being made: a work folder holds the data in the clear, and takes the
 * room of it.
 */
export function clearBackups(dataDir: string): void {
  const path = backupsFolder(dataDir);
  const isLeft = existsSync(path) && readdirSync(path).some((name) => isOfWork(name) || isPartial(name));
  if (isLeft && !isBackupUnderWay(dataDir)) beginBackup(dataDir).end();
}

const isOfWork = (name: string): boolean => name.startsWith(workPrefix);
const isPartial = (name: string): boolean => name.endsWith(partialEnding);

/**
 * Takes DATA_DIR/backups for one backup at a time, and clears what a killed one left. Throws where another is being
 * made, or verified.
 */
export function beginBackup(dataDir: string): BackupsFolder {
  if (!existsSync(dataDir))
    throw new BackupError(`There is no keep here: ${dataDir} is missing. Set DATA_DIR as for its start.`);
  const path = backupsFolder(dataDir);
  makePrivateFolder(path);
  const lock = takeLock(join(path, lockName), 'Another backup of this keep is being made or verified.');
  const clear = (): void => {
    for (const name of readdirSync(path))
      if (isOfWork(name)) rmSync(join(path, name), { recursive: true, force: true });
  };
  clear();
  for (const name of readdirSync(path)) if (isPartial(name)) rmSync(join(path, name), { force: true });
  const end = (unfinished?: string): void => {
    if (unfinished !== undefined) rmSync(unfinished, { force: true });
    clear();
    lock.release();
  };
  return { path, makeWork: () => makeWorkFolder(dataDir), end, leave: () => lock.release() };
}
