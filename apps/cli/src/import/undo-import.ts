import { createReadStream, statSync } from 'node:fs';
import { readImportLog, undo } from '@datakeep/importers';
import { counted } from '../counted.ts';
import { ensureRights } from '../developer/rights.ts';
import { linesOf } from '../lines.ts';
import { NotDone } from '../outcome.ts';
import type { Reporter } from '../reporter.ts';
import { connect, type KeepOptions } from './connect.ts';

/** Deletes the events that the reported imports added, but for those that were changed since. */
export async function undoImport(path: string, options: KeepOptions, reporter: Reporter): Promise<void> {
  const { keep, url } = await connect(options);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw new NotDone(`There is no report ${path}.`);
  const lines = linesOf(createReadStream(path));
  const { deleted, gone, changed } = await undo(readImportLog(lines, path, url), {
    sink: keep.events,
    ensureDelete: (profile) => ensureRights(keep, profile, ['delete'], 'To take back an import'),
    onProgress: (undone) => reporter.counted('events deleted', undone.deleted),
  });
  reporter.done({ deleted, gone, changed }, [
    `Deleted ${counted(deleted, 'event')}.`,
    ...(gone > 0 ? [`  ${gone.toLocaleString('en')} were gone already.`] : []),
    ...(changed > 0 ? [`  ${changed.toLocaleString('en')} were changed since the import, and stay.`] : []),
  ]);
}
