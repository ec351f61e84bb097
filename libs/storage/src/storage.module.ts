import { join } from 'node:path';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DATA_STORAGE, type DataStorage, type EventTransfer } from '@datakeep/contracts';
import {
  type Clock,
  CLOCK,
  type Config,
  CONFIG,
  type DataDirPart,
  type Logger,
  LOGGER,
  tracedPort,
} from '@datakeep/kernel';
import { MONGO_CONNECTION, type MongoSource } from '@datakeep/mongo';
import { openMongoStorage } from './engines/mongo/index.ts';
import { fileVersion, openSqliteStorage } from './engines/sqlite/index.ts';

/** What events have in DATA_DIR. The advisor's file comes second: it names an index before the index is made. */
export const eventsPart: DataDirPart = {
  name: 'events',
  entries: [
    { database: 'events/events.sqlite', version: fileVersion },
    { database: 'events/index-advice.sqlite' },
    { lock: 'events/events.lock' },
  ],
};

/** The engine on SQLite under DATA_DIR, which one process at a time may hold. */
export function openEmbeddedStorage(
  config: Config,
  clock: Clock,
  logger: Logger,
): Promise<DataStorage & EventTransfer> {
  return openSqliteStorage({
    directory: join(config.dataDir, 'events'),
    synchronous: config.sqliteSynchronous,
    readers: config.storageReaders,
    clock,
    logger,
    indexing: { timeFactor: config.indexTimeFactor },
  });
}

export interface StorageModuleOptions {
  /** The program that stands in for an engine where the configuration names one. */
  readonly foreign?: (config: Config, clock: Clock) => DataStorage | undefined;
  /** Makes a span of each call, where it is not a message, which has one. */
  readonly traced?: boolean;
}

/**
 * Provides `DATA_STORAGE` to the whole application, and closes it at the end: the engine on MongoDB where MONGODB_URI
 * is set, which any number of processes share; else the embedded one. Beside it goes MongoModule.
 */
export class StorageModule implements OnApplicationShutdown {
  readonly #storage: DataStorage;

  constructor(storage: DataStorage) {
    this.#storage = storage;
  }

  static forRoot({ foreign, traced = false }: StorageModuleOptions = {}): DynamicModule {
    const storage = {
      provide: DATA_STORAGE,
      inject: [CONFIG, CLOCK, LOGGER, MONGO_CONNECTION],
      useFactory: async (
        config: Config,
        clock: Clock,
        logger: Logger,
        connection: MongoSource['connection'] | null,
      ): Promise<DataStorage> => {
        const indexing = { timeFactor: config.indexTimeFactor };
        const engine =
          foreign?.(config, clock) ??
          (await (connection
            ? openMongoStorage({ connection }, { logger, indexing })
            : openEmbeddedStorage(config, clock, logger)));
        return traced && config.otelEndpoint !== undefined ? tracedPort('storage', engine) : engine;
      },
    };
    return { module: StorageModule, global: true, providers: [storage], exports: [DATA_STORAGE] };
  }

  onApplicationShutdown(): Promise<void> {
    return this.#storage.close();
  }
}

// Decorators as functions: Node runs this lib from source in tests, where it strips types and knows no decorators.
Inject(DATA_STORAGE)(StorageModule, undefined, 0);
Module({})(StorageModule);
