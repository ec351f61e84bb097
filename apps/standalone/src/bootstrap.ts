import { SigningKeys } from '@datakeep/keys';
import { type BeforeUpgrade, finishRestore, keepBeforeUpgrade, sweepFormer } from '@datakeep/backup';
import { version, makePrivateFolder } from '@datakeep/kernel';
import { DATA_STORAGE, type DataStorage } from '@datakeep/contracts';
import { DOCUMENTS, type DocumentStore } from '@datakeep/documents';
import { QueueWorker } from '@datakeep/execution';
import { dataDirParts, ScheduleFile } from '@datakeep/keep-data';
import { refuseUnfinishedMove } from '@datakeep/move';
import type { ProcessStart } from '@datakeep/service-host';
import { DefaultViewManager } from '@datakeep/view-manager';
import { OpenRuntimes } from '../../executors/src/index.ts';
import { serveGateway } from '../../gateway/src/index.ts';
import { serveControlSocket } from './control-socket.ts';
import { type RunningKeep, startReplaceable } from './replaceable-keep.ts';
import { StandaloneModule } from './standalone.module.ts';

const checks = {
  inject: [DATA_STORAGE, DOCUMENTS],
  useFactory: (storage: DataStorage, documents: DocumentStore) => ({
    storage: () => storage.ping(),
    documents: () => documents.ping(),
  }),
};

/** Starts the whole keep in this process: the bootstrap of production, which tests use as well. */
export function startKeep(start: ProcessStart): Promise<RunningKeep> {
  return startReplaceable(start, startOnce);
}

async function startOnce(start: ProcessStart, replace: () => void): Promise<RunningKeep> {
  let url = '';
  // An engine would make it with the umask's mode.
  makePrivateFolder(start.config.dataDir);
  finishRestore(start.config.dataDir);
  refuseUnfinishedMove(start.config.dataDir);
  const former = formerOf(start);
  // A copy, which is thrown away, is converted without.
  if (start.executesRuns !== false && isAllInDataDir(start)) await keepBeforeUpgrade(former);
  const urls = { publicUrl: () => start.config.publicUrl ?? url, localUrl: () => url };
  const running = await serveGateway(start, checks, (gateway) =>
    StandaloneModule.forRoot({ ...start, ...urls, replace }, gateway),
  );
  const { gateway } = running;
  const { app } = gateway;
  url = gateway.url;
  let stopSweeping = (): void => undefined;
  let closeSocket = async (): Promise<void> => undefined;
  try {
    await app.get(DefaultViewManager).start();
    closeSocket = await serveControlSocket(start, app.get(SigningKeys));
    stopSweeping = sweepFormer(former);
  } catch (error) {
    await gateway.close();
    throw error;
  }
  // Ready before that: until the self-tests have ended, runs stay queued.
  if (start.executesRuns !== false)
    void app
      .get(OpenRuntimes)
      .prove()
      .then(() => app.get(QueueWorker).start());
  // The gateway first: its bound on what is in flight counts from the call.
  const close = async (): Promise<void> => {
    stopSweeping();
    await Promise.all([gateway.close(), closeSocket()]);
  };
  return { ...running, url, address: url, app, close };
}

function isAllInDataDir({ config: { mongodbUri, storageUrl } }: ProcessStart): boolean {
  return mongodbUri === undefined && storageUrl === undefined;
}

function formerOf({ config: { dataDir, backupPassphrase }, clock, logger }: ProcessStart): BeforeUpgrade {
  const passphrase = (): string | undefined =>
    backupPassphrase ?? new ScheduleFile(dataDir).read()?.setting?.passphrase;
  return { dataDir, parts: dataDirParts, passphrase, version, clock, logger };
}
