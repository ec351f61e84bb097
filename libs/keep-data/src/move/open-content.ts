import type { DataStorage, EventTransfer } from '@datakeep/contracts';
import { documentsFile, type DocumentStore, openMongoDocuments, SqliteDocuments } from '@datakeep/documents';
import { adoptSourceFiles } from '@datakeep/execution';
import { createLogger, readConfig, SystemClock } from '@datakeep/kernel';
import { connectMongo, type MongoConnectionOptions, mongoName, type MongoSource } from '@datakeep/mongo';
import { type ContentStream, eventStream, MoveError, recordStream } from '@datakeep/move';
import { openEmbeddedStorage, openMongoStorage } from '@datakeep/storage';
import { recordsParts } from '../records-parts.ts';

/** The content of a keep, by its engines. Nobody else has it open. */
export interface KeepContent {
  readonly streams: readonly ContentStream[];
  readonly events: DataStorage & EventTransfer;
  close(): Promise<void>;
}

const logger = createLogger('silent');
const definitions = recordsParts.flatMap(({ collections }) => collections);

/**
 * Of the embedded keep in that folder, which is brought up to date. Rejects with `storage-busy` where a process has it
 * open.
 */
export async function openFolder(dataDir: string): Promise<KeepContent> {
  const config = { ...readConfig({}), dataDir, storageReaders: 1 };
  const documents = SqliteDocuments.open({ file: documentsFile(config), synchronous: config.sqliteSynchronous });
  return withEvents(documents, async () => {
    await adoptSourceFiles(documents, dataDir);
    return openEmbeddedStorage(config, new SystemClock(), logger);
  });
}

/** Of the keep on that database. */
export async function openDatabase(source: MongoConnectionOptions | MongoSource): Promise<KeepContent> {
  const documents = await openMongoDocuments(source);
  return withEvents(documents, () => openMongoStorage(source, { logger }));
}

/**
 * Refuses a database that has no keep, or the records of one alone. Opening the engines would make the collections of
 * both.
 */
export async function requireKeep(uri: string): Promise<void> {
  const connection = await connectMongo({ uri });
  try {
    const collections = new Set((await connection.db!.listCollections().toArray()).map(({ name }) => name));
    if (!collections.has('admins'))
      throw new MoveError(`There is no keep at ${mongoName(uri)}. Set MONGODB_URI as for its start.`);
    if (!collections.has('events'))
      throw new MoveError(
        `At ${mongoName(uri)} are the records of a keep, and none of its events: those are in the SQLite file of its ` +
          'storage process. Stop the keep, and copy both (docs/deployment.md).',
      );
  } finally {
    await connection.close();
  }
}

async function withEvents(
  documents: DocumentStore,
  openEvents: () => Promise<DataStorage & EventTransfer>,
): Promise<KeepContent> {
  let events: (DataStorage & EventTransfer) | undefined;
  const close = async (): Promise<void> => {
    await events?.close();
    await documents.close();
  };
  try {
    events = await openEvents();
    const records = definitions.map((definition) => recordStream(documents, definition));
    return { streams: [...records, eventStream(events)], events, close };
  } catch (error) {
    await close();
    throw error;
  }
}
