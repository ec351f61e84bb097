import { setTimeout as delay } from 'node:timers/promises';
import type { AppendResult, NewEvent } from '@datakeep/contracts';
import { duplicatePlaces, isDuplicateKey } from '@datakeep/kernel';
import mongoose, { type mongo } from 'mongoose';
import type { ChangeLog } from '../changes/change-log.ts';
import { recordOf, type EventRecord } from '../event-record.ts';
import type { Batches } from './batches.ts';
import { judge, judgeAll, keyOf, type Twin } from './judge.ts';

const pollMs = 10;

/** Which list an event belongs to is nobody's business here: single events are atomic by themselves, lists go by the protocol of batches.ts. */
export class EventAppender {
  readonly #events: mongo.Collection<EventRecord>;
  readonly #batches: Batches;
  readonly #log: ChangeLog;

  constructor(events: mongo.Collection<EventRecord>, batches: Batches, log: ChangeLog) {
    this.#events = events;
    this.#batches = batches;
    this.#log = log;
  }

  /** Events of separate requests in one message. One outcome each, some of them later; a failure of the message is that of all. */
  async appendSingles(events: readonly NewEvent[]): Promise<(AppendResult | Promise<AppendResult>)[]> {
    const keys = events.map((event) => keyOf(event));
    let refused: readonly number[] = [];
    const ids = events.map((event) => mongoose.Types.ObjectId.createFromHexString(event.id));
    const intent = await this.#log.intend({ change: 'created', ids });
    try {
      const records = events.map((event, index) => recordOf(event, keys[index]));
      await this.#batches.markUnshadowed(records);
      await this.#events.insertMany(records, { ordered: false });
    } catch (error) {
      const places = duplicatePlaces(error);
      if (!places) throw error;
      refused = places;
    }
    this.#log.tell({ change: 'created', ids: ids.filter((_, index) => !refused.includes(index)) }, intent);
    const results: (AppendResult | Promise<AppendResult>)[] = events.map((event) => judge(event, undefined));
    for (const index of refused) results[index] = this.#resolve(events[index] as NewEvent, keys[index]);
    return results;
  }

  /** A list, whole or not at all. */
  async appendList(events: readonly NewEvent[]): Promise<AppendResult[]> {
    const keys = events.map((event) => keyOf(event));
    for (;;) {
      const results = await this.#attempt(events, keys);
      if (results) return results;
    }
  }

