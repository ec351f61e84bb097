import type { ChangePage, ChangesQuery, EventChange } from '@datakeep/contracts';
import type { mongo } from 'mongoose';
import { changePageRows, changePageUnits } from '../../change-limits.ts';
import { changesGone, placeFrom, placeText } from '../../change-place.ts';
import { answered, eventHeadText, eventText, type AnsweredRecord, type EventRecord } from '../event-record.ts';
import {
  sequenceOf,
  sizeOf,
  eventsPerRecord,
  type ChangeCounter,
  type ChangeRecord,
  type GoneEvent,
} from './change-record.ts';

interface LoggedChange {
  readonly sequence: number;
  readonly change: EventChange['change'];
  readonly id?: mongo.ObjectId;
  readonly gone?: GoneEvent;
}

const fetchedTogether = 200;

/** The reading side of the log (change-record.ts). A page is of one moment: its reads are of one session. */
export class ChangeFeedReader {
  readonly #records: mongo.Collection<ChangeRecord>;
  readonly #counters: mongo.Collection<ChangeCounter>;
  readonly #events: mongo.Collection<EventRecord>;

  constructor(database: mongo.Db, events: mongo.Collection<EventRecord>) {
    this.#records = database.collection('event_changes');
    this.#counters = database.collection('event_counters');
    this.#events = events;
  }

  /** The number after which the next change comes. */
  async last(session?: mongo.ClientSession): Promise<number> {
    const counter = await this.#counters.findOne({}, { ...(session && { session }) });
    return sequenceOf(counter?.last ?? 0, eventsPerRecord - 1);
  }

  async page({ profiles, after, limit }: ChangesQuery, session: mongo.ClientSession): Promise<ChangePage> {
    const { sequence: start, began } =
      after === undefined ? { sequence: 0, began: await this.last(session) } : placeFrom(after);
    const counter = await this.#counters.findOne({}, { session });
    if (Math.max(start, began) < sequenceOf(counter?.pruned ?? 0, 0)) throw changesGone();
    const { logged, complete } = await this.#logged(start, session);
    const changes: EventChange[] = [];
    let sequence = start;
    let units = 0;
    let looked = 0;
    while (looked < logged.length && changes.length < limit && units < changePageUnits) {
      const group = logged.slice(looked, looked + fetchedTogether);
      const found = await this.#find(group, profiles, session);
      const last = await this.#lastModifications(found, session);
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
    return { changes, next: placeText({ sequence, began }), more: looked < logged.length || !complete };
  }

  /** The log's entries after a position, up to a bounded number. */
  async #logged(start: number, session: mongo.ClientSession): Promise<{ logged: LoggedChange[]; complete: boolean }> {
    const logged: LoggedChange[] = [];
    const from = Math.floor(start / eventsPerRecord);
    const records = this.#records.find({ _id: { $gte: from } }, { session });
    for await (const record of records.sort({ _id: 1 }).batchSize(20)) {
      if (logged.length >= changePageRows) return { logged, complete: false };
      const { _id, change, ids, gone } = record;
      for (let index = 0; index < sizeOf(record); index += 1) {
        const sequence = sequenceOf(_id, index);
        const [id, event] = [ids?.[index], gone?.[index]];
        if (sequence > start)
          logged.push({ sequence, change, ...(id ? { id } : {}), ...(event ? { gone: event } : {}) });
      }
    }
    return { logged, complete: true };
  }

  async #find(
    group: readonly LoggedChange[],
    profiles: readonly string[] | undefined,
    session: mongo.ClientSession,
  ): Promise<Map<string, AnsweredRecord>> {
    const ids = group.map((one) => one.id ?? one.gone?._id).filter((id) => id !== undefined);
    if (ids.length === 0) return new Map();
    const condition = { _id: { $in: ids }, ...(profiles === undefined ? {} : { profile: { $in: [...profiles] } }) };
    const found = await this.#events.find(condition, { session, projection: answered }).toArray();
    return new Map(found.map((record) => [record._id.toHexString(), record]));
  }

  /** By event, where it has versions: the number of its last modification in the log. */
  async #lastModifications(
    found: ReadonlyMap<string, AnsweredRecord>,
    session: mongo.ClientSession,
  ): Promise<Map<string, number>> {
    const last = new Map<string, number>();
    for (const { _id, version } of found.values()) {
      if (version === 1) continue;
      const record = await this.#records.findOne(
        { modified: _id },
        { session, projection: { _id: 1 }, sort: { _id: -1 } },
      );
      last.set(_id.toHexString(), sequenceOf(record?._id ?? 0, 0));
    }
    return last;
  }
}

/** Undefined where a later change of the event follows, or its profile is not selected. */
function show(
  { change, id, gone }: LoggedChange,
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
