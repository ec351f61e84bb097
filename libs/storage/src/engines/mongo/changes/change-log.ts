import { type Clock, type Logger, type Timer } from '@datakeep/kernel';
import { isDuplicateKey } from '@datakeep/mongo';
import type { mongo } from 'mongoose';
import { changesKeptMs } from '../../change-limits.ts';
import {
  recordAfter,
  sizeOf,
  eventsPerRecord,
  type ChangeCounter,
  type ChangeRecord,
  type ChangedEvents,
} from './change-record.ts';

/** How often what is older than changes are kept is looked for, ms. */
const pruneMs = 3_600_000;
const counterId = 'changes';

/** The writing side of the log (change-record.ts). */
export class ChangeLog {
  readonly #log: mongo.Collection<ChangeRecord>;
  readonly #counters: mongo.Collection<ChangeCounter>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #timer: Timer | undefined;
  #pruning: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(database: mongo.Db, clock: Clock, logger: Logger) {
    this.#log = database.collection('event_changes');
    this.#counters = database.collection('event_counters');
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Makes the collections, which no transaction can, and their indexes. */
  async open(): Promise<void> {
    await this.#log.createIndex({ change: 1, _id: 1 }, { name: 'byChange' });
    await this.#log.createIndex({ modified: 1, _id: 1 }, { name: 'byModified' });
    try {
      await this.#counters.insertOne({ _id: counterId, last: 0, pruned: 0 });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    this.#pruneLater();
  }

  /** Resolves when a look for what is old is over; there is no other. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#pruning;
  }

  /**
   * Reserves numbers in the log for a change of at most `events` events, as the first step of a transaction. Returns
   * the function that its last step calls.
   */
  async reserve(events: number, session: mongo.ClientSession): Promise<(change: ChangedEvents) => Promise<void>> {
    const records = Math.ceil(events / eventsPerRecord);
    const options = { session, returnDocument: 'after' } as const;
    const counter = await this.#counters.findOneAndUpdate({ _id: counterId }, { $inc: { last: records } }, options);
    const first = (counter?.last ?? 0) - records + 1;
    return async (change) => {
      const logged = this.#recordsOf(change, first);
      if (logged.length > 0) await this.#log.insertMany(logged, { session, ordered: true });
    };
  }

  /** Places up to this number are gone, and the next change has a larger one. */
  async outdate(sequence: number): Promise<void> {
    const record = recordAfter(sequence);
    await this.#counters.updateOne({ _id: counterId }, { $max: { last: record, pruned: record } });
  }

  #recordsOf({ change, ids, gone }: ChangedEvents, first: number): ChangeRecord[] {
    const at = new Date(this.#clock.now());
    const records: ChangeRecord[] = [];
    for (
      let start = 0;
      start < sizeOf({ change, ...(ids && { ids }), ...(gone && { gone }) });
      start += eventsPerRecord
    ) {
      const part = ids
        ? { ids: ids.slice(start, start + eventsPerRecord) }
        : { gone: (gone ?? []).slice(start, start + eventsPerRecord) };
      const [modified] = change === 'modified' ? (ids ?? []) : [];
      records.push({ _id: first + records.length, at, change, ...part, ...(modified && { modified }) });
    }
    return records;
  }

  #pruneLater(): void {
    if (this.#closed) return;
    this.#timer = this.#clock.setTimer(pruneMs, () => {
      this.#pruning = this.#prune()
        .catch((error: unknown) =>
          this.#logger.error(
            'Old changes could not be forgotten; the next look does it.',
            { engine: 'mongodb' },
            error,
          ),
        )
        .then(() => this.#pruneLater());
    });
  }

  /** The mark first: a reader that misses a record finds it. */
  async #prune(): Promise<void> {
    const before = new Date(this.#clock.now() - changesKeptMs);
    // Records of creation stay: a reader that begins at the first event needs them.
    const old: mongo.Filter<ChangeRecord> = { change: { $in: ['modified', 'deleted'] }, at: { $lt: before } };
    const newest = await this.#log.findOne(old, { projection: { _id: 1 }, sort: { _id: -1 } });
    if (!newest) return;
    await this.#counters.updateOne({ _id: counterId }, { $max: { pruned: newest._id } });
    await this.#log.deleteMany({ ...old, _id: { $lte: newest._id } });
  }
}
