import { DatakeepError } from '@datakeep/kernel';
import type { mongo } from 'mongoose';
import { imageIn, type Decision, type Decisions } from './decisions.ts';
import type { Found, FindOrder } from './find-order.ts';
import { baseOf, type Image, type StoredRecord } from './record.ts';
import type { Condition } from './where.ts';

/*
 * Reads are of one moment with respect to units. A document that a unit locked since the reader looked still has its old members, so
 * what the server finds by members is right for every document that was not locked at that look. Those that were are few; they are judged here by
 * the batches that were committed before the look.
 */

interface Moment {
  readonly locked: readonly StoredRecord[];
  /** What the locked documents are, for those that are there. */
  readonly found: readonly Found[];
}

export class Reads {
  readonly #records: mongo.Collection<StoredRecord>;
  readonly #collection: string;
  readonly #decisions: Decisions;
  readonly #stringOrder: boolean;
  readonly #longestMs: number;

  constructor(
    records: mongo.Collection<StoredRecord>,
    collection: string,
    decisions: Decisions,
    options: { stringOrder: boolean; longestMs: number },
  ) {
    this.#records = records;
    this.#collection = collection;
    this.#decisions = decisions;
    this.#stringOrder = options.stringOrder;
    this.#longestMs = options.longestMs;
  }

  async get(id: string): Promise<Found | undefined> {
    for (;;) {
      const record = await this.#records.findOne({ _id: id }, this.#limit());
      if (!record) return undefined;
      if (record._l === undefined) return foundOf(id, baseOf(record));
      const decisions = await this.#decisions.findAll(record._h ?? []);
      const after = await this.#records.findOne({ _id: id }, { ...this.#limit(), projection: { _l: 1, _r: 1 } });
      // Otherwise a decision may have been folded in and gone between the two looks.
      if (after?._l === record._l && after._r === record._r)
        return foundOf(
          id,
          this.#visible(record, (batch) => decisions.get(batch)),
        );
    }
  }

