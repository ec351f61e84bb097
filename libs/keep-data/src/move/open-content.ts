import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataStorage, EventTransfer } from '@datakeep/contracts';
import { documentsFile, type DocumentStore, openMongoDocuments, SqliteDocuments } from '@datakeep/documents';
import { FileSourceStore, sourceRecords } from '@datakeep/execution';
import { createLogger, readConfig, SystemClock } from '@datakeep/kernel';
import { connectMongo, type MongoConnectionOptions, mongoName, type MongoSource } from '@datakeep/mongo';
import { type ContentReader, type ContentStream, eventStream, MoveError, recordStream } from '@datakeep/move';
import { openEmbeddedStorage, openMongoStorage } from '@datakeep/storage';
import { recordsParts } from '../records-parts.ts';
import { bothReader, filesStream } from './source-code-streams.ts';

/** The content of a keep, by its engines. Nobody else has it open. */
export interface KeepContent<S extends ContentReader = ContentStream> {
  readonly streams: readonly S[];
  readonly events: DataStorage & EventTransfer;
  close(): Promise<void>;
}

const logger = createLogger('silent');
const definitions = recordsParts.flatMap(({ collections }) => collections);

/** Of the embedded keep in that folder. Rejects with `storage-busy` where a process has it open. */
export async function openFolder(dataDir: string): Promise<KeepContent> {
  const config = { ...readConfig({}), dataDir, storageReaders: 1 };
  const documents = SqliteDocuments.open({ file: documentsFile(config), synchronous: config.sqliteSynchronous });
  return withEvents(
    documents,
    () => openEmbeddedStorage(config, new SystemClock(), logger),
    async () => {
      const files = await FileSourceStore.open(join(dataDir, 'source-code'));
      return definitions.map((definition) =>
        definition === sourceRecords ? filesStream(files) : recordStream(documents, definition),
      );
    },
  );
}

/** Of the keep on that database. */
export async function openDatabase(source: MongoConnectionOptions | MongoSource): Promise<KeepContent> {
  const documents = await openMongoDocuments(source);
  return withEvents(
    documents,
    () => openMongoStorage(source, { logger }),
    async () => definitions.map((definition) => recordStream(documents, definition)),
  );
}

/** Of the keep on that database; its one process, where it has one, has source code in the folder. */
export async function openDatabaseBeside(
  source: MongoConnectionOptions | MongoSource,
  dataDir: string,
): Promise<KeepContent<ContentReader>> {
  const content = await openDatabase(source);
  const folder = join(dataDir, 'source-code');
  if (!existsSync(folder)) return content;
  const files = filesStream(await FileSourceStore.open(folder));
  const streams = content.streams.map((stream) => (stream.name === files.name ? bothReader(stream, files) : stream));
  return { ...content, streams };
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
  streamsOf: () => Promise<readonly ContentStream[]>,
): Promise<KeepContent> {
  let events: (DataStorage & EventTransfer) | undefined;
  const close = async (): Promise<void> => {
    await events?.close();
    await documents.close();
  };
  try {
    events = await openEvents();
    return { streams: [...(await streamsOf()), eventStream(events)], events, close };
  } catch (error) {
    await close();
    throw error;
  }
}
