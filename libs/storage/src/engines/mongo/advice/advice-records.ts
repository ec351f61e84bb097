import { isDuplicateKey, toMongoStorageError } from '@datakeep/mongo';
import type { mongo } from 'mongoose';
import type { AdviceEntry, AdviceKind, AdviceStore } from '../../../advisor/index-engine.ts';

type StoredEntry = AdviceEntry & { readonly _id: string };
interface Lease {
  readonly _id: string;
  readonly holder: string;
  /** Ms since the epoch. */
  readonly until: number;
}

const leaseId = 'advisor';

/** The advisor's records in a collection beside the events, and the lease by which one process decides. */
export class AdviceRecords implements AdviceStore {
  readonly #entries: mongo.Collection<StoredEntry>;
  readonly #leases: mongo.Collection<Lease>;

  constructor(database: mongo.Db) {
    this.#entries = database.collection('index_advice');
    this.#leases = database.collection('index_leases');
  }

  async prepare(): Promise<void> {
    await stored('write', () => this.#entries.createIndex({ kind: 1, at: 1 }, { name: 'byTime' }));
  }

  async put(entries: readonly AdviceEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const replacements = entries.map((entry) => {
      const _id = `${entry.kind} ${entry.key}`;
      return { replaceOne: { filter: { _id }, replacement: entry, upsert: true } };
    });
    await stored('write', () => this.#entries.bulkWrite(replacements, { ordered: false }));
  }

  async swap(entry: AdviceEntry, before: string | undefined): Promise<boolean> {
    const _id = `${entry.kind} ${entry.key}`;
    const filter = { _id, value: before ?? { $exists: false } };
    try {
      const { matchedCount, upsertedCount } = await this.#entries.updateOne(
        filter as mongo.Filter<StoredEntry>,
        { $set: entry },
        { upsert: before === undefined },
      );
      return matchedCount + upsertedCount === 1;
    } catch (error) {
      // There is one, and the insert met it.
      if (isDuplicateKey(error)) return false;
      throw toMongoStorageError(error, 'write');
    }
  }

  async all(kind: AdviceKind, from = Number.MIN_SAFE_INTEGER): Promise<readonly AdviceEntry[]> {
    const found = await stored('read', () =>
      this.#entries.find({ kind, at: { $gte: from } }, { projection: { _id: 0 } }).toArray(),
    );
    return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  async remove(kind: AdviceKind, before: number): Promise<void> {
    await stored('write', () => this.#entries.deleteMany({ kind, at: { $lt: before } }));
  }

  async delete(kind: AdviceKind, key: string): Promise<void> {
    await stored('write', () => this.#entries.deleteOne({ _id: `${kind} ${key}` }));
  }

  async forget(profile: string): Promise<void> {
    await stored('write', () => this.#entries.deleteMany({ profile, kind: { $ne: 'index' } }));
  }

  async lease(holder: string, now: number, until: number): Promise<boolean> {
    const mine = { _id: leaseId, $or: [{ holder }, { until: { $lte: now } }] };
    try {
      await this.#leases.updateOne(mine, { $set: { holder, until } }, { upsert: true });
      return true;
    } catch (error) {
      // It is another's: no lease matched, and the insert met the one that is there.
      if (isDuplicateKey(error)) return false;
      throw toMongoStorageError(error, 'write');
    }
  }
}

async function stored<R>(kind: 'read' | 'write', action: () => Promise<R>): Promise<R> {
  try {
    return await action();
  } catch (error) {
    throw toMongoStorageError(error, kind);
  }
}
