import { groupLimits, indexActs, indexModes, intervals, measureOperations } from '@datakeep/contracts';

type Json = Readonly<Record<string, unknown>>;

const schema = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const content = (of: Json): Json => ({ content: { 'application/json': { schema: of } } });
const object = (properties: Json, required: readonly string[] = Object.keys(properties)): Json => ({
  type: 'object',
  properties,
  required,
});
const list = (items: Json): Json => ({ type: 'array', items });
const text: Json = { type: 'string' };
const date: Json = { type: 'string', format: 'date-time' };
const hour: Json = { type: 'integer', minimum: 0, maximum: 23 };
const whole: Json = { type: 'integer' };
const id: Json = { type: 'string', pattern: '^[0-9a-f]{24}$' };
const open: Json = { type: 'object', additionalProperties: true };

const idParameter: Json = { name: 'id', in: 'path', required: true, schema: id };
const ifMatch = (required: boolean): Json => ({
  name: 'If-Match',
  in: 'header',
  required,
  schema: text,
  description: 'The version in quotes, or `*` for any.',
});
const tagged = { headers: { ETag: { schema: text, description: 'The version in quotes.' } } };
const problem = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: schema('Problem') } },
});

const unauthenticated = { '401': problem('Not the bearer token of this storage.') };
const busy = { '503': problem('`storage-busy`: nothing was done; or `query-timeout`. With Retry-After.') };
const full = { '507': problem('`storage-full`: nothing was stored.') };
const invalid = { '422': problem('Readable but invalid.') };
const missing = { '404': problem('There is no such event.') };
const otherVersion = { '412': problem('`version-mismatch`: the event has another version.') };

