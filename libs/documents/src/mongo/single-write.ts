import { isDuplicateKey } from '@datakeep/kernel';
import type { mongo } from 'mongoose';
import { DocumentConflict } from '../document-store.ts';
import { touchesUnique, type CheckedWrite } from './checked-write.ts';
import type { StoredRecord } from './record.ts';

/** Whether the write can be one operation on its document: no unique index takes part, and the server can judge its condition. */
export function isSingle(write: CheckedWrite, stringOrder: boolean): boolean {
  return !touchesUnique(write) && (stringOrder || !write.onlyIf.ordersStrings);
}

/** Carries it out; false where a unit has the document locked, so that it must go as a unit of its own. Rejects with `DocumentConflict`. */
export async function writeSingle(records: mongo.Collection<StoredRecord>, write: CheckedWrite): Promise<boolean> {
  for (;;) {
    const done = await attempt(records, write);
    if (done) return true;
    const record = await records.findOne({ _id: write.id });
    if (record?._l !== undefined) return false;
    if (write.kind === 'insert') {
      if (record) throw new DocumentConflict('unique', 0, write.shape.name, 'id');
      // What was in the way has gone.
    } else {
      const image = record as Readonly<Record<string, string | number | boolean>> | null;
      if (!image || !write.onlyIf.test(write.id, image)) throw new DocumentConflict('condition', 0, write.shape.name);
      // A lock that was in the way has gone.
    }
  }
}

async function attempt(records: mongo.Collection<StoredRecord>, write: CheckedWrite): Promise<boolean> {
  if (write.kind === 'insert') {
    try {
      await records.insertOne({ ...write.set, _id: write.id });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }
  const filter: mongo.Filter<StoredRecord> = { ...write.onlyIf.filter, _id: write.id, _l: { $exists: false } };
  if (write.kind === 'delete') return (await records.deleteOne(filter)).deletedCount === 1;
  const change = {
    ...(isEmpty(write.set) ? {} : { $set: write.set }),
    ...(write.unset.length === 0 ? {} : { $unset: Object.fromEntries(write.unset.map((name) => [name, ''])) }),
    ...(isEmpty(write.inc) ? {} : { $inc: write.inc }),
  };
  if (isEmpty(change)) return (await records.findOne(filter)) !== null;
  return (await records.updateOne(filter, change as mongo.UpdateFilter<StoredRecord>)).matchedCount === 1;
}

const isEmpty = (object: object): boolean => Object.keys(object).length === 0;
