import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DataStorage } from '@datakeep/contracts';
import { openMongoStorage, SqliteStorage } from '@datakeep/storage';
import type { ProcessStart } from '@datakeep/service-host';

/** The engine that the configuration names: MongoDB where MONGODB_URI is set, which any number of storage processes share; else SQLite under DATA_DIR, for one. */
export async function openEngine({ config, clock, logger }: ProcessStart): Promise<DataStorage> {
  const indexing = { logger, timeFactor: config.indexTimeFactor };
  if (config.mongodbUri !== undefined) return openMongoStorage({ uri: config.mongodbUri, logger, indexing });
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  return SqliteStorage.open({
    directory: join(config.dataDir, 'events'),
    synchronous: config.sqliteSynchronous,
    readers: config.storageReaders,
    clock,
    indexing,
  });
}
