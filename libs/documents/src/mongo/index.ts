import type { ReadDocuments } from '../document-store.ts';
import type { MongoDocuments, MongoDocumentsOptions } from './mongo-documents.ts';

export type { MongoDocuments, MongoDocumentsOptions } from './mongo-documents.ts';

/** `MongoDocuments.open`, loading the driver only now: a keep on SQLite never does. */
export async function openMongoDocuments(options: MongoDocumentsOptions): Promise<MongoDocuments> {
  const { MongoDocuments: Documents } = await import('./mongo-documents.ts');
  return Documents.open(options);
}

/** `readMongo`, loading the driver only now. */
export async function readMongoDocuments(uri: string): Promise<ReadDocuments> {
  const { readMongo } = await import('./read-mongo.ts');
  return readMongo(uri);
}
