import { SigningKeys } from '@datakeep/auth';
import { openMongoDocuments } from '@datakeep/documents';
import { ObjectIds } from '@datakeep/kernel';
import { closeAll, type ProcessStart, Readiness, requireVariables, version } from '@datakeep/service-host';
import {
  createRpcClient,
  dataStorageService,
  foreignStorage,
  readServiceTls,
  remoteDataStorage,
  viewManagerService,
} from '@datakeep/transport';
import { composeEventServices } from './compose-event-services.ts';
import { composeAppRemoval, composeRegistry } from './compose-registry.ts';
import type { GatewayParts } from './gateway.module.ts';

/** The gateway's parts where storage and views are other processes. */
export async function composeGateway({
  config: given,
  logger,
  clock,
}: ProcessStart): Promise<{ parts: GatewayParts; close(): Promise<void> }> {
  const config = requireVariables(given, 'the gateway', ['mongodbUri', 'signingKey', 'serviceSecret']);
  const closers: (() => Promise<void>)[] = [];
  const close = (): Promise<void> => closeAll(closers.toReversed());
  try {
    const ids = new ObjectIds();
    const keys = SigningKeys.open({ dataDir: config.dataDir, signingKey: config.signingKey, clock });
    const documents = await openMongoDocuments({ uri: config.mongodbUri });
    closers.push(() => documents.close());
    const client = { secret: config.serviceSecret, tls: readServiceTls(config), clock, logger };
    const storage =
      foreignStorage(config, clock) ??
      remoteDataStorage(createRpcClient(dataStorageService, { ...client, servers: config.storageServers }));
    closers.push(() => storage.close());
    const views = createRpcClient(viewManagerService, { ...client, servers: config.viewsServers });
    closers.push(() => views.control.close());
    const registry = composeRegistry({ config, documents, storage, keys, clock, ids, logger });
    closers.push(() => registry.callers.settled());
    const appRemoval = composeAppRemoval({ documents, registry, storage, views: views.port, clock, logger });
    closers.push(() => appRemoval.close());
    const eventServices = composeEventServices({ config, storage, registry, clock, ids });
    const readiness = new Readiness({
      storage: () => storage.ping(),
      documents: () => documents.ping(),
      views: () => views.control.reach(),
    });
    const parts = {
      ...registry,
      appRemoval,
      config,
      version,
      clock,
      logger,
      keys,
      documents,
      storage,
      ...eventServices,
      views: views.port,
      runs: views.port,
      readiness,
    };
    return { parts, close };
  } catch (error) {
    await close();
    throw error;
  }
}
