import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { BackupError, makeBackup, makeWorkFolder, type OnProgress, systemFault } from '@datakeep/backup';
import { copyDatabase } from '../move/copy-database.ts';
import type { BackupWork, FromBackup, ToBackup } from './backup-messages.ts';

const port = parentPort;
if (!port) throw new Error('backup.worker runs in a worker thread');
const post = (message: FromBackup): void => port.postMessage(message);

const onProgress: OnProgress = (progress) => post({ kind: 'progress', progress });

/** The keep copies its files, and this thread a database. */
async function take(
  { mongodbUri, dataDir }: BackupWork,
  folder: string,
): Promise<{ readonly folder: string; readonly createdDate: Date }> {
  if (mongodbUri !== undefined) return copyDatabase({ uri: mongodbUri, dataDir, work: folder, onProgress });
  post({ kind: 'snapshot', folder });
  const [taken] = (await once(port!, 'message')) as [ToBackup];
  if ('failed' in taken) throw new BackupError(`The files could not be copied: ${taken.failed}.`);
  return { folder, createdDate: new Date(taken.createdDate) };
}

/** Packs, encrypts and checks beside the event loop of the keep, which takes the snapshot alone. */
async function make(work: BackupWork): Promise<number> {
  const { dataDir, passphrase, version, target } = work;
  const { folder, createdDate } = await take(work, makeWorkFolder(dataDir));
  const checkIn = makeWorkFolder(dataDir);
  const { bytes } = await makeBackup({ folder, createdDate, checkIn, target, passphrase, version, onProgress });
  return bytes;
}

try {
  post({ kind: 'made', bytes: await make(workerData as BackupWork) });
} catch (error) {
  post({ kind: 'failed', reason: error instanceof BackupError ? error.message : systemFault(error) });
}
port.close();
