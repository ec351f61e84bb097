import { isDuplicateKey } from '@datakeep/mongo';
import type { mongo } from 'mongoose';
import type { CheckedWrite } from '../checked-write.ts';
import { DocumentConflict } from '../document-store.ts';
import type { StoredRecord } from './record.ts';
import type { ServerFilter } from './where.ts';

/** A write that was checked, its `onlyIf` as the server is asked. */
export interface ServerWrite extends CheckedWrite {
  readonly onlyIf: ServerFilter;
}

/**
 * One write on the server: an atomic step alone, a part of the transaction where there is a session. `index` is the
 * write's index in its list. Rejects with `DocumentConflict`, after which the server has aborted the transaction.
 */
export async function carryOut(
  records: mongo.Collection<StoredRecord>,
  write: ServerWrite,
  index: number,
  session?: mongo.ClientSession,
): Promise<void> {
  try {
    if (write.kind === 'insert')
      await records.insertOne({ ...write.set, _id: write.id }, { ...(session && { session }) });
    else if (!(await changeOne(records, write, session)))
      throw new DocumentConflict('condition', index, write.collection);
  } catch (error) {
    if (isDuplicateKey(error)) throw new DocumentConflict('unique', index, write.collection, indexIn(error));
    throw error;
  }
}

/** Whether a document was there for which the condition holds. */
async function changeOne(
  records: mongo.Collection<StoredRecord>,
  { kind, id, set, unset, inc, onlyIf }: ServerWrite,
  session: mongo.ClientSession | undefined,
): Promise<boolean> {
  const filter = { ...onlyIf, _id: id } as mongo.Filter<StoredRecord>;
  const options = { ...(session && { session }) };
  if (kind === 'delete') return (await records.deleteOne(filter, options)).deletedCount === 1;
  const change = {
    ...(isEmpty(set) ? {} : { $set: set }),
    ...(unset.length === 0 ? {} : { $unset: Object.fromEntries(unset.map((name) => [name, ''])) }),
    ...(isEmpty(inc) ? {} : { $inc: inc }),
  };
  // A document that is only read is not locked: another transaction could change it meanwhile, and both would commit.
  const update = (isEmpty(change) ? { $inc: { _checks: 1 } } : change) as mongo.UpdateFilter<StoredRecord>;
  return (await records.updateOne(filter, update, options)).matchedCount === 1;
}

/** Servers name the index in the message: "… index: NAME dup key: …". */
function indexIn(error: unknown): string {
  const name = /\bindex: (\S+)/.exec(error instanceof Error ? error.message : '')?.[1] ?? '';
  return name === '_id_' || name === '' ? 'id' : name;
}

const isEmpty = (object: object): boolean => Object.keys(object).length === 0;
