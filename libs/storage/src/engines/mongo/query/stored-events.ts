import { type RestoredEvent, transferPage } from '@datakeep/contracts';
import mongoose, { type mongo } from 'mongoose';
import { answered, type AnsweredRecord, type EventRecord } from '../event-record.ts';

type StoredRecord = AnsweredRecord & Pick<EventRecord, 'digest'>;

/** A page of `EventTransfer.stored`. */
export async function storedEvents(
  events: mongo.Collection<EventRecord>,
  after: string | undefined,
  session: mongo.ClientSession | undefined,
): Promise<readonly RestoredEvent[]> {
  const beyond = after === undefined ? {} : { _id: { $gt: mongoose.Types.ObjectId.createFromHexString(after) } };
  const found = events.find(beyond, { projection: { ...answered, digest: 1 }, ...(session && { session }) });
  const page: RestoredEvent[] = [];
  let units = 0;
  for await (const record of found.sort({ _id: 1 }).limit(transferPage.maxEvents)) {
    page.push(restoredEvent(record));
    units += record.text.length;
    if (units >= transferPage.maxUnits) break;
  }
  return page;
}

function restoredEvent({ _id, created, accepted, text, ...record }: StoredRecord): RestoredEvent {
  const { profile, source, version, modifiedBy, identifier, digest } = record;
  return {
    id: _id.toHexString(),
    profile,
    source,
    createdAt: created.getTime(),
    acceptedAt: accepted.getTime(),
    version,
    modifiedBy,
    identifier,
    digest,
    payload: text,
  };
}
