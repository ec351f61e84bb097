import { groupLimits } from '@datakeep/contracts';
import { querySchemas } from '@datakeep/events';
import { maxQueryTimeoutMs } from '@datakeep/kernel';
import documented from './documented-schemas.json' with { type: 'json' };
import type { Documented } from './documented.ts';

export type Json = Readonly<Record<string, unknown>>;

export const schema = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
export const list = (items: Json): Json => ({ type: 'array', items });
/** An answer's object, which may have more members than these. */
export const object = (properties: Json, required: readonly string[] = Object.keys(properties)): Json => ({
  type: 'object',
  properties,
  required,
});
export const text: Json = { type: 'string' };
export const whole: Json = { type: 'integer' };
export const id: Json = { type: 'string', pattern: '^[0-9a-f]{24}$' };

const date: Json = { type: 'string', format: 'date-time', description: 'RFC 3339, UTC, milliseconds.' };
const flag: Json = { type: 'boolean' };
const count: Json = { type: 'integer', minimum: 0 };
const version: Json = { type: 'integer', minimum: 1 };
const payload: Json = { type: 'object', additionalProperties: true };
const oneOf = (...names: readonly string[]): Json => ({ type: 'string', enum: names });
const orNull = (type: string): Json => ({ type: [type, 'null'] });

const place: Json = { ...text, maxLength: 100 };
const modifiedBy: Json = {
  ...text,
  minLength: 1,
  description: 'The id of the app that last modified it, or `admin`; absent if never modified.',
};
const stored: Json = {
  identifier: { ...text, description: 'At most one event lives per (source, profile, identifier).' },
  profile: text,
  source: { ...text, description: 'The id of the app that sent it.' },
  createdDate: date,
  acceptedDate: date,
};
const always = ['profile', 'source', 'createdDate', 'acceptedDate', 'version'];
const sent: Json = {
  id,
  payload,
  digest: { ...text, description: 'With an identifier, and only then: what sameness is judged by. Opaque.' },
  createdDateGiven: {
    ...flag,
    description: 'With an identifier: whether an equal sending must have an equal createdDate.',
  },
};

/** What a query and an aggregation say beyond what an app says, for a storage that sees no schema. */
const hints: Json = {
  kinds: {
    type: 'object',
    additionalProperties: oneOf('string', 'number', 'boolean', 'date', 'any'),
    description:
      'The kind of each field that is named: what its values are compared as. `date`: a metadata date, ' +
      'compared as an instant. `any`: no schema types it.',
  },
  arrays: {
    ...list(text),
    description: 'The fields among them whose path may meet an array; any element may then match.',
  },
  timeoutMs: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: maxQueryTimeoutMs,
    default: 5000,
    description: 'Beyond it: 503 `query-timeout`, never half an answer.',
  },
};
const filter: Json = { ...schema('Filter'), description: 'As docs/query-language.md says. Metadata dates: RFC 3339.' };

const { Scalar, Operators, Comparison, Filter, SortKey, GroupKey, GroupSortKey, Measure } = querySchemas;

/**
 * The bodies and answers of `/storage/v1`. Not by `@nestjs/swagger`: a member is a line here, and three in a class of
 * decorators, which nothing else would use.
 */
