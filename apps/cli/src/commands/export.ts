import { existsSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { beginBackup, finishRestore, systemFault } from '@datakeep/backup';
import { SystemClock } from '@datakeep/kernel';
import { version } from '@datakeep/service-host';
import { openCopy } from '../../../standalone/src/index.ts';
import { writeExport } from '../export/write-export.ts';
import { onInterrupt } from '../interrupt.ts';
import { NotDone, WrongUse } from '../outcome.ts';
import { takeSnapshotOf } from '../snapshot-source.ts';
import type { Surroundings } from '../surroundings.ts';

export interface ExportOptions {
  readonly all?: boolean;
  readonly to: string;
}

/** Writes all that the keep has at one moment into a new folder, in open formats; also while it runs. */
export async function exportAll(options: ExportOptions, { config, reporter }: Surroundings): Promise<void> {
  if (!options.all)
    throw new WrongUse('Say --all: events of one profile are exported in the Control Centre, under Data.');
  if (config.mongodbUri !== undefined || config.storageUrl !== undefined)
    throw new NotDone(
      'Not all of this keep is in DATA_DIR: `POST /admin/v1/events/export` writes its events (docs/api.md).',
    );
  const to = resolve(options.to);
  if (existsSync(to)) throw new NotDone(`${to} is there already, and an export overwrites nothing.`);
  if (!existsSync(dirname(to))) throw new NotDone(`There is no folder ${dirname(to)}.`);
  const dataDir = resolve(config.dataDir);
  finishRestore(dataDir);
  const begun = beginBackup(dataDir);
  const clear = (): void => {
    rmSync(to, { recursive: true, force: true });
    begun.end();
  };
  onInterrupt(clear);
  try {
    const { folder, createdDate } = await takeSnapshotOf(dataDir, begun, reporter.progress);
    reporter.end();
    const keep = await openCopy(folder, { clock: new SystemClock(), selfTest: false });
    const content = await writeExport(keep, to, { datakeep: version, createdDate: createdDate.toISOString() }).finally(
      () => keep.close(),
    );
    begun.end();
    const events = content.profiles.reduce((sum, { count }) => sum + count, 0);
    reporter.done({ folder: to, ...content }, [
      `Exported to ${to}`,
      `  of ${content.createdDate}: ${events.toLocaleString('en')} events of ${content.profiles.length} profiles`,
      `  Open ${to}/index.html to look through it. It is not encrypted: whoever has the folder can read it all.`,
    ]);
  } catch (error) {
    clear();
    throw new NotDone(`Nothing was exported: ${systemFault(error)}.`, { cause: error });
  }
}
