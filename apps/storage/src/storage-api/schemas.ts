import { groupLimits, indexModes, indexStates } from '@datakeep/contracts';
import { querySchemas } from '@datakeep/events';

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
export const direction: Json = { type: 'string', enum: ['ascending', 'descending'], default: 'ascending' };

const date: Json = { type: 'string', format: 'date-time', description: 'RFC 3339, UTC, milliseconds.' };
const flag: Json = { type: 'boolean' };
const amount: Json = { type: 'number', minimum: 0 };
const count: Json = { type: 'integer', minimum: 0 };
const version: Json = { type: 'integer', minimum: 1 };
const hour: Json = { type: 'integer', minimum: 0, maximum: 23 };
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
    default: 5000,
    description: 'Beyond it: 503 `query-timeout`, never half an answer.',
  },
};
const filter: Json = { ...schema('Filter'), description: 'As docs/query-language.md says. Metadata dates: RFC 3339.' };

const policy: Json = {
  mode: oneOf(...indexModes),
  spaceBudget: {
    type: 'number',
    minimum: 0,
    maximum: 5,
    description: 'Share of the data’s bytes that automatic indexes may take.',
  },
  window: {
    oneOf: [{ type: 'null' }, object({ fromHour: hour, toHour: hour })],
    description: 'UTC hours in which long builds may run; null: never.',
  },
};

const { Scalar, Operators, Comparison, Filter, SortKey, GroupKey, GroupSortKey, Measure } = querySchemas;

/**
 * The bodies and answers of `/storage/v1`. Not by `@nestjs/swagger`: a member is a line here, and three in a class of
 * decorators, which nothing else would use.
 */
export const storageSchemas: Readonly<Record<string, unknown>> = {
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
  Explanation: object({
    index: { ...orNull('string'), description: 'The index that served it; null where none did.' },
    plan: list(text),
    milliseconds: amount,
    rowsReturned: count,
    rowsExamined: orNull('integer'),
    shape: text,
  }),
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
  IndexPolicy: object(policy),
  IndexPolicyChange: { ...object(policy, []), additionalProperties: false },
  Index: object({
    id: text,
    name: text,
    profile: text,
    keys: list(object({ field: text, direction })),
    state: oneOf(...indexStates, 'declared'),
    kept: flag,
    explanation: { ...list(text), description: 'Plain sentences.' },
    shapes: list(object({ shape: text, calls: amount, totalMs: amount, p95Ms: amount })),
    figures: object({
      benefitMs: amount,
      writeCostMs: amount,
      buildMs: orNull('number'),
      bytes: orNull('integer'),
      beforeMs: orNull('number'),
      afterMs: orNull('number'),
    }),
    history: list(object({ at: date, state: oneOf(...indexStates), reason: text })),
  }),
  Usage: object({ events: count, bytes: { ...count, description: 'UTF-8 bytes of their payloads as compact JSON.' } }),
  Indexes: object({
    engine: text,
    policy: schema('IndexPolicy'),
    effectiveMode: oneOf(...indexModes),
    note: orNull('string'),
    indexes: list(schema('Index')),
  }),
  Health: object(
    {
      status: text,
      engine: text,
      engineVersion: text,
      events: count,
      bytes: count,
      waitingBytes: { ...count, description: 'Bytes of events that wait to be written.' },
    },
    ['status'],
  ),
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
