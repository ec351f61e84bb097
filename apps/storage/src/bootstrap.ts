import { keepBeforeUpgrade, sweepFormer } from '@datakeep/backup';
import { DATA_STORAGE, type DataStorage } from '@datakeep/contracts';
import { version } from '@datakeep/kernel';
import { MongoModule } from '@datakeep/mongo';
import {
  closeAll,
  measureStorage,
  openModules,
  type ProcessStart,
  requireVariables,
  type RunningService,
  startService,
} from '@datakeep/service-host';
import { eventsPart, StorageModule } from '@datakeep/storage';
import { bindService, dataStorageService } from '@datakeep/transport';
import { startStorageApi, type StorageApi } from './storage-api/start-storage-api.ts';

const ports = { service: 8021, health: 8121 };

export interface RunningStorage extends RunningService {
  /** Where `/storage/v1` is served, if STORAGE_KEY is set. */
  readonly api?: StorageApi;
}

/**
 * Starts the Data Storage as a process: the bootstrap of production, which tests use as well. It is ready when its
 * engine responds.
 */
export async function startStorage(start: ProcessStart): Promise<RunningStorage> {
  const config = requireVariables(start.config, 'storage', ['serviceSecret']);
  const stopSweeping = await openDataDir(start);
  const app = await openModules(start, [MongoModule.forRoot(config), StorageModule.forRoot()]);
  const closers = [async () => stopSweeping(), () => app.close()];
  try {
    const storage = app.get<DataStorage>(DATA_STORAGE);
    const { storageKey: key, serviceHost: host, storageHttpPort: port } = config;
    const api =
      key === undefined ? undefined : await startStorageApi({ storage, key, host, port, logger: start.logger });
    if (api) closers.unshift(() => api.close());
    const service = await startService({
      name: 'storage',
      config,
      clock: start.clock,
      logger: start.logger,
      ports,
      services: [bindService(dataStorageService, storage)],
      checks: { storage: () => storage.ping() },
      measure: (registry) => measureStorage(registry, storage),
      closers,
    });
    return { ...service, ...(api ? { api } : {}) };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** On SQLite: keeps what an upgrade would convert, in the clear, since no passphrase restores events alone. */
async function openDataDir({ config: { dataDir, mongodbUri }, clock, logger }: ProcessStart): Promise<() => void> {
  if (mongodbUri !== undefined) return () => undefined;
  const former = { dataDir, parts: [eventsPart], passphrase: () => undefined, version, clock, logger };
  await keepBeforeUpgrade(former);
  return sweepFormer(former);
}
