import { connectMongo } from '@datakeep/mongo';
import type { CollectionDefinition, Document, ReadDocuments } from '../document-store.ts';
import { Fields } from '../fields.ts';
import { MongoCollection } from './mongo-collection.ts';
import { Reads } from './reads.ts';
import type { StoredRecord } from './record.ts';

/** A collection that is not there is empty. Rejects as `connectMongo` does. */
export async function readMongo(uri: string): Promise<ReadDocuments> {
  const connection = await connectMongo({ uri });
  return {
    collection: <T extends Document>(definition: CollectionDefinition<T>) => {
      const reads = new Reads(connection.db!.collection<StoredRecord>(definition.name), () => undefined);
      return new MongoCollection(definition, new Fields(definition), (run) => run(reads));
    },
    close: () => connection.close(),
  };
}
