import { indexActs } from '@datakeep/contracts';
import { id, type Json, schema, storageSchemas, text } from './schemas.ts';

const json = (name: string): Json => ({ content: { 'application/json': { schema: schema(name) } } });
const body = (name: string): Json => ({ required: true, ...json(name) });
const answer = (description: string, name: string, headers?: Json): Json => ({
  description,
  ...(headers === undefined ? {} : { headers }),
  ...json(name),
});
const parameter = (place: 'path' | 'query' | 'header', name: string, of: Json, description: string): Json => ({
  name,
  in: place,
  required: place === 'path',
  schema: of,
  description,
});
const required = (of: Json): Json => ({ ...of, required: true });

const idParameter = parameter('path', 'id', id, 'The id of the event.');
const ifMatch = parameter('header', 'If-Match', text, 'The version in quotes, or `*` for any.');
const tagged: Json = { ETag: { schema: text, description: 'The version in quotes.' } };
const retryAfter: Json = { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds.' } };
const problem = (description: string, headers?: Json): Json => ({
  description,
  ...(headers === undefined ? {} : { headers }),
  content: { 'application/problem+json': { schema: schema('Problem') } },
});

/** Problems by status. A program that has no codes answers the statuses alone. */
const always = {
  '401': problem('Not the bearer token of this storage.'),
  '503': problem('`storage-busy`: nothing was done; or `query-timeout`.', retryAfter),
};
const ofBodies = {
  '400': problem('The body is no JSON.'),
  '413': problem('`body-too-large`: a batch has at most 32 MiB.'),
  '422': problem('`invalid`: readable but not what is asked for; `errors` says where.'),
};
const invalid = { '422': ofBodies['422'] };
const full = { '507': problem('`storage-full`: nothing was stored.') };
const missing = { '404': problem('`not-found`: there is no such event.') };
const otherVersion = { '412': problem('`version-mismatch`: the event has another version.') };
const unconditional = { '428': problem('`if-match-required`: If-Match is missing.') };
const gone = { '410': problem('`changes-gone`: what followed that place is no longer kept.') };

const eventPaths: Json = {
  '/storage/v1/events': {
    post: {
      operationId: 'append',
      tags: ['events'],
      summary: 'Store a list of events',
      description:
        'Whole or not at all, and answered after the commit is durable. At most one event lives per (source, ' +
        'profile, identifier): the same again (equal `digest`, and equal createdDate where `createdDateGiven`) ' +
        'is a `duplicate` ' +
        'and answers the id and acceptedDate of the first; other content is a `conflict`, and then nothing of ' +
        'the list is stored. `digest` stays that of the first sending after a PUT.',
      requestBody: body('NewEvents'),
      responses: { '200': answer('One result for each event, in order.', 'Results'), ...always, ...ofBodies, ...full },
    },
    delete: {
      operationId: 'removeBySource',
      tags: ['events'],
      summary: 'Remove every event of one source',
      description: 'The changes report each as deleted. May take minutes, and may be repeated.',
      parameters: [required(parameter('query', 'source', { ...text, minLength: 1 }, 'The id of an app.'))],
      responses: { '200': answer('How many went.', 'Removed'), ...always, ...invalid },
    },
  },
  '/storage/v1/events/restore': {
    post: {
      operationId: 'restore',
      tags: ['events'],
      summary: 'Store events as they once were',
      description:
        'As `append`, but ids, dates, versions and `modifiedBy` stand as they are given. ' +
        'An event whose id is stored with the same content is a `duplicate`; one whose id has other content, ' +
        'or whose identifier lives under another id, a `conflict`, and then nothing of the list is stored.',
      requestBody: body('RestoredEvents'),
      responses: { '200': answer('One result for each event, in order.', 'Results'), ...always, ...ofBodies, ...full },
    },
  },
  '/storage/v1/events/query': {
    post: {
      operationId: 'query',
      tags: ['events'],
      summary: 'Read one page of events of a profile',
      description:
        'The query language of docs/query-language.md, with `kinds` and `arrays` in the place of a schema. ' +
        'Every event written before by an acknowledged request is seen, and no half batch.',
      requestBody: body('Query'),
      responses: { '200': answer('The page, and the cursor of the next.', 'Page'), ...always, ...ofBodies },
    },
  },
  '/storage/v1/events/aggregate': {
    post: {
      operationId: 'aggregate',
      tags: ['events'],
      summary: 'Group the events of a profile, and measure the groups',
      description:
        'Sums are exact before they are rounded once, so that no order of events shows. ' +
        'More than 10,000 groups are refused with 422 `too-many-groups`.',
      requestBody: body('Aggregation'),
      responses: { '200': answer('The groups, in their order.', 'Groups'), ...always, ...ofBodies },
    },
  },
  '/storage/v1/events/changes': {
    get: {
      operationId: 'changes',
      tags: ['events'],
      summary: 'Read what was created, modified and deleted',
      description:
        'In commit order, of each event its last change only, at that place. No change is skipped, ' +
        'also none whose write was under way while a page was read; ' +
        'a `deleted` comes for every event that was reported as created. ' +
        'Of a deleted event neither payload nor identifier is kept. Changes are kept for at least 30 days; ' +
        'an older place may be refused. `limit=0` answers only the place after the last change. ' +
        'The gateway asks anew each second while someone follows; there is no push.',
      parameters: [
        parameter('query', 'after', text, '`next` of an earlier page, or a `place`; absent: from the first event on.'),
        parameter(
          'query',
          'limit',
          { type: 'integer', minimum: 0, maximum: 1000, default: 1000 },
          'At most so many changes.',
        ),
        parameter('query', 'profiles', text, 'A JSON list of names; absent: all.'),
      ],
      responses: { '200': answer('A page.', 'ChangePage'), ...always, ...invalid, ...gone },
    },
  },
  '/storage/v1/events/{id}': {
    parameters: [idParameter],
    get: {
      operationId: 'get',
      tags: ['events'],
      summary: 'Read one event',
      description: 'Of whatever profile and source.',
      responses: { '200': answer('The event.', 'Event', tagged), ...always, ...missing },
    },
    put: {
      operationId: 'replace',
      tags: ['events'],
      summary: 'Replace the payload of an event',
      description: 'The version goes up by one; all else of the event stays but `modifiedBy`.',
      parameters: [required(ifMatch)],
      requestBody: body('Modification'),
      responses: {
        '200': answer('The event as it is now.', 'Event', tagged),
        ...always,
        ...ofBodies,
        ...missing,
        ...otherVersion,
        ...unconditional,
        ...full,
      },
    },
    delete: {
      operationId: 'remove',
      tags: ['events'],
      summary: 'Remove an event',
      description: 'Its identifier is free again.',
      parameters: [ifMatch],
      responses: { '204': { description: 'Gone.' }, ...always, ...missing, ...otherVersion },
    },
  },
  '/storage/v1/usage': {
    get: {
      operationId: 'usage',
      tags: ['events'],
      summary: 'Read what a source has stored',
      description: 'What the limits of an app are compared with: as exact as a read of its events.',
      parameters: [required(parameter('query', 'source', { ...text, minLength: 1 }, 'The id of an app.'))],
      responses: { '200': answer('Zeros for a source that sent nothing.', 'Usage'), ...always, ...invalid },
    },
  },
};

const indexPaths: Json = {
  '/storage/v1/indexes': {
    get: {
      operationId: 'indexes',
      tags: ['indexes'],
      summary: 'List indexes',
      description:
        'Those that the storage made, would make or took back, and why. A storage that makes none by itself ' +
        'leaves the routes of this tag out: 404.',
      responses: {
        '200': answer('Policy and indexes.', 'Indexes'),
        ...always,
        '404': problem('There is no such route.'),
      },
    },
  },
  '/storage/v1/indexes/{id}/{act}': {
    post: {
      operationId: 'decide',
      tags: ['indexes'],
      summary: 'Decide of an index',
      description: 'The admin’s word on an index.',
      parameters: [
        parameter('path', 'id', text, 'The id of the index.'),
        parameter('path', 'act', { type: 'string', enum: [...indexActs] }, 'What is done with it.'),
      ],
      responses: {
        '200': answer('The index as it is now.', 'Index'),
        ...always,
        '404': problem('`not-found`: there is no such index.'),
        '409': problem('`index-decided`: the state of the index forbids the act.'),
      },
    },
  },
  '/storage/v1/index-policy': {
    put: {
      operationId: 'setIndexPolicy',
      tags: ['indexes'],
      summary: 'Set what the storage may do by itself',
      description: 'What is left out stays as it is.',
      requestBody: body('IndexPolicyChange'),
      responses: { '200': answer('The policy now.', 'IndexPolicy'), ...always, ...ofBodies },
    },
  },
};

const healthPaths: Json = {
  '/storage/v1/health': {
    get: {
      operationId: 'health',
      tags: ['health'],
      summary: 'Report whether the engine answers',
      description: 'Also shown by the gateway’s `/metrics` and `/admin/v1/system`, as far as it is reported.',
      responses: { '200': answer('The engine answers.', 'Health'), ...always },
    },
  },
};

/** What a storage must answer, as OpenAPI 3.1: the whole contract between a gateway and a foreign storage. */
export function storageApiDocument(version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Datakeep Data Storage',
      version,
      description:
        'Keeps events with no idea of apps, rights or schemas. A program that answers this interface takes the ' +
        'place of the keep’s own storage by `STORAGE_URL` and `STORAGE_KEY`. ' +
        'Bodies and answers are JSON, dates RFC 3339, ids 24 hex digits made by the gateway; ' +
        'refusals are problem documents (RFC 9457). `npm run test:storage` tries a program at its URL.',
      contact: { name: 'The Datakeep maintainers' },
      license: { name: 'AGPL-3.0-or-later', url: 'https://www.gnu.org/licenses/agpl-3.0.html' },
    },
    servers: [{ url: '/', description: 'The storage that serves this document.' }],
    security: [{ key: [] }],
    tags: [
      { name: 'events', description: 'What is kept.' },
      { name: 'indexes', description: 'For storages that make indexes by themselves.' },
      { name: 'health', description: 'Whether the storage is well.' },
    ],
    paths: { ...eventPaths, ...indexPaths, ...healthPaths },
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'STORAGE_KEY' } },
      schemas: storageSchemas,
    },
  };
}