  /** One batch; undefined where somebody took it for abandoned, so that it is tried again under another id. */
  async #attempt(
    events: readonly NewEvent[],
    keys: readonly (string | undefined)[],
  ): Promise<AppendResult[] | undefined> {
    let twins = new Map<string, Twin>();
    let results = judgeAll(events, keys, twins);
    if (hasConflict(results)) {
      twins = await this.#twins(keys);
      results = judgeAll(events, keys, twins);
      if (hasConflict(results)) return results;
    }
    const batch = await this.#batches.begin();
    try {
      // In the order of their keys: whoever waits for another's key holds smaller ones only, so that no two lists wait for each other.
      const order = events.map((_, index) => index).sort((a, b) => compareKeys(keys[a], keys[b]));
      const inserted = new Set<number>();
      for (;;) {
        const waiting = order.filter((index) => results[index]?.status === 'created' && !inserted.has(index));
        const stopped = await this.#insertUntilRefused(events, keys, waiting, batch);
        for (const index of waiting.slice(0, stopped)) inserted.add(index);
        const blocked = waiting[stopped];
        if (blocked === undefined) break;
        await this.#whenDecided(keys[blocked]);
        twins = await this.#twins(keys, batch);
        results = judgeAll(events, keys, twins);
        if (hasConflict(results)) {
          await this.#batches.undo(batch);
          return results;
        }
      }
      if (inserted.size === 0) {
        await this.#batches.undo(batch);
        return results;
      }
      if (!(await this.#batches.decide(batch, true))) return undefined;
      const ids = [...inserted]
        .sort((a, b) => a - b)
        .map((index) => mongoose.Types.ObjectId.createFromHexString((events[index] as NewEvent).id));
      this.#log.tell({ change: 'created', ids, batch });
      return results;
    } catch (error) {
      // Best effort: what fails here is found by a sweep.
      await this.#batches.undo(batch).catch(() => undefined);
      throw error;
    }
  }

  /** Inserts in order; answers how many went in before one was refused, or all of them. */
  async #insertUntilRefused(
    events: readonly NewEvent[],
    keys: readonly (string | undefined)[],
    places: readonly number[],
    batch: string,
  ): Promise<number> {
    if (places.length === 0) return 0;
    try {
      const records = places.map((index) => recordOf(events[index] as NewEvent, keys[index], batch));
      await this.#batches.markUnshadowed(records);
      await this.#events.insertMany(records, { ordered: true });
      return places.length;
    } catch (error) {
      const refused = duplicatePlaces(error);
      if (refused?.[0] === undefined) throw error;
      return refused[0];
    }
  }

  /** The outcome of a single event that a unique index refused. */
  async #resolve(event: NewEvent, key: string | undefined): Promise<AppendResult> {
    for (;;) {
      const twin = key === undefined ? undefined : await this.#whenDecided(key);
      if (twin) return twin.id === event.id ? judge(event, undefined) : judge(event, twin);
      const ids = [mongoose.Types.ObjectId.createFromHexString(event.id)];
      const intent = await this.#log.intend({ change: 'created', ids });
      try {
        const record = recordOf(event, key);
        await this.#batches.markUnshadowed([record]);
        await this.#events.insertOne(record);
        this.#log.tell({ change: 'created', ids }, intent);
        return judge(event, undefined);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
      this.#log.tell({ change: 'created', ids }, intent);
      // The driver sent it twice, and the first time went through: ids are made once.
      const own = await this.#events.findOne(
        { _id: mongoose.Types.ObjectId.createFromHexString(event.id) },
        { projection: { key: 1 } },
      );
      if (own && own.key === key) return judge(event, undefined);
    }
  }

  /** What lives under the key, once no open batch holds it. An abandoned batch is undone. */
  async #whenDecided(key: string | undefined): Promise<Twin | undefined> {
    const started = performance.now();
    for (;;) {
      const record = key === undefined ? null : await this.#events.findOne({ key }, { projection: twinFields });
      if (!record) return undefined;
      const state = record.batch === undefined ? 'committed' : await this.#batches.state(record.batch);
      if (state === 'committed') return twinOf(record);
      if (state === 'undone' || performance.now() - started > this.#batches.abandonedMs)
        await this.#batches.undo(record.batch as string);
      else await delay(pollMs * (0.5 + Math.random()));
    }
  }

  /** What lives under these keys, but for events of this batch and of open ones. */
  async #twins(keys: readonly (string | undefined)[], own?: string): Promise<Map<string, Twin>> {
    const asked = [...new Set(keys.filter((key) => key !== undefined))];
    const records = await this.#events.find({ key: { $in: asked } }, { projection: twinFields }).toArray();
    const twins = new Map<string, Twin>();
    const states = new Map<string, boolean>();
    for (const record of records) {
      if (record.batch !== undefined && record.batch !== own && !states.has(record.batch))
        states.set(record.batch, (await this.#batches.state(record.batch)) === 'committed');
      if (record.batch === undefined || states.get(record.batch) === true)
        twins.set(record.key as string, twinOf(record));
    }
    return twins;
  }
}

const twinFields = { key: 1, digest: 1, created: 1, accepted: 1, batch: 1 } as const;

function twinOf(record: Pick<EventRecord, '_id' | 'digest' | 'created' | 'accepted'>): Twin {
  return {
    id: record._id.toHexString(),
    acceptedAt: record.accepted.getTime(),
    createdAt: record.created.getTime(),
    digest: record.digest,
  };
}

const hasConflict = (results: readonly AppendResult[]): boolean =>
  results.some((result) => result.status === 'conflict');

function compareKeys(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  return b === undefined || a < b ? -1 : 1;
}
