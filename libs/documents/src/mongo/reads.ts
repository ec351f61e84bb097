import type { mongo } from 'mongoose';
import type { FindOrder } from './find-order.ts';
import type { StoredRecord } from './record.ts';
import type { ServerFilter } from './where.ts';

/** No read lasts longer, ms. */
const longestReadMs = 5000;
const limits = { maxTimeMS: longestReadMs } as const;
/** Of one moment, however many exchanges with the server it takes: no part of a transaction is seen. */
const ofOneMoment = { ...limits, readConcern: { level: 'snapshot' } } as const;

export class Reads {
  readonly #records: mongo.Collection<StoredRecord>;
  readonly #moment: () => mongo.ClientSession | undefined;

  /** `moment`: a session of one moment, which then is that of every `find`. */
  constructor(records: mongo.Collection<StoredRecord>, moment: () => mongo.ClientSession | undefined) {
    this.#records = records;
    this.#moment = moment;
  }

  async get(id: string): Promise<StoredRecord | undefined> {
    return (await this.#records.findOne({ _id: id }, limits)) ?? undefined;
  }

  find(where: ServerFilter, { sort, after }: FindOrder, limit: number): Promise<StoredRecord[]> {
    const parts = [where, after].filter((part) => Object.keys(part).length > 0);
    const filter = (parts.length === 0 ? {} : { $and: parts }) as mongo.Filter<StoredRecord>;
    const session = this.#moment();
    return this.#records
      .find(filter, session ? { ...limits, session } : ofOneMoment)
      .sort(sort)
      .limit(limit)
      .toArray();
  }

  count(where: ServerFilter): Promise<number> {
    return this.#records.countDocuments(where as mongo.Filter<StoredRecord>, ofOneMoment);
  }

  async sum(field: string, where: ServerFilter): Promise<number> {
    const groups = this.#records.aggregate<{ readonly total: number }>(
      [{ $match: where }, { $group: { _id: null, total: { $sum: `$${field}` } } }],
      ofOneMoment,
    );
    return (await groups.next())?.total ?? 0;
  }
}
