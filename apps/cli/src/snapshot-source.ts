import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type BackupsFolder,
  lockDataDir,
  type OnProgress,
  type Progress,
  systemFault,
  takeSnapshot,
} from '@datakeep/backup';
import { documentsFile } from '@datakeep/documents';
import { copyDatabase, dataDirParts } from '@datakeep/keep-data';
import { type Config, SystemClock } from '@datakeep/kernel';
import { refuseUnfinishedMove } from '@datakeep/move';
import { NotDone } from './outcome.ts';
import { askRunningKeep } from './running-keep.ts';

export interface TakenSnapshot {
  readonly folder: string;
  readonly createdDate: Date;
}

/**
 * A snapshot of the keep as a DATA_DIR: by the keep that runs on it, else of its files, which no keep opens meanwhile;
 * of one on MongoDB a copy.
 */
export async function takeSnapshotOf(
  { dataDir, mongodbUri }: Pick<Config, 'dataDir' | 'mongodbUri'>,
  backups: BackupsFolder,
  onProgress: OnProgress,
): Promise<TakenSnapshot> {
  if (mongodbUri !== undefined) return copyDatabase({ uri: mongodbUri, dataDir, work: backups.makeWork(), onProgress });
  return (await takenByKeep(dataDir, backups, onProgress)) ?? (await copyFiles(dataDir, backups, onProgress));
}

async function copyFiles(dataDir: string, backups: BackupsFolder, onProgress: OnProgress): Promise<TakenSnapshot> {
  if (!existsSync(documentsFile({ dataDir })))
    throw new NotDone(
      `There is no embedded keep here: ${documentsFile({ dataDir })} is missing. Set DATA_DIR as for its start.`,
    );
  refuseUnfinishedMove(dataDir);
  const folder = backups.makeWork();
  const locks = lockDataDir(dataDir, dataDirParts);
  const createdDate = new Date(new SystemClock().now());
  try {
    const snapshot = takeSnapshot(dataDir, dataDirParts, folder);
    await snapshot.copy(onProgress).finally(() => snapshot.close());
  } catch (error) {
    throw new NotDone(`The files could not be copied: ${systemFault(error)}.`, { cause: error });
  } finally {
    for (const lock of locks) lock.release();
  }
  return { folder, createdDate };
}

/** `undefined` where no keep listens. */
async function takenByKeep(
  dataDir: string,
  backups: BackupsFolder,
  onProgress: OnProgress,
): Promise<TakenSnapshot | undefined> {
  const response = await askRunningKeep(dataDir, '/snapshots');
  if (response === undefined) return undefined;
  if (response.statusCode !== 200) {
    response.resume();
    throw new NotDone(
      response.statusCode === 409
        ? 'The keep is copying its files for another backup.'
        : `The running keep refused (${response.statusCode}): is it of another release?`,
    );
  }
  try {
    for await (const line of createInterface({ input: response })) {
      const message = JSON.parse(line) as Progress | { folder: string; createdDate: string } | { failed: string };
      if ('failed' in message) throw new NotDone(`The running keep could not copy its files: ${message.failed}.`);
      if ('folder' in message)
        return { folder: join(backups.path, message.folder), createdDate: new Date(message.createdDate) };
      onProgress(message);
    }
  } catch (error) {
    if (error instanceof NotDone) throw error;
  }
  throw new NotDone('The keep ended before it had copied its files.');
}
