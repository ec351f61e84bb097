import { type BeforeUpgrade, keepBeforeUpgrade, sweepFormer } from '@datakeep/backup';
import { DATA_STORAGE, type DataStorage } from '@datakeep/contracts';
import { version } from '@datakeep/kernel';
import { MongoModule } from '@datakeep/mongo';
import {
  measureStorage,
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
  const { storageKey: key, serviceHost: host, storageHttpPort: port } = config;
  const former = formerOf(start);
  if (former) await keepBeforeUpgrade(former);
  let stopSweeping: (() => void) | undefined;
  let api: StorageApi | undefined;
  const service = await startService(start, {
    name: 'storage',
    ports,
    modules: [MongoModule.forRoot(config), StorageModule.forRoot()],
    services: [bindService(dataStorageService, { useExisting: DATA_STORAGE })],
    begin: async (app) => {
      const storage = app.get<DataStorage>(DATA_STORAGE);
      if (key !== undefined) api = await startStorageApi({ storage, key, host, port, logger: start.logger });
      return {
        checks: { storage: () => storage.ping() },
        measure: (registry) => measureStorage(registry, storage),
        serving: () => {
          if (former) stopSweeping = sweepFormer(former);
        },
        end: async () => {
          stopSweeping?.();
          await api?.close();
        },
      };
    },
  });
  return { ...service, ...(api ? { api } : {}) };
}

/** On SQLite: how what an upgrade would convert is kept, in the clear, since no passphrase restores events alone. */
function formerOf({ config: { dataDir, mongodbUri }, clock, logger }: ProcessStart): BeforeUpgrade | undefined {
  if (mongodbUri !== undefined) return undefined;
  return { dataDir, parts: [eventsPart], passphrase: () => undefined, version, clock, logger };
}
