import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { NewEvent, RestoredEvent, StoredEvent } from '@datakeep/contracts';
import mongoose, { type mongo } from 'mongoose';
import { dateText } from '../answer/date-text.ts';
import { indexedCopy } from './indexed-copy.ts';

/**
 * One event. Its payload is `text`, and answers are made of it; `payload` is its indexed copy (indexed-copy.ts), never
 * read back. An index is made for each query below and for nothing else.
 */
@Schema({ collection: 'events', versionKey: false, minimize: false, id: false })
export class EventRecord {
  /** The event's 24 hex digits. */
  @Prop({ type: mongoose.Schema.Types.ObjectId, required: true })
  _id!: mongo.ObjectId;

  @Prop({ type: String, required: true })
  profile!: string;

  @Prop({ type: String, required: true })
  source!: string;

  @Prop({ type: String })
  identifier?: string | undefined;

  /** Only with an identifier: digest of (source, profile, identifier), under which at most one event lives. */
  @Prop({ type: String })
  key?: string | undefined;

  /** Only with an identifier: digest of the first sending. */
  @Prop({ type: String })
  digest?: string | undefined;

  @Prop({ type: Date, required: true })
  created!: Date;

  @Prop({ type: Date, required: true })
  accepted!: Date;

  @Prop({ type: Number, required: true })
  version!: number;

  /** The source that last modified it. */
  @Prop({ type: String })
  modifiedBy?: string | undefined;

  /** The payload's JSON text as it was sent. */
  @Prop({ type: String, required: true })
  text!: string;

  /** UTF-8 bytes of `text`. */
  @Prop({ type: Number, required: true })
  bytes!: number;

  @Prop({ type: mongoose.Schema.Types.Mixed, required: true })
  payload!: Record<string, unknown>;
}

export const eventSchema = SchemaFactory.createForClass(EventRecord);
// { profile } by newest first or oldest first, from a place on; every query's profile.
eventSchema.index({ profile: 1, created: -1, _id: -1 }, { name: 'byProfile' });
// { key }: at most one event under an identifier, and which.
eventSchema.index({ key: 1 }, { name: 'onceByIdentifier', unique: true, sparse: true });
// { source }: what an app sent, for its removal.
eventSchema.index({ source: 1, _id: 1 }, { name: 'bySource' });

/** What answers are made of. */
export const answered = {
  profile: 1,
  source: 1,
  identifier: 1,
  created: 1,
  accepted: 1,
  version: 1,
  modifiedBy: 1,
  text: 1,
} as const;
export type AnsweredRecord = Pick<EventRecord, '_id' | keyof typeof answered>;

/** Its undefined members are absent in the store: the driver ignores them. */
export function recordOf(event: NewEvent & Partial<RestoredEvent>, key: string | undefined): EventRecord {
  return {
    _id: mongoose.Types.ObjectId.createFromHexString(event.id),
    profile: event.profile,
    source: event.source,
    identifier: event.identifier,
    key,
    digest: event.digest,
    created: new Date(event.createdAt),
    accepted: new Date(event.acceptedAt),
    version: event.version ?? 1,
    modifiedBy: event.modifiedBy,
    text: event.payload,
    bytes: Buffer.byteLength(event.payload),
    payload: indexedCopy(event.payload),
  };
}

/** The event as read (api.md), as JSON text around the payload's text. */
export function eventText(record: AnsweredRecord, payload: string): string {
  return `${eventHeadText(record)},"payload":${payload}}`;
}

/** The same up to its payload. */
export function eventHeadText(record: Omit<AnsweredRecord, 'text'>): string {
  const identifier = record.identifier === undefined ? '' : `"identifier":${JSON.stringify(record.identifier)},`;
  const names = `"profile":${JSON.stringify(record.profile)},"source":${JSON.stringify(record.source)}`;
  const created = dateText(record.created.getTime());
  const accepted = dateText(record.accepted.getTime());
  const dates = `"createdDate":"${created}","acceptedDate":"${accepted}"`;
  const modified = record.modifiedBy === undefined ? '' : `,"modifiedBy":${JSON.stringify(record.modifiedBy)}`;
  const metadata = `{${identifier}${names},${dates},"version":${record.version}${modified}}`;
  return `{"id":"${record._id.toHexString()}","metadata":${metadata}`;
}

export function storedEvent(record: AnsweredRecord): StoredEvent {
  const { profile, source, version, text } = record;
  return { id: record._id.toHexString(), profile, source, version, json: eventText(record, text) };
}

/** Of each metadata field, the member of a record that has it, and the kind of its values. */
const metadata = {
  'metadata.identifier': { path: 'identifier', kind: 'string' },
  'metadata.profile': { path: 'profile', kind: 'string' },
  'metadata.source': { path: 'source', kind: 'string' },
  'metadata.createdDate': { path: 'created', kind: 'date' },
  'metadata.acceptedDate': { path: 'accepted', kind: 'date' },
  'metadata.version': { path: 'version', kind: 'number' },
  'metadata.modifiedBy': { path: 'modifiedBy', kind: 'string' },
} as const satisfies Record<string, { path: keyof AnsweredRecord; kind: 'string' | 'number' | 'date' }>;

/** Undefined where no event has such a field. */
export const metadataField = (field: string): (typeof metadata)[keyof typeof metadata] | undefined =>
  metadata[field as keyof typeof metadata];

/** A metadata field's value, dates in ms; undefined where the event has none. */
export function metadataOf(record: Omit<AnsweredRecord, 'text'>, field: string): string | number | undefined {
  const known = metadataField(field);
  const value = known && record[known.path];
  return value instanceof Date ? value.getTime() : value;
}
