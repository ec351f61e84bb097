import { join } from 'node:path';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { type Config, CONFIG, type DataDirPart, LOGGER, type Logger } from '@datakeep/kernel';
import type { DocumentStore } from './document-store.ts';
import { MONGO_CONNECTION, type MongoSource } from '@datakeep/mongo';
import { openMongoDocuments } from './mongo/index.ts';
import { recordsVersion, SqliteDocuments } from './sqlite/sqlite-documents.ts';

export const DOCUMENTS = Symbol('DocumentStore');

/** Where the records of a keep lie that are in files. */
export const documentsFile = ({ dataDir }: Pick<Config, 'dataDir'>): string => join(dataDir, 'documents.sqlite');

/** What records have in DATA_DIR. */
export const documentsPart: DataDirPart = {
  name: 'records',
  entries: [{ database: 'documents.sqlite', version: recordsVersion }, { lock: 'documents.lock' }],
};

/** The records: on MONGODB_URI, or in a file under DATA_DIR, which one process at a time may hold. */
export async function openDocuments(config: Config, logger?: Logger): Promise<DocumentStore> {
  const { mongodbUri, sqliteSynchronous } = config;
  return mongodbUri === undefined
    ? SqliteDocuments.open({ file: documentsFile(config), synchronous: sqliteSynchronous, ...(logger && { logger }) })
    : openMongoDocuments({ uri: mongodbUri });
}

/** Provides `DOCUMENTS` to the whole application, and closes it at the end. Beside it goes MongoModule. */
export class DocumentsModule implements OnApplicationShutdown {
  readonly #documents: DocumentStore;

  constructor(documents: DocumentStore) {
    this.#documents = documents;
  }

  static forRoot(): DynamicModule {
    const documents = {
      provide: DOCUMENTS,
      inject: [CONFIG, MONGO_CONNECTION, LOGGER],
      useFactory: (config: Config, connection: MongoSource['connection'] | null, logger: Logger) =>
        connection ? openMongoDocuments({ connection }) : openDocuments(config, logger),
    };
    return { module: DocumentsModule, global: true, providers: [documents], exports: [DOCUMENTS] };
  }

  onApplicationShutdown(): Promise<void> {
    return this.#documents.close();
  }
}

// Decorators as functions: Node runs this lib from source in tests, where it strips types and knows no decorators.
Inject(DOCUMENTS)(DocumentsModule, undefined, 0);
Module({})(DocumentsModule);
