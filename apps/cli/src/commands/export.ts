import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { beginBackup, finishRestore, systemFault } from '@datakeep/backup';
import { SystemClock, version } from '@datakeep/kernel';
import { openCopy } from '../../../standalone/src/index.ts';
import { counted } from '../counted.ts';
import { ExportFolder } from '../export/export-folder.ts';
import { writeExport } from '../export/write-export.ts';
import { onInterrupt } from '../interrupt.ts';
import { NotDone, WrongUse } from '../outcome.ts';
import { takeSnapshotOf } from '../snapshot-source.ts';
import type { CommandContext } from '../command-context.ts';

export interface ExportOptions {
  readonly all?: boolean;
  readonly to: string;
}

/** Writes all that the keep has at one moment into a new folder, in open formats; also while it runs. */
export async function exportAll(options: ExportOptions, { config, reporter }: CommandContext): Promise<void> {
  if (!options.all)
    throw new WrongUse('Say --all: events of one profile are exported in the Control Centre, under Data.');
  if (config.storageUrl !== undefined)
    throw new NotDone(
      'Not all of this keep is in DATA_DIR: `POST /admin/v1/events/export` writes its events (docs/api.md).',
    );
  const dataDir = resolve(config.dataDir);
  finishRestore(dataDir);
  const begun = beginBackup(dataDir);
  const made: { folder?: ExportFolder } = {};
  const clear = (): void => {
    made.folder?.remove();
    begun.end();
  };
  onInterrupt(clear);
  try {
    // Before all else: what was there before is never removed.
    const folder = (made.folder = makeFolder(resolve(options.to)));
    const snapshot = await takeSnapshotOf({ ...config, dataDir }, begun, reporter.progress);
    reporter.end();
    const keep = await openCopy(snapshot.folder, new SystemClock());
    const createdDate = snapshot.createdDate.toISOString();
    const content = await writeExport(keep, folder, { datakeep: version, createdDate }).finally(() => keep.close());
    delete made.folder;
    const events = content.profiles.reduce((sum, { count }) => sum + count, 0);
    reporter.done({ folder: folder.path, ...content }, [
      `Exported to ${folder.path}`,
      `  of ${createdDate}: ${counted(events, 'event')} of ${counted(content.profiles.length, 'profile')}`,
      `  Open ${folder.path}/index.html to look through it. It is not encrypted: who has the folder can read it all.`,
    ]);
  } catch (error) {
    if (error instanceof NotDone) throw error;
    throw new NotDone(`Nothing was exported: ${systemFault(error)}.`, { cause: error });
  } finally {
    clear();
  }
}

function makeFolder(path: string): ExportFolder {
  try {
    return new ExportFolder(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new NotDone(`${path} is there already, and an export overwrites nothing.`);
    if (code === 'ENOENT' && !existsSync(dirname(path))) throw new NotDone(`There is no folder ${dirname(path)}.`);
    const why = code === 'ENOENT' ? 'that folder takes none' : systemFault(error);
    throw new NotDone(`No folder can be made in ${dirname(path)}: ${why}. Nothing was exported.`, { cause: error });
  }
}
