import { setTimeout as delay } from 'node:timers/promises';
import { DatakeepError, isDuplicateKey, type UpdateGuard } from '@datakeep/kernel';
import type { mongo } from 'mongoose';
import { imageIn, type Decisions } from './decisions.ts';
import { baseOf, type Image, type StoredRecord } from './record.ts';

const pollMs = 5;
/** Nobody waits longer for one document beyond the time after which a lock is abandoned. */
const patienceMs = 5000;

/** Puts units' batches on documents and takes them off, each step one compare-and-set on `_l` and `_r`. */
export class Locks {
  readonly #database: mongo.Db;
  readonly #decisions: Decisions;
  readonly #guard: UpdateGuard;
  readonly #abandonedMs: number;
  readonly #ending = new AbortController();

  constructor(database: mongo.Db, decisions: Decisions, guard: UpdateGuard, abandonedMs: number) {
    this.#database = database;
    this.#decisions = decisions;
    this.#guard = guard;
    this.#abandonedMs = abandonedMs;
  }

  /** Waits for the document and answers what it is, null where it is not there. An abandoned lock is broken. Rejects with `storage-busy` where that takes too long. */
  async lock(collection: string, id: string, batch: string): Promise<Image | null> {
    const records = this.#records(collection);
    let holder = '';
    let since = performance.now();
    const giveUpAt = since + this.#abandonedMs + patienceMs;
    for (;;) {
      const record = await records.findOne({ _id: id });
      if (!record) {
        if (await insertLocked(records, id, batch)) return null;
        continue;
      }
      const top = record._l;
      if (top === undefined) {
        const change = { $set: { _l: batch, _h: [batch], _r: 1 } };
        const free = { _id: id, _l: { $exists: false } };
        const locked = await this.#guarded(collection, id, () =>
          records.findOneAndUpdate(free, change, { returnDocument: 'after' }),
        );
        if (locked) return baseOf(locked);
        continue;
      }
      const decision = await this.#decisions.find(top);
      if (!decision) {
        if (top !== holder) [holder, since] = [top, performance.now()];
        const now = performance.now();
        if (now - since > this.#abandonedMs) await this.#decisions.decide(top, undefined);
        else if (this.#ending.signal.aborted || now > giveUpAt)
          throw new DatakeepError('storage-busy', undefined, { retryAfterSeconds: 1 });
        else await delay(pollMs * (0.5 + Math.random()));
        continue;
      }
      const image = decision.committed ? imageIn(decision, collection, id) : await this.#newest(record, collection);
      const change = { $set: { _l: batch, _h: [...(record._h ?? []), batch] }, $inc: { _r: 1 } };
      const { matchedCount } = await this.#guarded(collection, id, () =>
        records.updateOne({ _id: id, ...revisionOf(record) }, change),
      );
      if (matchedCount === 1) return image;
    }
  }

  /** From now on nobody waits for a document that another unit has. */
  end(): void {
    this.#ending.abort();
  }

  /** Takes the batch off these documents, of which nothing of it remains. */
  async unlockAll(
    batch: string,
    documents: readonly { readonly collection: string; readonly id: string }[],
  ): Promise<void> {
    for (const { collection, id } of documents) await this.takeOff(collection, id, batch, undefined);
  }

  /** Takes the batch off a document. With an outcome it is folded into the members first, and the batches before it go with it. */
  async takeOff(
    collection: string,
    id: string,
    batch: string,
    outcome: { readonly image: Image | null } | undefined,
  ): Promise<void> {
    const records = this.#records(collection);
    for (;;) {
      const record = await records.findOne({ _id: id });
      const at = record?._h?.indexOf(batch) ?? -1;
      if (!record || at === -1) return;
      const left = (record._h ?? []).filter((_, index) => (outcome ? index > at : index !== at));
      const base = outcome ? outcome.image : baseOf(record);
      if (await this.#guarded(collection, id, () => rewrite(records, record, base, left))) return;
    }
  }

  /** Of the batches below the top, which is undone, the newest committed one. */
  async #newest(record: StoredRecord, collection: string): Promise<Image | null> {
    const batches = record._h ?? [];
    const decisions = await this.#decisions.findAll(batches);
    const newest = batches.findLast((batch) => decisions.get(batch)?.committed === true);
    const decision = newest === undefined ? undefined : decisions.get(newest);
    return decision ? imageIn(decision, collection, record._id) : baseOf(record);
  }

  #guarded<R>(collection: string, id: string, step: () => Promise<R>): Promise<R> {
    return this.#guard.guarded(`${collection} ${id}`, step);
  }

  #records(collection: string): mongo.Collection<StoredRecord> {
    return this.#database.collection<StoredRecord>(collection);
  }
}

const revisionOf = (record: StoredRecord): { _l: string; _r: number } => ({ _l: record._l ?? '', _r: record._r ?? 0 });

async function insertLocked(records: mongo.Collection<StoredRecord>, id: string, batch: string): Promise<boolean> {
  try {
    await records.insertOne({ _id: id, _x: 1, _l: batch, _h: [batch], _r: 1 });
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Whether nobody came between. */
async function rewrite(
  records: mongo.Collection<StoredRecord>,
  record: StoredRecord,
  base: Image | null,
  left: readonly string[],
): Promise<boolean> {
  const unchanged = { _id: record._id, ...revisionOf(record) };
  const top = left.at(-1);
  if (top === undefined && base === null) return (await records.deleteOne(unchanged)).deletedCount === 1;
  const marks =
    top === undefined ? {} : { _l: top, _h: left, _r: (record._r ?? 0) + 1, ...(base === null ? { _x: 1 } : {}) };
  return (await records.replaceOne(unchanged, { ...base, ...marks })).matchedCount === 1;
}
