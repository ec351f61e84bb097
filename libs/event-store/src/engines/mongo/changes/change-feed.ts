import type { ChangePage, ChangesQuery, EventChange } from '@datakeep/contracts';
import type { mongo } from 'mongoose';
import { changePageRows, changePageUnits, changesGone, placeFrom, placeText } from '../../change-place.ts';
import { answered, eventHeadText, eventText, type AnsweredRecord, type EventRecord } from '../event-record.ts';
import type { Batches } from '../write/batches.ts';
import type { ChangeLog } from './change-log.ts';
import { sequenceOf, sizeOf, toldTogether, type ChangeRecord, type GoneEvent } from './change-record.ts';

interface Told {
  readonly sequence: number;
  readonly change: EventChange['change'];
  readonly id?: mongo.ObjectId;
  readonly gone?: GoneEvent;
}

const fetchedTogether = 200;

/** The reading side of the log (change-record.ts). */
export class ChangeFeedReader {
  readonly #log: ChangeLog;
  readonly #records: mongo.Collection<ChangeRecord>;
  readonly #events: mongo.Collection<EventRecord>;
  readonly #batches: Batches;

  constructor(database: mongo.Db, log: ChangeLog, events: mongo.Collection<EventRecord>, batches: Batches) {
    this.#log = log;
    this.#records = database.collection('event_changes');
    this.#events = events;
    this.#batches = batches;
  }

  /** The number of the last change; 0 where there is none. */
  async last(): Promise<number> {
    await this.#log.settled();
    const record = await this.#log.lastRecord();
    return record === undefined ? 0 : sequenceOf(record._id, sizeOf(record) - 1);
  }

  async page({ profiles, after, limit }: ChangesQuery): Promise<ChangePage> {
    await this.#log.settled();
    const { sequence: start, began } =
      after === undefined ? { sequence: 0, began: await this.last() } : placeFrom(after);
    const { told, complete } = await this.#told(start);
    // Records first, then the batches, then the events: what is told as created was committed before it was told.
    const committed = await this.#batches.committed(5000);
    const changes: EventChange[] = [];
    let sequence = start;
    let units = 0;
    let looked = 0;
    for (; looked < told.length && changes.length < limit && units < changePageUnits;) {
      const group = told.slice(looked, looked + fetchedTogether);
      const found = await this.#find(group, profiles, committed);
      const last = await this.#lastModifications(found);
      for (const one of group) {
        if (changes.length === limit || units >= changePageUnits) break;
        looked += 1;
        sequence = one.sequence;
        if (one.id && sequence < (last.get(one.id.toHexString()) ?? 0)) continue;
        const change = show(one, found, profiles);
        if (change === undefined) continue;
        units += change.json.length;
        changes.push({ ...change, place: placeText({ sequence, began }) });
      }
    }
    if (Math.max(start, began) < sequenceOf(await this.#log.prunedUntil(), 0)) throw changesGone();
    return { changes, next: placeText({ sequence, began }), more: looked < told.length || !complete };
  }

  /** What the log tells after a place, up to a bounded number. */
  async #told(start: number): Promise<{ told: Told[]; complete: boolean }> {
    const told: Told[] = [];
    const from = Math.floor(start / toldTogether);
    for await (const record of this.#records
      .find({ _id: { $gte: from } })
      .sort({ _id: 1 })
      .batchSize(20)) {
      if (told.length >= changePageRows) return { told, complete: false };
      const { _id, change, ids, gone } = record;
      for (let index = 0; index < sizeOf(record); index += 1) {
        const sequence = sequenceOf(_id, index);
        const [id, event] = [ids?.[index], gone?.[index]];
        if (sequence > start) told.push({ sequence, change, ...(id ? { id } : {}), ...(event ? { gone: event } : {}) });
      }
    }
    return { told, complete: true };
  }

  async #find(
    group: readonly Told[],
    profiles: readonly string[] | undefined,
    committed: ReadonlySet<string>,
  ): Promise<Map<string, AnsweredRecord>> {
    const ids = group.map((one) => one.id ?? one.gone?._id).filter((id) => id !== undefined);
    const found = new Map<string, AnsweredRecord>();
    if (ids.length === 0) return found;
    const condition = { _id: { $in: ids }, ...(profiles === undefined ? {} : { profile: { $in: [...profiles] } }) };
    for await (const record of this.#events.find(condition, { projection: answered }))
      if (record.batch === undefined || committed.has(record.batch)) found.set(record._id.toHexString(), record);
    return found;
  }

  /** By event, where it has versions: the place of the last one. */
  async #lastModifications(found: ReadonlyMap<string, AnsweredRecord>): Promise<Map<string, number>> {
    const modified = [...found.values()].filter((record) => record.version > 1);
    const last = modified.map(async ({ _id }): Promise<[string, number]> => [
      _id.toHexString(),
      sequenceOf(await this.#log.lastModification(_id), 0),
    ]);
    return new Map(await Promise.all(last));
  }
}

/** Undefined where a later change tells what became of the event, or it is of no profile that is asked for. */
function show(
  { change, id, gone }: Told,
  found: ReadonlyMap<string, AnsweredRecord>,
  profiles: readonly string[] | undefined,
): Omit<EventChange, 'place'> | undefined {
  if (gone) {
    if (profiles?.includes(gone.profile) === false || found.has(gone._id.toHexString())) return undefined;
    return { change, profile: gone.profile, json: `${eventHeadText(gone)}}` };
  }
  const record = id && found.get(id.toHexString());
  return record && { change, profile: record.profile, json: eventText(record, record.text) };
}
