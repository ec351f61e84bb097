import { maxEvents, maxIdentifierLength, querySchemas } from '@datakeep/events';
import type { Schemas } from './openapi-types.ts';
import { array, closed, count, date, flag, id, list, object, oneOf, ref, text } from './shapes.ts';

const payload = {
  type: 'object',
  additionalProperties: true,
  description: "Any JSON object that the profile's schema accepts.",
};
const counts = object({ lines: count, accepted: count, duplicates: count });
const jsonSchema = {
  type: ['object', 'boolean'],
  description: 'A JSON Schema, dialect 2020-12, or draft-07 where `$schema` says so.',
};

const metadata = {
  identifier: text,
  profile: text,
  source: { ...id, description: 'The id of the app that sent it.' },
  createdDate: date,
  acceptedDate: date,
  version: { type: 'integer', minimum: 1 },
  modifiedBy: {
    ...text,
    description: 'The id of the app that last modified it, or `admin`; absent where nobody did.',
  },
};

/** Events as they are sent, read, queried, grouped and followed. */
export const eventSchemas: Schemas = {
  ...(querySchemas as Schemas),
  NewEvent: closed({
    metadata: closed(
      {
        profile: { ...text, minLength: 1, description: "The profile's name." },
        createdDate: { ...date, description: 'Any offset; at most milliseconds. Default: now.' },
        identifier: {
          ...text,
          minLength: 1,
          maxLength: maxIdentifierLength,
          description: "The app's own name for the event, by which it is stored once.",
        },
      },
      ['profile'],
    ),
    payload,
  }),
  NewEvents: closed({ events: { ...array(ref('NewEvent')), minItems: 1, maxItems: maxEvents } }),
  EventModification: closed({ payload }),
  Ingest: object(
    {
      accepted: { ...count, description: 'New ones.' },
      duplicates: count,
      events: {
        ...array(object({ id, acceptedDate: date, status: oneOf('created', 'duplicate') })),
        description: 'In the order sent; absent with `Prefer: return=minimal`.',
      },
    },
    ['accepted', 'duplicates'],
  ),
  EventMetadata: object(metadata, ['profile', 'source', 'createdDate', 'acceptedDate', 'version']),
  Event: object({ id, metadata: ref('EventMetadata'), payload }),
  EventList: list('Event'),
  Group: {
    ...object({
      key: {
        ...array(ref('Scalar')),
        description: 'In the order of `groupBy`; of an interval its start, RFC 3339 with the offset of the zone.',
      },
    }),
    additionalProperties: ref('Scalar'),
    description: 'The key, and each measure by its name.',
  },
  Groups: object({
    groups: array(ref('Group')),
    truncated: { ...flag, description: 'Whether `limit` left groups out.' },
  }),
  ChangedEvent: object(
    { id, metadata: ref('EventMetadata'), payload },
    ['id', 'metadata'],
    'The event as it is now; of a deleted one all but its payload and identifier.',
  ),
  Change: object({
    change: oneOf('created', 'modified', 'deleted'),
    event: ref('ChangedEvent'),
    place: { ...text, description: 'The place after this item, for `since`.' },
  }),
  ChangePage: object({
    items: array(ref('Change')),
    next: { ...text, description: 'Where to go on, for `since`.' },
  }),
  BulkProgress: object({ progress: counts }),
  BulkSummary: object({ summary: counts }),
  BulkStop: object(
    {
      problem: ref('Problem'),
      line: { ...count, description: 'The line to blame, from 1, where one is.' },
      stored: counts,
    },
    ['problem', 'stored'],
    'The first `lines` lines are stored, none after.',
  ),
  BulkLine: { oneOf: [ref('BulkProgress'), ref('BulkSummary'), ref('BulkStop')] },
  ExportedProfile: object({ profile: object({ name: text, schema: jsonSchema }) }),
  ExportSummary: object({ summary: object({ profiles: count, events: count }) }),
  ExportStop: object({ problem: ref('Problem') }, undefined, 'Why the export is not whole.'),
  ExportLine: { oneOf: [ref('ExportedProfile'), ref('Event'), ref('ExportSummary'), ref('ExportStop')] },
  ImportLine: { oneOf: [ref('ExportedProfile'), ref('Event'), ref('ExportSummary')] },
  ExportRequest: closed(
    { profile: { ...text, minLength: 1, description: 'Default: every profile.' }, filter: ref('Filter') },
    [],
  ),
};
