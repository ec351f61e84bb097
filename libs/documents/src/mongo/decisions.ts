import { isDuplicateKey } from '@datakeep/kernel';
import type { mongo } from 'mongoose';
import type { Image } from './record.ts';

/** What a committed batch made of one document; null: it is gone. */
export interface Outcome {
  readonly collection: string;
  readonly id: string;
  readonly image: Image | null;
}

/** The one record by which a batch is committed or undone; never changed. */
export interface Decision {
  readonly _id: string;
  readonly committed: boolean;
  readonly outcomes: readonly Outcome[];
}

export class Decisions {
  readonly #records: mongo.Collection<Decision>;
  readonly #maxTimeMS: number;
  /** Batches that were committed through this process. */
  readonly #own = new Set<string>();

  constructor(database: mongo.Db, maxTimeMS: number) {
    this.#records = database.collection('document_decisions');
    this.#maxTimeMS = maxTimeMS;
  }

  /** Whether the batch is decided so now; false where another decision stood already. The unique id lets one of two win. */
  async decide(batch: string, outcomes: readonly Outcome[] | undefined): Promise<boolean> {
    const committed = outcomes !== undefined;
    try {
      await this.#records.insertOne({ _id: batch, committed, outcomes: outcomes ?? [] });
      if (committed) this.#own.add(batch);
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return (await this.find(batch))?.committed === committed;
    }
  }

  async find(batch: string): Promise<Decision | undefined> {
    return (await this.#records.findOne({ _id: batch }, { maxTimeMS: this.#maxTimeMS })) ?? undefined;
  }

  async findAll(batches: readonly string[]): Promise<Map<string, Decision>> {
    if (batches.length === 0) return new Map();
    const found = await this.#records.find({ _id: { $in: [...batches] } }, { maxTimeMS: this.#maxTimeMS }).toArray();
    return new Map(found.map((decision) => [decision._id, decision]));
  }

  /** The batches that count for a reader who begins now. */
  async committed(): Promise<Set<string>> {
    const found = await this.#records
      .find({ committed: true }, { projection: { _id: 1 }, maxTimeMS: this.#maxTimeMS })
      .toArray();
    return new Set(found.map((decision) => decision._id));
  }

  /** Every decision that is kept, without its outcomes. */
  async all(): Promise<readonly Pick<Decision, '_id' | 'committed'>[]> {
    return this.#records.find({}, { projection: { committed: 1 }, maxTimeMS: this.#maxTimeMS }).toArray();
  }

  isOwn(batch: string): boolean {
    return this.#own.has(batch);
  }

  async forget(batch: string): Promise<void> {
    this.#own.delete(batch);
    await this.#records.deleteOne({ _id: batch });
  }
}

export function imageIn(decision: Decision, collection: string, id: string): Image | null {
  const outcome = decision.outcomes.find((one) => one.collection === collection && one.id === id);
  return outcome?.image ?? null;
}
