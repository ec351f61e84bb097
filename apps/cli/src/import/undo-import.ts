import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { readImportLog, undo } from '@datakeep/importers';
import { NotDone } from '../outcome.ts';
import type { Reporter } from '../reporter.ts';
import { connect, ensureRight, type KeepOptions } from './connect.ts';

/** Deletes the events that the reported imports added, but for those that were changed since. */
export async function undoImport(path: string, options: KeepOptions, reporter: Reporter): Promise<void> {
  const { keep, url } = await connect(options);
  if (!existsSync(path)) throw new NotDone(`There is no report ${path}.`);
  const lines = createInterface({ input: createReadStream(path) });
  const { deleted, gone, changed } = await undo(readImportLog(lines, path, url), {
    sink: keep.events,
    ensureDelete: (profile) => ensureRight(keep, profile, 'delete', 'To take back an import'),
    onProgress: (undone) => reporter.counted('events deleted', undone.deleted),
  });
  reporter.done({ deleted, gone, changed }, [
    `${deleted.toLocaleString('en')} events were deleted.`,
    ...(gone > 0 ? [`  ${gone.toLocaleString('en')} were gone already.`] : []),
    ...(changed > 0 ? [`  ${changed.toLocaleString('en')} were changed since the import, and stay.`] : []),
  ]);
}