export const storageSchemas: Readonly<Record<string, unknown>> = {
  ...(documented satisfies Readonly<Record<keyof Documented, object>>),
  Scalar,
  Operators,
  Comparison,
  Filter,
  SortKey,
  GroupKey,
  GroupSortKey,
  Measure,
  Metadata: object({ ...stored, version, modifiedBy }, always),
  Event: object({ id, metadata: schema('Metadata'), payload }),
  NewEvent: object(
    { ...sent, metadata: object({ ...stored, version: { ...version, description: 'Always 1.' } }, always) },
    ['id', 'metadata', 'payload'],
  ),
  NewEvents: object({ events: list(schema('NewEvent')) }),
  RestoredEvent: object({ ...sent, metadata: schema('Metadata') }, ['id', 'metadata', 'payload']),
  RestoredEvents: object({ events: list(schema('RestoredEvent')) }),
  Results: object({
    results: {
      ...list(object({ id, acceptedDate: date, status: oneOf('created', 'duplicate', 'conflict') })),
      description: 'One for each event, in order. A duplicate has the id and acceptedDate of the first.',
    },
  }),
  Modification: object(
    { payload, modifiedBy: { ...modifiedBy, description: 'Who modifies: becomes the event’s `modifiedBy`.' } },
    ['payload'],
  ),
  Query: {
    ...object(
      {
        profile: text,
        filter,
        sort: {
          ...list(schema('SortKey')),
          minItems: 1,
          description: 'Default: newest createdDate first. `id` breaks ties, in the direction of the last key.',
        },
        fields: { ...list(text), description: 'Payload members to answer, as `payload.…`; absent: all.' },
        limit: { type: 'integer', minimum: 1, maximum: 1000, default: 50 },
        cursor: { ...orNull('string'), description: '`nextCursor` of the page before, as it was answered.' },
        count: { ...flag, description: 'Asks for `count`.' },
        explain: { ...flag, description: 'Asks for `explain`, which may be left out.' },
        ...hints,
      },
      ['profile'],
    ),
    additionalProperties: false,
  },
  Page: object(
    {
      items: list(schema('Event')),
      nextCursor: {
        ...orNull('string'),
        description:
          'Null on the last page. Text that the storage makes up, at least good for as long as nothing changes: ' +
          'the gateway’s own storages send `[[values of the sort keys], id]` as JSON in base64url.',
      },
      count: { ...count, description: 'Events that match in all, where `count` was asked.' },
      explain: schema('Explanation'),
    },
    ['items', 'nextCursor'],
  ),
  Aggregation: {
    ...object(
      {
        profile: text,
        filter,
        groupBy: { ...list(schema('GroupKey')), description: 'Absent or empty: one group.' },
        measures: { type: 'object', additionalProperties: schema('Measure') },
        sort: { ...list(schema('GroupSortKey')), description: 'Last, and by default: by key, ascending.' },
        limit: { type: 'integer', minimum: 1, maximum: groupLimits.groups, default: groupLimits.groups },
        ...hints,
      },
      ['profile', 'measures'],
    ),
    additionalProperties: false,
  },
  Group: {
    ...object({ key: { ...list(schema('Scalar')), description: 'In the order of `groupBy`.' } }),
    additionalProperties: schema('Scalar'),
    description: 'The key, and each measure by its name.',
  },
  Groups: object({
    groups: list(schema('Group')),
    truncated: { ...flag, description: 'Whether `limit` left groups out.' },
  }),
  ChangedEvent: {
    ...object({ id, metadata: schema('Metadata'), payload }, ['id', 'metadata']),
    description: 'The event as it is now; of a deleted one all but its payload and identifier.',
  },
  Change: object({
    change: oneOf('created', 'modified', 'deleted'),
    event: schema('ChangedEvent'),
    place: { ...place, description: 'The place after this change, for `after`; never given for another.' },
  }),
  ChangePage: object({
    items: list(schema('Change')),
    next: { ...place, description: 'Where to go on, for `after`; also where nothing is left.' },
    more: { ...flag, description: 'Whether more may follow at once. A page may be empty and yet not the last.' },
  }),
  Removed: object({ removed: count }),
  Problem: object(
    {
      type: text,
      title: text,
      status: whole,
      detail: text,
      instance: text,
      code: { ...text, description: 'A code of docs/errors.md. Where it is missing, the status decides.' },
      errors: list(
        object({ pointer: { ...text, description: 'JSON pointer into the body.' }, code: text, detail: text }),
      ),
    },
    ['type', 'title', 'status'],
  ),
};
