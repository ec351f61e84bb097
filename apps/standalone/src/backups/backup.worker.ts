import { once } from 'node:events';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { BackupError, beginBackup, makeBackup, partialEnding, systemFault } from '@datakeep/backup';
import type { BackupWork, FromBackup, ToBackup } from './backup-messages.ts';

const port = parentPort;
if (!port) throw new Error('backup.worker runs in a worker thread');
const post = (message: FromBackup): void => port.postMessage(message);

/** Packs, encrypts and checks beside the event loop of the keep, which takes the snapshot alone. */
async function make({ dataDir, passphrase, version, name }: BackupWork): Promise<number> {
  const begun = beginBackup(dataDir);
  const target = join(begun.path, name);
  try {
    const folder = begun.makeWork();
    post({ kind: 'snapshot', folder });
    const [taken] = (await once(port!, 'message')) as [ToBackup];
    if ('failed' in taken) throw new BackupError(`The files could not be copied: ${taken.failed}.`);
    const { bytes } = await makeBackup({
      folder,
      createdDate: new Date(taken.createdDate),
      checkIn: begun.makeWork(),
      target,
      passphrase,
      version,
      onProgress: (progress) => post({ kind: 'progress', progress }),
    });
    return bytes;
  } finally {
    begun.end(target + partialEnding);
  }
}

try {
  post({ kind: 'made', bytes: await make(workerData as BackupWork) });
} catch (error) {
  post({ kind: 'failed', reason: error instanceof BackupError ? error.message : systemFault(error) });
}
port.close();
