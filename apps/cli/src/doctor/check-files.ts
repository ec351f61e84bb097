import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { backupsFolder, claimOf, databasesOf, isLater } from '@datakeep/backup';
import { dataDirParts } from '@datakeep/keep-data';
import { unfinishedMoveIn } from '@datakeep/move';
import { databaseFault } from '@datakeep/sqlite';
import { NotDone } from '../outcome.ts';
import { askRunningKeep } from '../running-keep.ts';
import { ageFinding, diskFinding, fault, type Finding, warning, well } from './finding.ts';

/** A clock that was set back: files are from the future. */
const aheadMs = 60_000;

/** DATA_DIR: who may look into it, what lies in it, and how much room there is. */
export function checkFolder(dataDir: string): readonly Finding[] {
  const check = 'data folder';
  if (!existsSync(dataDir))
    return [warning(check, `${dataDir} is not there.`, 'The first start makes it. Or set DATA_DIR as for the start.')];
  const from = unfinishedMoveIn(dataDir);
  if (from !== undefined)
    return [fault(check, `A move from ${from} into it is not finished.`, 'Run that move again, or remove the folder.')];
  const found: Finding[] = [];
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [fault(check, `This user may not write in ${dataDir}.`, 'Run this as the user who runs the keep.')];
  }
  const mode = statSync(dataDir).mode & 0o777;
  if ((mode & 0o077) !== 0)
    found.push(warning(check, `Others may look into ${dataDir} (mode ${mode.toString(8)}).`, `chmod 700 ${dataDir}`));
  const unknown = readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(dataDir.length + 1))
    .filter((path) => claimOf(path, dataDirParts) === undefined);
  if (unknown.length > 0)
    found.push(
      warning(check, `${unknown.slice(0, 3).join(', ')} is no file of a keep.`, 'No backup has it: move it elsewhere.'),
    );
  return found.length > 0 ? found : [well(check, dataDir)];
}

export function checkDisk(dataDir: string): readonly Finding[] {
  if (!existsSync(dataDir)) return [];
  const { bavail, bsize } = statfsSync(dataDir);
  return [diskFinding(bavail * bsize)];
}

/** SQLite's own look at each database, also while a keep writes to it. */
export function checkDatabases(dataDir: string): readonly Finding[] {
  return databasesOf(dataDirParts)
    .filter((path) => existsSync(join(dataDir, path)))
    .map((path) => {
      const said = databaseFault(join(dataDir, path));
      if (said !== undefined)
        return fault('database', `${path}: ${said}`, 'Stop the keep, keep a copy of DATA_DIR, and restore a backup.');
      return isLater(dataDir, dataDirParts, path)
        ? fault('database', `A later release wrote ${path}.`, 'Start that one, or restore an earlier backup.')
        : well('database', `${path} is whole.`);
    });
}

export function checkBackups(dataDir: string, now: number): readonly Finding[] {
  if (!existsSync(join(dataDir, 'documents.sqlite'))) return [];
  const folder = backupsFolder(dataDir);
  const made = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.tar.zst.age'))
        // The schedule of a keep that runs may remove old ones meanwhile.
        .flatMap((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? [])
    : [];
  const advice = 'npx datakeep backup, and copy the file to another machine (docs/backup.md).';
  if (made.length === 0) return [warning('backups', 'There is none in DATA_DIR/backups.', advice)];
  return [ageFinding(Math.max(...made), now, advice)];
}

export function checkClock(dataDir: string, now: number): readonly Finding[] {
  const files = databasesOf(dataDirParts)
    .map((path) => join(dataDir, path))
    .filter((path) => existsSync(path));
  const ahead = files.some((path) => statSync(path).mtimeMs > now + aheadMs);
  const found = new Date(now).toISOString();
  return [
    ahead
      ? fault('clock', `It is ${found} here, and the data was written later.`, 'Set the clock of this machine (NTP).')
      : well('clock', found),
  ];
}

/** Whether a keep runs on DATA_DIR. */
export async function checkRunning(dataDir: string): Promise<readonly Finding[]> {
  try {
    const answer = await askRunningKeep(dataDir, '/');
    answer?.resume();
    return [well('keep', answer === undefined ? 'None runs on these files.' : 'It runs.')];
  } catch (error) {
    if (!(error instanceof NotDone)) throw error;
    return [fault('keep', error.message, 'Run this as the user who runs the keep, and look at its log.')];
  }
}
