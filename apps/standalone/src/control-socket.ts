import { chmodSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { basename, join, resolve } from 'node:path';
import type { SigningKeys } from '@datakeep/keys';
import { controlSocket, longestSocketPath, makeWorkFolder, systemFault, takeSnapshot } from '@datakeep/backup';
import { dataDirParts } from '@datakeep/keep-data';
import type { ProcessStart } from '@datakeep/service-host';

/**
 * Serves `DATA_DIR/keep.sock`, where a user who can read the files asks the running keep for a snapshot of them: `POST
 * /snapshots` answers lines of JSON, with progress and at the end the folder. `POST /keys` answers the state of the
 * keys, and `POST /rotations` makes a new signing key first. Called once the keep holds DATA_DIR: a socket that is
 * there was left by a killed one.
 */
export async function serveControlSocket(
  { config, logger, clock }: ProcessStart,
  keys: SigningKeys,
): Promise<() => Promise<void>> {
  const dataDir = resolve(config.dataDir);
  // A snapshot is of what lies in DATA_DIR.
  const isHere = config.mongodbUri === undefined && config.storageUrl === undefined;
  const path = join(dataDir, controlSocket);
  if (Buffer.byteLength(path) > longestSocketPath) {
    logger.warn('the path of DATA_DIR is too long for a socket: stop the keep to back it up', {
      bytes: Buffer.byteLength(path),
    });
    return async () => undefined;
  }
  let isTaken = false;
  const snapshot = async (response: ServerResponse): Promise<void> => {
    const line = (value: object): void => void response.write(`${JSON.stringify(value)}\n`);
    let folder: string | undefined;
    try {
      folder = makeWorkFolder(dataDir);
      const createdDate = new Date(clock.now()).toISOString();
      const taken = takeSnapshot(dataDir, dataDirParts, folder);
      await taken.copy(line).finally(() => taken.close());
      if (response.destroyed) throw new Error('the client of the snapshot has disconnected');
      line({ folder: basename(folder), createdDate });
    } catch (error) {
      logger.error('a snapshot for a backup failed', {}, error);
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      line({ failed: systemFault(error) });
    } finally {
      response.end();
    }
  };
  const sendKeys = (response: ServerResponse): void =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keys.state));
  const rotate = (response: ServerResponse): void => {
    if (keys.state.source === 'configuration') {
      response.writeHead(409).end();
      return;
    }
    try {
      keys.rotate();
    } catch (error) {
      // Such as a disk that is full: the keep goes on with the key that it has.
      logger.error('a new signing key could not be written', {}, error);
      response.writeHead(500).end();
      return;
    }
    sendKeys(response);
  };
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === 'POST' && request.url === '/rotations') rotate(response);
    else if (request.method === 'POST' && request.url === '/keys') sendKeys(response);
    else if (request.method !== 'POST' || request.url !== '/snapshots' || !isHere) response.writeHead(404).end();
    else if (isTaken) response.writeHead(409).end();
    else {
      isTaken = true;
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      void snapshot(response).finally(() => (isTaken = false));
    }
  });
  rmSync(path, { force: true });
  // DATA_DIR itself is closed to others (0700), so that none can come before the mode is set.
  await once(server.listen(path), 'listening');
  chmodSync(path, 0o600);
  return async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
}
