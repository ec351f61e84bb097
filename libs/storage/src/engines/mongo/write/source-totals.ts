import type { SourceUsage } from '@datakeep/contracts';
import type { mongo } from 'mongoose';

interface SourceTotalsRecord {
  /** The source. */
  readonly _id: string;
  readonly events: number;
  readonly bytes: number;
}

/** An event as it was before and is after a write. */
export interface TotalsChange {
  readonly source: string;
  readonly events: number;
  readonly bytes: number;
}

/** The totals of each source, changed in the transaction that changes its events. */
export class SourceTotals {
  readonly #records: mongo.Collection<SourceTotalsRecord>;

  constructor(database: mongo.Db) {
    this.#records = database.collection('sourceTotals');
  }

  async add(changes: Iterable<TotalsChange>, session: mongo.ClientSession): Promise<void> {
    const sums = new Map<string, { events: number; bytes: number }>();
    for (const { source, events, bytes } of changes) {
      const sum = sums.get(source) ?? { events: 0, bytes: 0 };
      sums.set(source, { events: sum.events + events, bytes: sum.bytes + bytes });
    }
    // By name: two transactions that change the same sources in another order would each wait for the other.
    for (const [_id, $inc] of [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      await this.#records.updateOne({ _id }, { $inc }, { session, upsert: true });
  }

  async of(source: string, maxTimeMS: number): Promise<SourceUsage> {
    const found = await this.#records.findOne({ _id: source }, { maxTimeMS });
    // Releases of 30 November 2026 and the day after counted events down that were in no total, and their bytes to NaN.
    return { events: Math.max(0, found?.events ?? 0), bytes: found?.bytes || 0 };
  }
}
