import { KeepError } from '../../../../clients/typescript/src/index.ts';
import type { Reporter } from '../reporter.ts';
import { connect, ensureRight, type KeepOptions } from './connect.ts';
import { readImportLog } from './import-log.ts';

/** Deletes the events that the reported imports added, but for those that were changed since. */
export async function undoImport(path: string, options: KeepOptions, reporter: Reporter): Promise<void> {
  const { keep, url } = await connect(options);
  const allowed = new Set<string>();
  let [deleted, gone, changed] = [0, 0, 0];
  for await (const { profile, created } of readImportLog(path, url)) {
    if (!allowed.has(profile)) await ensureRight(keep, profile, 'delete', 'To take back an import');
    allowed.add(profile);
    for (const id of created) {
      try {
        await keep.events.delete(id, { version: 1 });
        deleted += 1;
      } catch (error) {
        if (!(error instanceof KeepError)) throw error;
        if (error.is('not-found')) gone += 1;
        else if (error.is('version-mismatch')) changed += 1;
        else throw error;
      }
      reporter.counted('events deleted', deleted);
    }
  }
  reporter.done({ deleted, gone, changed }, [
    `${deleted.toLocaleString('en')} events were deleted.`,
    ...(gone > 0 ? [`  ${gone.toLocaleString('en')} were gone already.`] : []),
    ...(changed > 0 ? [`  ${changed.toLocaleString('en')} were changed since the import, and stay.`] : []),
  ]);
}
