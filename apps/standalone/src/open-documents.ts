import { join } from 'node:path';
import { type DocumentStore, openMongoDocuments, SqliteDocuments } from '@datakeep/documents';
import type { Config } from '@datakeep/kernel';

/** Where the records of a standalone keep lie that are in files. */
export const documentsFile = ({ dataDir }: Pick<Config, 'dataDir'>): string => join(dataDir, 'documents.sqlite');

/** The records of a standalone keep: on MONGODB_URI, or in a file under DATA_DIR, which one process at a time may hold. */
export async function openDocuments(config: Config): Promise<DocumentStore> {
  const { mongodbUri, sqliteSynchronous } = config;
  return mongodbUri === undefined
    ? SqliteDocuments.open({ file: documentsFile(config), synchronous: sqliteSynchronous })
    : openMongoDocuments({ uri: mongodbUri });
}
