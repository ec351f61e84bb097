import { DatakeepError, isDuplicateKey } from '@datakeep/kernel';
import type { mongo } from 'mongoose';
import { uniqueKeys, type Shape } from './checked-write.ts';
import { baseOf, type StoredRecord } from './record.ts';
import { keysCollection } from './units.ts';

/**
 * Fills in the places of unique indexes that are new to a collection with documents, once: `document_indexes` says which are done. Rejects
 * with `storage-unreachable` where two documents hold one place, as the index could not be kept.
 */
export async function fillUniquePlaces(
  database: mongo.Db,
  records: mongo.Collection<StoredRecord>,
  shape: Shape,
): Promise<void> {
  const done = database.collection<{ readonly _id: string }>('document_indexes');
  const names = shape.unique.map((index) => `${shape.name}.${index.name} (${index.fields.join()})`);
  const known = new Set((await done.find({ _id: { $in: names } }).toArray()).map((one) => one._id));
  const missing = shape.unique.filter((_, place) => !known.has(names[place] ?? ''));
  if (missing.length === 0) return;
  const places = database.collection<StoredRecord & { readonly owner?: string }>(keysCollection);
  for await (const record of records.find({ _x: { $exists: false } })) {
    for (const { key, index } of uniqueKeys({ ...shape, unique: missing }, record._id, baseOf(record))) {
      try {
        await places.insertOne({ _id: key, owner: record._id });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const holder = await places.findOne({ _id: key });
        if (holder?._l === undefined && holder?.owner !== record._id)
          throw new DatakeepError(
            'storage-unreachable',
            `${shape.name}: two documents hold one place of the unique index "${index}"`,
          );
      }
    }
  }
  for (const name of names) {
    await done.insertOne({ _id: name }).catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error;
    });
  }
}