  /** `few`: most likely all that matches is less than `limit`. */
  async find(where: Condition, order: FindOrder, limit: number, few: boolean): Promise<Found[]> {
    const unlocked = few ? await this.#findUnlocked(where, limit) : undefined;
    if (unlocked) return unlocked.filter((one) => order.isAfter(one)).sort(order.compare);
    return this.#atOnce(async ({ locked, found }) => {
      const here = found.filter((one) => where.test(one.id, one.image) && order.isAfter(one));
      const inServer = this.#stringOrder
        ? await this.#findSorted(where, order, limit, locked)
        : await this.#findAndSort(where, order, limit, locked);
      return here.length === 0 ? inServer : [...inServer, ...here].sort(order.compare).slice(0, limit);
    });
  }

  async count(where: Condition): Promise<number> {
    return this.#atOnce(async ({ locked, found }) => {
      const here = found.filter((one) => where.test(one.id, one.image)).length;
      if (this.#stringOrder || !where.ordersStrings)
        return here + (await this.#records.countDocuments(filterOf(where, locked), this.#limit()));
      let counted = here;
      for await (const record of this.#records.find(filterOf({ ...where, filter: {} }, locked), this.#limit())) {
        if (where.test(record._id, baseOf(record) ?? {})) counted += 1;
      }
      return counted;
    });
  }

  async sum(field: string, where: Condition): Promise<number> {
    return this.#atOnce(async ({ locked, found }) => {
      const numberIn = (image: Image): number => (typeof image[field] === 'number' ? image[field] : 0);
      let sum = found.reduce((all, one) => all + (where.test(one.id, one.image) ? numberIn(one.image) : 0), 0);
      if (this.#stringOrder || !where.ordersStrings) {
        const groups = this.#records.aggregate<{ readonly total: number }>(
          [{ $match: filterOf(where, locked) }, { $group: { _id: null, total: { $sum: `$${field}` } } }],
          this.#limit(),
        );
        return sum + ((await groups.next())?.total ?? 0);
      }
      for await (const record of this.#records.find(filterOf({ ...where, filter: {} }, locked), this.#limit())) {
        const image = baseOf(record) ?? {};
        if (where.test(record._id, image)) sum += numberIn(image);
      }
      return sum;
    });
  }

  /** What matches, in one question that also asks for every document that is locked; undefined where there is one, or more than `limit` matches. */
  async #findUnlocked(where: Condition, limit: number): Promise<Found[] | undefined> {
    if (where.ordersStrings && !this.#stringOrder) return undefined;
    const records = await this.#records
      .find({ $or: [filterOf(where, []), { _l: { $exists: true } }] }, this.#limit())
      .limit(limit + 1)
      .toArray();
    if (records.length > limit || records.some((record) => record._l !== undefined)) return undefined;
    return records.flatMap((record) => foundOf(record._id, baseOf(record)) ?? []);
  }

  async #findSorted(
    where: Condition,
    order: FindOrder,
    limit: number,
    locked: readonly StoredRecord[],
  ): Promise<Found[]> {
    const filter = {
      ...filterOf(where, locked),
      ...(Object.keys(order.after).length > 0 ? { $and: [where.filter, order.after].filter(isAsked) } : {}),
    };
    const records = await this.#records.find(filter, this.#limit()).sort(order.sort).limit(limit).toArray();
    return records.flatMap((record) => foundOf(record._id, baseOf(record)) ?? []);
  }

  /** Where the server's order of strings is another: in memory for no more than twice the limit. */
  async #findAndSort(
    where: Condition,
    order: FindOrder,
    limit: number,
    locked: readonly StoredRecord[],
  ): Promise<Found[]> {
    let kept: Found[] = [];
    for await (const record of this.#records.find(
      filterOf(where.ordersStrings ? { ...where, filter: {} } : where, locked),
      this.#limit(),
    )) {
      const one = foundOf(record._id, baseOf(record));
      if (!one || !where.test(one.id, one.image) || !order.isAfter(one)) continue;
      kept.push(one);
      if (kept.length > limit * 2 + 100) kept = kept.sort(order.compare).slice(0, limit);
    }
    return kept.sort(order.compare).slice(0, limit);
  }

  async #atOnce<R>(read: (moment: Moment) => Promise<R>): Promise<R> {
    const end = performance.now() + this.#longestMs;
    for (;;) {
      const moment = await this.#look();
      const result = moment && (await read(moment));
      // Beyond this, marks that the reader relies on may have been taken off.
      if (performance.now() > end) throw new DatakeepError('storage-unreachable', undefined, { retryAfterSeconds: 1 });
      if (result !== undefined) return result;
    }
  }

  /** Undefined where a decision went between two steps: look again. */
  async #look(): Promise<Moment | undefined> {
    // Mostly nothing is locked, and then nothing else need be asked.
    if ((await this.#locked()).length === 0) return { locked: [], found: [] };
    const committed = await this.#decisions.committed();
    const locked = await this.#locked();
    const decisions = await this.#decisions.findAll(
      [...new Set(locked.flatMap((record) => record._h ?? []))].filter((batch) => committed.has(batch)),
    );
    const needed = locked.flatMap((record) => (record._h ?? []).filter((batch) => committed.has(batch)));
    if (needed.some((batch) => !decisions.has(batch))) return undefined;
    return {
      locked,
      found: locked.flatMap(
        (record) =>
          foundOf(
            record._id,
            this.#visible(record, (batch) => decisions.get(batch)),
          ) ?? [],
      ),
    };
  }

  #locked(): Promise<StoredRecord[]> {
    return this.#records.find({ _l: { $exists: true } }, this.#limit()).toArray();
  }

  #visible(record: StoredRecord, decisionOf: (batch: string) => Decision | undefined): Image | null {
    for (const batch of (record._h ?? []).toReversed()) {
      const decision = decisionOf(batch);
      if (decision?.committed === true) return imageIn(decision, this.#collection, record._id);
    }
    return baseOf(record);
  }

  #limit(): { maxTimeMS: number } {
    return { maxTimeMS: this.#longestMs };
  }
}

const isAsked = (filter: object): boolean => Object.keys(filter).length > 0;

/** By members, without the documents that were locked and those that are not there yet. */
function filterOf(where: Condition, locked: readonly StoredRecord[]): mongo.Filter<StoredRecord> {
  const others = locked.length === 0 ? {} : { _id: { $nin: locked.map((record) => record._id) } };
  return { ...where.filter, _x: { $exists: false }, ...others };
}

function foundOf(id: string, image: Image | null): Found | undefined {
  return image === null ? undefined : { id, image };
}
