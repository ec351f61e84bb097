import { type IncomingMessage, request } from 'node:http';
import { join, resolve as resolvePath } from 'node:path';
import { controlSocket, systemFault } from '@datakeep/backup';
import { NotDone } from './outcome.ts';

/** Sends a POST to the keep that runs on DATA_DIR, through its socket; `undefined` where none listens. */
export function askRunningKeep(dataDir: string, path: string): Promise<IncomingMessage | undefined> {
  return new Promise((resolve, reject) => {
    const socketPath = join(resolvePath(dataDir), controlSocket);
    const sent = request({ socketPath, method: 'POST', path }, resolve);
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // Not there, left by a killed keep, or a path too long for a socket.
      if (['ENOENT', 'ECONNREFUSED', 'EINVAL', 'ENAMETOOLONG'].includes(error.code ?? '')) resolve(undefined);
      else reject(new NotDone(`The running keep could not be asked: ${systemFault(error)}.`, { cause: error }));
    });
    sent.end();
  });
}
