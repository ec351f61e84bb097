import type { AppendResult, NewEvent, RestoredEvent } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { inTransaction, toMongoStorageError } from '@datakeep/mongo';
import mongoose, { type mongo } from 'mongoose';
import type { ChangeLog } from '../changes/change-log.ts';
import { goneFields, type GoneEvent } from '../changes/change-record.ts';
import { answered, recordOf, type AnsweredRecord, type EventRecord } from '../event-record.ts';
import { indexedCopy } from '../indexed-copy.ts';
import { classifyRestored, type Lived } from './classify-restored.ts';
import type { SourceTotals, TotalsChange } from './source-totals.ts';
import { classifyList, isRefused, keyOf, type Existing } from './classify.ts';

export const removedTogether = 1000;

const objectId = (id: string): mongo.ObjectId => mongoose.Types.ObjectId.createFromHexString(id);

/**
 * The writes of events, each one transaction that also logs the change. It raises the log's counter first, so that of
 * two processes one fails before it has done anything.
 */
export class EventWriter {
  readonly #client: mongo.MongoClient;
  readonly #events: mongo.Collection<EventRecord>;
  readonly #log: ChangeLog;
  readonly #totals: SourceTotals;

  constructor(client: mongo.MongoClient, events: mongo.Collection<EventRecord>, log: ChangeLog, totals: SourceTotals) {
    this.#client = client;
    this.#events = events;
    this.#log = log;
    this.#totals = totals;
  }

