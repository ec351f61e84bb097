import { randomBytes } from 'node:crypto';
import { duplicatePlaces, isDuplicateKey, type Clock, type Logger } from '@datakeep/kernel';
import type { mongo } from 'mongoose';
import { changesKeptMs } from '../../change-place.ts';
import type { EventRecord } from '../event-record.ts';
import { sizeOf, toldTogether, type ChangeRecord, type IntentRecord, type ToldChange } from './change-record.ts';

interface Waiting {
  readonly change: ToldChange;
  readonly intent: string | undefined;
}

const recordsTogether = 100;
/** How often what is older than changes are kept is looked for: some servers read the whole log for it, ms. */
const pruneMs = 3_600_000;

/** The writing side of the log (change-record.ts). */
export class ChangeLog {
  readonly #log: mongo.Collection<ChangeRecord>;
  readonly #intents: mongo.Collection<IntentRecord>;
  readonly #pruned: mongo.Collection<{ readonly _id: number }>;
  readonly #events: mongo.Collection<EventRecord>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #logger: Logger;
  readonly #watched = new Map<string, number>();
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #last: number | undefined;
  #pruneAt = 0;
  /** Told after each record. */
  onTold: () => void = () => undefined;

  constructor(database: mongo.Db, events: mongo.Collection<EventRecord>, clock: Pick<Clock, 'now'>, logger: Logger) {
    this.#log = database.collection('event_changes');
    // What follows an intent is acknowledged by the majority, and whatever came before with it.
    this.#intents = database.collection('event_intents', { writeConcern: { w: 1 } });
    this.#pruned = database.collection('event_changes_pruned');
    this.#events = events;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Makes the indexes; the events of a keep that had no log yet are told as created. */
  async open(): Promise<void> {
    // A log that begins today has nothing old.
    if ((await this.lastRecord()) === undefined) this.#pruneAt = this.#clock.now() + pruneMs;
    await this.#log.createIndex({ batch: 1 }, { name: 'byBatch', sparse: true });
    await this.#log.createIndex({ change: 1, _id: 1 }, { name: 'byChange' });
    await this.#log.createIndex({ modified: 1, _id: 1 }, { name: 'byModified' });
    if ((await this.#pruned.findOne({ _id: 0 })) === null) {
      let ids: mongo.ObjectId[] = [];
      for await (const { _id } of this.#events
        .find({}, { projection: { _id: 1 } })
        .sort({ _id: 1 })
        .batchSize(toldTogether)) {
        ids.push(_id);
        if (ids.length < toldTogether) continue;
        this.tell({ change: 'created', ids });
        await this.settled();
        ids = [];
      }
      this.tell({ change: 'created', ids });
      await this.settled();
      await this.#markPruned(0);
    }
  }

  /** Before events are changed by a write that no batch is behind. Answers what `tell` or `cancel` wants. */
  async intend(change: ToldChange): Promise<string> {
    const intent = randomBytes(12).toString('hex');
    await this.#intents.insertOne({ _id: intent, ...change });
    return intent;
  }

  /** Nothing was changed after all. Best effort: a sweep finds the same. */
  cancel(intent: string): void {
    void this.#intents.deleteOne({ _id: intent }).catch(() => undefined);
  }

  /** Queues what was changed for the log. `settled` waits for it; where the log cannot be written, a sweep does it later. */
  tell(change: ToldChange, intent?: string): void {
    const { ids, gone, ...rest } = change;
    for (let start = 0; start < sizeOf(change); start += toldTogether) {
      const last = start + toldTogether >= sizeOf(change);
      const part = ids
        ? { ids: ids.slice(start, start + toldTogether) }
        : { gone: gone?.slice(start, start + toldTogether) ?? [] };
      this.#waiting.push({ change: { ...rest, ...part }, intent: last ? intent : undefined });
    }
    if (sizeOf(change) === 0 && intent !== undefined) this.cancel(intent);
    if (this.#waiting.length > 0) this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** Resolves when what was told so far is in the log, or was left to a sweep. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** The last record's number; 0 where there is none. */
  async lastRecord(): Promise<ChangeRecord | undefined> {
    return (await this.#log.find({}).sort({ _id: -1 }).limit(1).toArray())[0];
  }

  /** The number of the event's last modification in the log; 0 where there is none. */
  async lastModification(event: mongo.ObjectId): Promise<number> {
    const options = { projection: { _id: 1 }, sort: { _id: -1 } } as const;
    return (await this.#log.findOne({ modified: event }, options))?._id ?? 0;
  }

  /** The batch is committed: its events are in the log when this resolves. */
  async ensureTold(batch: string): Promise<void> {
    await this.settled();
    if ((await this.#log.findOne({ batch }, { projection: { _id: 1 } })) !== null) return;
    const ids = (await this.#events.find({ batch }, { projection: { _id: 1 } }).toArray()).map((event) => event._id);
    this.tell({ change: 'created', ids, batch });
    await this.settled();
    if (ids.length > 0 && (await this.#log.findOne({ batch }, { projection: { _id: 1 } })) === null)
      throw new Error('the log of changes cannot be written');
  }

  /** Tells of what was abandoned longer ago than `abandonedMs`, and forgets what is older than changes are kept. */
  async sweep(abandonedMs: number): Promise<void> {
    const intents = await this.#intents.find({}).toArray();
    const now = performance.now();
    const seen = new Set(intents.map((intent) => intent._id));
    for (const id of this.#watched.keys()) if (!seen.has(id)) this.#watched.delete(id);
    for (const { _id, ...change } of intents) {
      const since = this.#watched.get(_id) ?? now;
      this.#watched.set(_id, since);
      if (now - since > abandonedMs) this.tell(await this.#whatHappened(change), _id);
    }
    await this.settled();
    if (this.#clock.now() < this.#pruneAt) return;
    this.#pruneAt = this.#clock.now() + pruneMs;
    await this.#prune();
  }

  async #whatHappened({ ids, gone, ...rest }: ToldChange): Promise<ToldChange> {
    const named = ids ?? gone?.map((event) => event._id) ?? [];
    const found = await this.#events.find({ _id: { $in: [...named] } }, { projection: { _id: 1 } }).toArray();
    const there = new Set(found.map((event) => event._id.toHexString()));
    if (gone) return { ...rest, gone: gone.filter((event) => !there.has(event._id.toHexString())) };
    return { ...rest, ids: named.filter((id) => there.has(id.toHexString())) };
  }

  async #prune(): Promise<void> {
    const last = await this.lastRecord();
    if (!last) return;
    const before = new Date(this.#clock.now() - changesKeptMs);
    // Records of creation stay: whoever begins at the first event needs them. The last record stays: its number is never used again.
    const old = {
      change: { $in: ['modified', 'deleted'] as const },
      at: { $lt: before },
      _id: { $lt: last._id },
    } as mongo.Filter<ChangeRecord>;
    const [oldest] = await this.#log
      .find(old, { projection: { _id: 1 } })
      .sort({ _id: -1 })
      .limit(1)
      .toArray();
    if (!oldest) return;
    await this.#markPruned(oldest._id);
    await this.#log.deleteMany({ ...old, _id: { $lte: oldest._id } } as mongo.Filter<ChangeRecord>);
  }

  /** The last record that may be missing. */
  async prunedUntil(): Promise<number> {
    return (await this.#pruned.find({}).sort({ _id: -1 }).limit(1).toArray())[0]?._id ?? 0;
  }

  async #markPruned(until: number): Promise<void> {
    try {
      await this.#pruned.insertOne({ _id: until });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, recordsTogether);
      try {
        await this.#insert(group.map((entry) => entry.change));
        this.onTold();
        const intents = group.map((entry) => entry.intent).filter((intent) => intent !== undefined);
        if (intents.length > 0) await this.#intents.deleteMany({ _id: { $in: intents } });
      } catch (error) {
        this.#last = undefined;
        this.#logger.warn('Changes could not be told yet; a sweep does it.', {
          engine: 'mongodb',
          reason: error instanceof Error ? error.name : 'unknown',
        });
      }
    }
  }

  /** One record each, under numbers that nobody else has; who loses a race for one takes the next. */
  async #insert(changes: readonly ToldChange[]): Promise<void> {
    const at = new Date(this.#clock.now());
    let rest = changes;
    while (rest.length > 0) {
      const last = (this.#last ??= (await this.lastRecord())?._id ?? 0);
      try {
        await this.#log.insertMany(
          rest.map((change, index) => {
            const [modified] = change.change === 'modified' ? (change.ids ?? []) : [];
            return { _id: last + 1 + index, at, ...change, ...(modified ? { modified } : {}) };
          }),
          { ordered: true },
        );
        this.#last = last + rest.length;
        return;
      } catch (error) {
        const [refused] = duplicatePlaces(error) ?? [];
        if (refused === undefined) throw error;
        rest = rest.slice(refused);
        this.#last = undefined;
      }
    }
  }
}