/** What a foreign storage must answer: the interface as OpenAPI 3.1, in the words of docs/api.md. */
export function storageApiDocument(version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Datakeep Data Storage',
      version,
      description:
        'Keeps events with no idea of apps, rights or schemas. What each call promises is the law of the DataStorage port.',
    },
    security: [{ key: [] }],
    paths: {
      '/storage/v1/events': {
        post: {
          operationId: 'append',
          summary: 'Stores a list of events, whole or not at all.',
          description:
            'Answers after the commit is durable. At most one event lives per (source, profile, identifier). The same again (equal `digest`, and equal createdDate where `createdDateGiven`) is a `duplicate` ' +
            'and answers the first one’s id and acceptedDate; other content is a `conflict`, and then nothing of the list is stored. `digest` stays that of the first sending after a PUT.',
          requestBody: { required: true, ...content(object({ events: list(schema('NewEvent')) })) },
          responses: {
            '200': {
              description: 'One result for each event, in order.',
              ...content(
                object({
                  results: list(
                    object({ id, acceptedDate: date, status: { enum: ['created', 'duplicate', 'conflict'] } }),
                  ),
                }),
              ),
            },
            ...unauthenticated,
            ...invalid,
            ...busy,
            ...full,
          },
        },
        delete: {
          operationId: 'removeBySource',
          summary: 'Removes every event of one source.',
          parameters: [{ name: 'source', in: 'query', required: true, schema: text }],
          responses: {
            '200': { description: 'Removed.', ...content(object({ removed: whole })) },
            ...unauthenticated,
            ...invalid,
            ...busy,
          },
        },
      },
      '/storage/v1/events/restore': {
        post: {
          operationId: 'restore',
          summary: 'Stores events as they once were, whole or not at all.',
          description:
            'As POST /storage/v1/events, but ids, dates and versions stand as they are given. An event whose id is stored with the same content is a `duplicate`; one whose id has other content, ' +
            'or whose identifier lives under another id, a `conflict`, and then nothing of the list is stored.',
          requestBody: { required: true, ...content(object({ events: list(schema('NewEvent')) })) },
          responses: {
            '200': {
              description: 'One result for each event, in order.',
              ...content(
                object({
                  results: list(
                    object({ id, acceptedDate: date, status: { enum: ['created', 'duplicate', 'conflict'] } }),
                  ),
                }),
              ),
            },
            ...unauthenticated,
            ...invalid,
            ...busy,
            ...full,
          },
        },
      },
      '/storage/v1/events/query': {
        post: {
          operationId: 'query',
          summary: 'One page of events of a profile.',
          requestBody: { required: true, ...content(schema('Query')) },
          responses: {
            '200': {
              description: 'The page, and the cursor of the next.',
              ...content(
                object({ items: list(schema('Event')), nextCursor: { type: ['string', 'null'] }, count: whole }, [
                  'items',
                  'nextCursor',
                ]),
              ),
            },
            ...unauthenticated,
            ...invalid,
            ...busy,
          },
        },
      },
      '/storage/v1/events/aggregate': {
        post: {
          operationId: 'aggregate',
          summary: 'Groups of a profile’s events, and what is measured of them.',
          description:
            'Sums are exact before they are rounded once, so that no order of events shows. More than 10,000 groups are refused with `too-many-groups`.',
          requestBody: { required: true, ...content(schema('Aggregation')) },
          responses: {
            '200': {
              description: 'The groups, in their order.',
              ...content(object({ groups: list(object({ key: { type: 'array' } })), truncated: { type: 'boolean' } })),
            },
            ...unauthenticated,
            ...invalid,
            ...busy,
          },
        },
      },
      '/storage/v1/events/changes': {
        get: {
          operationId: 'changes',
          summary: 'What was created, modified and deleted, in commit order.',
          description:
            'No change is skipped, also none whose write was under way while a page was read. A place older than 30 days may be refused. `limit=0` answers only the place after the last change.',
          parameters: [
            {
              name: 'after',
              in: 'query',
              required: false,
              schema: text,
              description: '`next` of an earlier page; absent: from the first event on.',
            },
            {
              name: 'limit',
              in: 'query',
              required: false,
              schema: { type: 'integer', minimum: 0, maximum: 1000, default: 1000 },
            },
            {
              name: 'profiles',
              in: 'query',
              required: false,
              schema: text,
              description: 'A JSON list of names; absent: all.',
            },
          ],
          responses: {
            '200': {
              description:
                'A page. A deleted event comes without its payload. `more`: whether more may follow at once.',
              ...content(
                object({
                  items: list(
                    object({ sequence: whole, change: { enum: ['created', 'modified', 'deleted'] }, event: open }),
                  ),
                  next: text,
                  more: { type: 'boolean' },
                }),
              ),
            },
            ...unauthenticated,
            '410': problem('`changes-gone`: what followed that place is no longer kept.'),
            ...invalid,
            ...busy,
          },
        },
      },
      '/storage/v1/events/{id}': {
        parameters: [idParameter],
        get: {
          operationId: 'get',
          responses: {
            '200': { description: 'The event.', ...tagged, ...content(schema('Event')) },
            ...unauthenticated,
            ...missing,
          },
        },
        put: {
          operationId: 'replace',
          summary: 'Replaces the payload; the version goes up by one.',
          parameters: [ifMatch(true)],
          requestBody: { required: true, ...content(object({ payload: open })) },
          responses: {
            '200': { description: 'The event as it is now.', ...tagged, ...content(schema('Event')) },
            ...unauthenticated,
            ...missing,
            ...otherVersion,
            ...invalid,
            '428': problem('If-Match is required.'),
            ...busy,
            ...full,
          },
        },
        delete: {
          operationId: 'remove',
          summary: 'Removes the event, which frees its identifier.',
          parameters: [ifMatch(false)],
          responses: { '204': { description: 'Gone.' }, ...unauthenticated, ...missing, ...otherVersion, ...busy },
        },
      },
      '/storage/v1/indexes': {
        get: {
          operationId: 'indexes',
          summary:
            'The indexes that the storage made, would make or took back, and why. A storage that makes none by itself leaves this out.',
          responses: { '200': { description: 'Policy and indexes.', ...content(open) }, ...unauthenticated, ...busy },
        },
      },
      '/storage/v1/indexes/{id}/{act}': {
        post: {
          operationId: 'decide',
          summary: 'Decides of an index.',
          parameters: [
            { name: 'id', in: 'path', required: true, schema: text },
            { name: 'act', in: 'path', required: true, schema: { enum: [...indexActs] } },
          ],
          responses: {
            '200': { description: 'The index as it is now.', ...content(open) },
            ...unauthenticated,
            '404': problem('There is no such index.'),
            '409': problem('`index-decided`: the state of the index forbids the act.'),
            ...busy,
          },
        },
      },
      '/storage/v1/index-policy': {
        put: {
          operationId: 'setIndexPolicy',
          summary: 'Sets what the storage may do by itself; what is left out stays.',
          requestBody: { required: true, ...content(schema('IndexPolicy')) },
          responses: {
            '200': { description: 'The policy now.', ...content(schema('IndexPolicy')) },
            ...unauthenticated,
            ...invalid,
            ...busy,
          },
        },
      },
      '/storage/v1/health': {
        get: {
          operationId: 'health',
          responses: {
            '200': {
              description: 'The engine answers.',
              ...content(
                object(
                  { status: text, engine: text, engineVersion: text, events: whole, bytes: whole, waitingBytes: whole },
                  ['status'],
                ),
              ),
            },
            ...unauthenticated,
            ...busy,
          },
        },
      },
    },
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'STORAGE_KEY' } },
      schemas: {
        IndexPolicy: object(
          {
            mode: { enum: [...indexModes] },
            spaceBudget: {
              type: 'number',
              minimum: 0,
              maximum: 5,
              description: 'Share of the data’s bytes that automatic indexes may take.',
            },
            window: {
              oneOf: [{ type: 'null' }, object({ fromHour: hour, toHour: hour })],
              description: 'UTC hours in which long builds may run.',
            },
          },
          [],
        ),
        Metadata: object(
          { identifier: text, profile: text, source: text, createdDate: date, acceptedDate: date, version: whole },
          ['profile', 'source', 'createdDate', 'acceptedDate', 'version'],
        ),
        Event: object({ id, metadata: schema('Metadata'), payload: open }),
        NewEvent: object(
          {
            id,
            metadata: schema('Metadata'),
            payload: open,
            digest: { ...text, description: 'With an identifier: what sameness is judged by.' },
            createdDateGiven: { type: 'boolean' },
          },
          ['id', 'metadata', 'payload'],
        ),
        Query: object(
          {
            profile: text,
            filter: { ...open, description: 'As docs/query-language.md says.' },
            sort: list(object({ field: text, direction: { enum: ['ascending', 'descending'] } }, ['field'])),
            fields: list(text),
            limit: { type: 'integer', minimum: 1, maximum: 1000, default: 50 },
            cursor: {
              type: ['string', 'null'],
              description:
                'The position of the last event seen: `[[values of the sort keys], id]` as JSON in base64url; absent as null, dates in ms.',
            },
            count: { type: 'boolean' },
            kinds: { type: 'object', additionalProperties: { enum: ['string', 'number', 'boolean', 'date', 'any'] } },
            arrays: list(text),
            timeoutMs: {
              type: 'number',
              exclusiveMinimum: 0,
              default: 5000,
              description: 'Beyond it: `query-timeout`.',
            },
          },
          ['profile'],
        ),
        Aggregation: object(
          {
            profile: text,
            filter: { ...open, description: 'As docs/query-language.md says.' },
            groupBy: list(
              object(
                {
                  field: text,
                  interval: { enum: [...intervals] },
                  timeZone: { ...text, description: 'IANA name; default UTC.' },
                },
                ['field'],
              ),
            ),
            measures: {
              type: 'object',
              additionalProperties: object({ op: { enum: [...measureOperations] }, field: text }, ['op']),
            },
            sort: list(
              object(
                {
                  by: { ...text, description: 'A measure, or `key`.' },
                  direction: { enum: ['ascending', 'descending'] },
                },
                ['by'],
              ),
            ),
            limit: { type: 'integer', minimum: 1, maximum: groupLimits.groups, default: groupLimits.groups },
            kinds: { type: 'object', additionalProperties: { enum: ['string', 'number', 'boolean', 'date', 'any'] } },
            arrays: list(text),
            timeoutMs: {
              type: 'number',
              exclusiveMinimum: 0,
              default: 5000,
              description: 'Beyond it: `query-timeout`.',
            },
          },
          ['profile', 'measures'],
        ),
        Problem: object(
          { type: text, title: text, status: whole, detail: text, instance: text, code: text, errors: list(open) },
          ['type', 'title', 'status', 'code'],
        ),
      },
    },
  };
}
