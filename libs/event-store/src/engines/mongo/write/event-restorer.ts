import { setTimeout as delay } from 'node:timers/promises';
import type { AppendResult, RestoredEvent } from '@datakeep/contracts';
import { duplicatePlaces } from '@datakeep/kernel';
import mongoose, { type mongo } from 'mongoose';
import type { ChangeLog } from '../changes/change-log.ts';
import { answered, recordOf, type AnsweredRecord, type EventRecord } from '../event-record.ts';
import type { Batches } from './batches.ts';
import { keyOf } from './judge.ts';

const pollMs = 50;

type Lived = AnsweredRecord & Pick<EventRecord, 'key'>;

/** Events as they once were, whole or not at all: by the protocol of batches.ts, the id deciding what is the same. */
export class EventRestorer {
  readonly #events: mongo.Collection<EventRecord>;
  readonly #batches: Batches;
  readonly #log: ChangeLog;

  constructor(events: mongo.Collection<EventRecord>, batches: Batches, log: ChangeLog) {
    this.#events = events;
    this.#batches = batches;
    this.#log = log;
  }

  async restore(events: readonly RestoredEvent[]): Promise<AppendResult[]> {
    const keys = events.map((event) => keyOf(event));
    for (;;) {
      const results = await this.#judge(events, keys);
      const created = events.filter((_, index) => results[index]?.status === 'created');
      if (created.length === 0 || results.some((result) => result.status === 'conflict')) return results;
      if (await this.#insert(created)) return results;
    }
  }

  /** Whether they are committed now; false where something that is not decided stood in the way, or somebody took the batch for abandoned. */
  async #insert(events: readonly RestoredEvent[]): Promise<boolean> {
    const batch = await this.#batches.begin();
    try {
      const records = events.map((event) => recordOf(event, keyOf(event), batch));
      await this.#batches.markUnshadowed(records);
      await this.#events.insertMany(records, { ordered: true });
      if (!(await this.#batches.decide(batch, true))) return false;
      this.#log.tell({
        change: 'created',
        ids: events.map((event) => mongoose.Types.ObjectId.createFromHexString(event.id)),
        batch,
      });
      return true;
    } catch (error) {
      // Best effort: what fails here is found by a sweep.
      await this.#batches.undo(batch).catch(() => undefined);
      if (duplicatePlaces(error) === undefined) throw error;
      return false;
    }
  }

  async #judge(events: readonly RestoredEvent[], keys: readonly (string | undefined)[]): Promise<AppendResult[]> {
    const lived = await this.#lived(events, keys);
    const byId = new Map(lived.map((record) => [record._id.toHexString(), record]));
    const byKey = new Map<string, string>(
      lived.flatMap((record) => (record.key === undefined ? [] : [[record.key, record._id.toHexString()]])),
    );
    return events.map((event, index) => {
      const there = byId.get(event.id);
      if (there)
        return {
          id: event.id,
          acceptedAt: there.accepted.getTime(),
          status: isSame(there, event) ? 'duplicate' : 'conflict',
        };
      const key = keys[index];
      const holder = key === undefined ? undefined : byKey.get(key);
      if (key !== undefined) byKey.set(key, event.id);
      return { id: event.id, acceptedAt: event.acceptedAt, status: holder === undefined ? 'created' : 'conflict' };
    });
  }

  /** What lives under these ids and keys, once no open batch holds any of them. An abandoned batch is undone. */
  async #lived(events: readonly RestoredEvent[], keys: readonly (string | undefined)[]): Promise<Lived[]> {
    const ids = events.map((event) => mongoose.Types.ObjectId.createFromHexString(event.id));
    const named = keys.filter((key) => key !== undefined);
    const started = performance.now();
    for (;;) {
      const projection = { ...answered, key: 1 } as const;
      const found: Lived[] = await this.#events.find({ _id: { $in: ids } }, { projection }).toArray();
      if (named.length > 0) found.push(...(await this.#events.find({ key: { $in: named } }, { projection }).toArray()));
      let open = false;
      for (const batch of new Set(found.map((record) => record.batch).filter((mark) => mark !== undefined))) {
        const state = await this.#batches.state(batch);
        if (state === 'committed') continue;
        open = true;
        if (state === 'undone' || performance.now() - started > this.#batches.abandonedMs)
          await this.#batches.undo(batch);
      }
      if (!open) return found;
      await delay(pollMs * (0.5 + Math.random()));
    }
  }
}

function isSame(record: Lived, event: RestoredEvent): boolean {
  return (
    record.profile === event.profile &&
    record.source === event.source &&
    record.identifier === event.identifier &&
    record.created.getTime() === event.createdAt &&
    record.accepted.getTime() === event.acceptedAt &&
    record.version === event.version &&
    record.modifiedBy === event.modifiedBy &&
    record.text === event.payload
  );
}
