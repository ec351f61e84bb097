import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keysPart } from '@datakeep/keys';
import { BackupError, type OnProgress } from '@datakeep/backup';
import { sourceCodePart } from '@datakeep/execution';
import { SystemClock } from '@datakeep/kernel';
import { isMomentGone, MongoMoment } from '@datakeep/mongo';
import { ContentDiffers, copyContent } from '@datakeep/move';
import { copyFiles, dropSideFiles } from './copy-files.ts';
import { openDatabase, openFolder, requireKeep } from './open-content.ts';

export interface CopyDatabaseOptions {
  readonly uri: string;
  /** Of the keep: its keys are there. */
  readonly dataDir: string;
  /** An empty folder. */
  readonly work: string;
  readonly onProgress: OnProgress;
}

/**
 * Copies a keep on MongoDB, also while it runs, into a folder that is the DATA_DIR of an embedded keep: of one moment
 * where the server keeps moments, else it is read twice and refused where it changed. Rejects with `BackupError`.
 */
export async function copyDatabase({ uri, dataDir, work, onProgress }: CopyDatabaseOptions): Promise<{
  readonly folder: string;
  readonly createdDate: Date;
}> {
  const folder = join(work, 'copy');
  mkdirSync(folder, { mode: 0o700 });
  await requireKeep(uri);
  const moment = await MongoMoment.open(uri);
  try {
    const source = await openDatabase(moment);
    // Each collection is made where it is not there, which no moment would show.
    for (const stream of source.streams) await stream.count();
    const place = await source.events.lastChange();
    const createdDate = new Date(new SystemClock().now());
    moment.begin();
    const copy = await openFolder(folder);
    try {
      await copy.events.outdate(place);
      const readsAgain = () => !moment.isKept;
      const onStep = () => undefined;
      await copyContent({ from: source.streams, to: copy.streams, readsAgain, onProgress, onStep });
    } finally {
      await copy.close();
      await source.close();
    }
    // What a former release has there of source code, the start of the restored keep adopts.
    copyFiles(dataDir, folder, [keysPart, sourceCodePart]);
    dropSideFiles(folder);
    return { folder, createdDate };
  } catch (error) {
    if (error instanceof ContentDiffers)
      throw new BackupError(
        'The keep changed while it was copied, and this MongoDB keeps no moment to read at: ' +
          'stop the keep, or try again.',
        { cause: error },
      );
    if (isMomentGone(error))
      throw new BackupError(
        'The copy took longer than MongoDB keeps a moment: ' +
          'set its minSnapshotHistoryWindowInSeconds to more than 300.',
        { cause: error },
      );
    throw error;
  } finally {
    await moment.close();
  }
}
