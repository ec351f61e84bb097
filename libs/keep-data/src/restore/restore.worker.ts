import { createReadStream } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { SigningKeys } from '@datakeep/keys';
import { BackupError, stageRestore, systemFault } from '@datakeep/backup';
import { SystemClock } from '@datakeep/kernel';
import { dataDirParts } from '../data-dir-parts.ts';
import { contentOf } from '../manifest-content.ts';
import type { FromRestore, RestoreWork } from './restore-messages.ts';

const port = parentPort;
if (!port) throw new Error('restore.worker runs in a worker thread');
const post = (message: FromRestore): void => port.postMessage(message);

/** Decrypts, unpacks and checks beside the event loop of the keep, which answers health checks meanwhile. */
async function stage({ dataDir, file, passphrase, voidTokens }: RestoreWork): Promise<void> {
  const clock = new SystemClock();
  const manifest = await stageRestore({
    source: createReadStream(file, { highWaterMark: 256 * 1024 }),
    passphrase,
    dataDir,
    parts: dataDirParts,
    ...(voidTokens
      ? { adjust: (folder: string) => SigningKeys.open({ dataDir: folder, signingKey: undefined, clock }).voidAll() }
      : {}),
    onProgress: () => undefined,
  });
  const { events, records } = contentOf(manifest);
  post({ kind: 'staged', backup: { createdDate: manifest.createdDate, events, records } });
}

try {
  await stage(workerData as RestoreWork);
} catch (error) {
  if (error instanceof BackupError) post({ kind: 'failed', reason: error.message, code: error.code });
  else post({ kind: 'failed', reason: systemFault(error) });
}
port.close();