  /** Each list whole or not at all; one in conflict leaves the others alone. */
  appendLists(lists: readonly (readonly NewEvent[])[]): Promise<AppendResult[][]> {
    const keys = lists.map((events) => events.map(keyOf));
    const count = lists.reduce((sum, events) => sum + events.length, 0);
    return this.#write(async (session) => {
      const log = await this.#log.reserve(count, session);
      const stored = await this.#existing(keys.flat(), session);
      const results = lists.map((events, list) => classifyList(events, keys[list] ?? [], stored));
      const created = lists.flatMap((events, list) => createdOf(events, keys[list] ?? [], results[list] ?? []));
      await this.#insert(created, session);
      await log({ change: 'created', ids: created.map(({ _id }) => _id) });
      return results;
    });
  }

  /** Events as they once were, whole or not at all, the id deciding what is the same. */
  restore(events: readonly RestoredEvent[]): Promise<AppendResult[]> {
    const keys = events.map(keyOf);
    return this.#write(async (session) => {
      const log = await this.#log.reserve(events.length, session);
      const results = classifyRestored(events, keys, await this.#lived(events, keys, session));
      const created = createdOf(events, keys, results);
      await this.#insert(created, session);
      await log({ change: 'created', ids: created.map(({ _id }) => _id) });
      return results;
    });
  }

  replace(id: string, payload: string, ifVersion?: number, modifiedBy?: string): Promise<AnsweredRecord> {
    const bytes = Buffer.byteLength(payload);
    const change = {
      $set: {
        text: payload,
        bytes,
        payload: indexedCopy(payload),
        ...(modifiedBy === undefined ? {} : { modifiedBy }),
      },
      $inc: { version: 1 },
      ...(modifiedBy === undefined ? { $unset: { modifiedBy: '' } } : {}),
    } as mongo.UpdateFilter<EventRecord>;
    return this.#write(async (session) => {
      const log = await this.#log.reserve(1, session);
      const options = { session, projection: answered, returnDocument: 'after' } as const;
      const before = await this.#events.findOne({ _id: objectId(id) }, { session, projection: { bytes: 1 } });
      const replaced = await this.#events.findOneAndUpdate(byId(id, ifVersion), change, options);
      if (!replaced) throw await this.#refusal(id, session);
      await log({ change: 'modified', ids: [replaced._id] });
      const { source } = replaced;
      const counted = (before as UncountedEvent | null)?.bytes;
      await this.#totals.add(
        [counted === undefined ? { source, events: 1, bytes } : { source, events: 0, bytes: bytes - counted }],
        session,
      );
      return replaced;
    });
  }

  remove(id: string, ifVersion?: number): Promise<void> {
    return this.#write(async (session) => {
      const log = await this.#log.reserve(1, session);
      const removed = await this.#events.findOneAndDelete(byId(id, ifVersion), { session, projection: removedFields });
      if (!removed) throw await this.#refusal(id, session);
      await log({ change: 'deleted', gone: [removed] });
      await this.#totals.add(lessBy([removed]), session);
    });
  }

  /** One step of a removal; answers how many went. Fewer than `removedTogether` are the last. */
  removeSome(source: string): Promise<number> {
    return this.#write(async (session) => {
      const log = await this.#log.reserve(removedTogether, session);
      const options = { session, projection: removedFields, limit: removedTogether };
      const gone: RemovedEvent[] = await this.#events.find({ source }, options).toArray();
      if (gone.length > 0) await this.#events.deleteMany({ _id: { $in: gone.map(({ _id }) => _id) } }, { session });
      await log({ change: 'deleted', gone });
      await this.#totals.add(lessBy(gone), session);
      return gone.length;
    });
  }

  async #write<R>(work: (session: mongo.ClientSession) => Promise<R>): Promise<R> {
    try {
      return await inTransaction(this.#client, work);
    } catch (error) {
      throw toMongoStorageError(error, 'write');
    }
  }

  async #refusal(id: string, session: mongo.ClientSession): Promise<DatakeepError> {
    const there = await this.#events.findOne({ _id: objectId(id) }, { session, projection: { _id: 1 } });
    return new DatakeepError(there ? 'version-mismatch' : 'not-found');
  }

  async #insert(records: EventRecord[], session: mongo.ClientSession): Promise<void> {
    if (records.length === 0) return;
    await this.#events.insertMany(records, { session, ordered: true });
    const more = records.map(({ source, bytes }) => ({ source, events: 1, bytes }));
    await this.#totals.add(more, session);
  }

  async #existing(keys: readonly (string | undefined)[], session: mongo.ClientSession): Promise<Map<string, Existing>> {
    const named = [...new Set(keys.filter((key) => key !== undefined))];
    if (named.length === 0) return new Map();
    const projection = { key: 1, digest: 1, created: 1, accepted: 1 } as const;
    const found = await this.#events.find({ key: { $in: named } }, { session, projection }).toArray();
    return new Map(
      found.map(({ _id, key, digest, created, accepted }) => [
        key as string,
        { id: _id.toHexString(), acceptedAt: accepted.getTime(), createdAt: created.getTime(), digest },
      ]),
    );
  }

  async #lived(
    events: readonly RestoredEvent[],
    keys: readonly (string | undefined)[],
    session: mongo.ClientSession,
  ): Promise<Lived[]> {
    const options = { session, projection: { ...answered, key: 1 } };
    const lived = await this.#events.find({ _id: { $in: events.map(({ id }) => objectId(id)) } }, options).toArray();
    const named = keys.filter((key) => key !== undefined);
    if (named.length === 0) return lived;
    return [...lived, ...(await this.#events.find({ key: { $in: named } }, options).toArray())];
  }
}

const removedFields = { ...goneFields, bytes: 1 } as const;
/** Events of a release before the totals have no `bytes`: they are in none. */
type UncountedEvent = Partial<Pick<EventRecord, 'bytes'>>;
type RemovedEvent = GoneEvent & UncountedEvent;

const lessBy = (removed: readonly RemovedEvent[]): readonly TotalsChange[] =>
  removed.flatMap(({ source, bytes }) => (bytes === undefined ? [] : { source, events: -1, bytes: -bytes }));

const byId = (id: string, version: number | undefined): mongo.Filter<EventRecord> => ({
  _id: objectId(id),
  ...(version === undefined ? {} : { version }),
});

/** The records that a list creates: none where it is in conflict. */
function createdOf(
  events: readonly (NewEvent | RestoredEvent)[],
  keys: readonly (string | undefined)[],
  results: readonly AppendResult[],
): EventRecord[] {
  if (isRefused(results)) return [];
  return events.flatMap((event, index) => (results[index]?.status === 'created' ? [recordOf(event, keys[index])] : []));
}
