import { indexSchemas } from './index-schemas.ts';
import type { SchemaObject } from './openapi-types.ts';
import { brokerMethods, rights, permissionStatuses } from '@datakeep/contracts';
import { defaultAppLimits } from '@datakeep/kernel';

const id: SchemaObject = { type: 'string', pattern: '^[0-9a-f]{24}$', examples: ['6752f0c2a1b2c3d4e5f60718'] };
const date: SchemaObject = { type: 'string', format: 'date-time', examples: ['2026-03-01T08:00:00.000Z'] };
const text: SchemaObject = { type: 'string' };
const count: SchemaObject = { type: 'integer', minimum: 0 };
const number: SchemaObject = { type: 'number', minimum: 0 };
const anyJson: SchemaObject = { description: 'Any JSON value.' };
const object = (
  properties: Record<string, SchemaObject>,
  required: readonly string[] = Object.keys(properties),
  description?: string,
): SchemaObject => ({
  type: 'object',
  properties,
  required: [...required],
  ...(description ? { description } : {}),
});
const array = (items: SchemaObject): SchemaObject => ({ type: 'array', items });
const ref = (name: string): SchemaObject => ({ $ref: `#/components/schemas/${name}` });
const list = (name: string): SchemaObject =>
  object({ items: array(ref(name)), nextCursor: { type: ['string', 'null'] }, count }, ['items', 'nextCursor']);

const rightList: SchemaObject = { type: 'array', items: { type: 'string', enum: [...rights] } };
const jsonSchema: SchemaObject = {
  type: ['object', 'boolean'],
  description: 'A JSON Schema, dialect 2020-12, or draft-07 where `$schema` says so.',
};

/** Of a view template. */
const version: SchemaObject = { type: 'integer', minimum: 1 };

const usage = object({ used: count, limit: count });

/** Of a run, whatever it is a run of. */
const runMembers: Record<string, SchemaObject> = {
  id,
  state: { type: 'string', enum: ['queued', 'running', 'succeeded', 'failed', 'timed-out', 'cancelled'] },
  result: anyJson,
  error: object(
    {
      code: text,
      message: text,
      file: text,
      line: { type: 'integer' },
      limit: { type: 'number' },
      used: { type: 'number' },
    },
    ['code', 'message'],
  ),
  logs: array(object({ at: date, level: { type: 'string', enum: ['debug', 'info', 'warn', 'error'] }, text })),
  attempts: count,
  isolation: object(
    {
      level: { type: 'string', enum: ['os', 'language', 'foreign'] },
      layers: array(text),
      where: text,
      unconfined: { type: 'boolean' },
    },
    ['level', 'layers'],
  ),
  usage: object(
    {
      wallMs: number,
      cpuMs: number,
      peakMemoryMiB: number,
      eventsRead: count,
      eventsWritten: count,
      bytesRead: count,
      logBytes: count,
      logBytesDropped: count,
      resultBytes: count,
    },
    [],
  ),
  createdAt: date,
  startedAt: date,
  finishedAt: date,
};

/** Every answer's shape, by the name that `@Answers` uses. */
export const answerSchemas: Readonly<Record<string, SchemaObject>> = {
  Association: object({
    appId: id,
    name: text,
    token: text,
    expiresAt: { type: ['string', 'null'], format: 'date-time' },
  }),
  Token: object({ token: text, expiresAt: { type: ['string', 'null'], format: 'date-time' } }),
  Me: object({
    appId: id,
    name: text,
    tokenExpiresAt: { type: ['string', 'null'], format: 'date-time' },
    permissions: array(ref('Permission')),
    viewInstances: array(ref('ViewInstance')),
    limits: object(
      Object.fromEntries(Object.keys(defaultAppLimits).map((name) => [name, usage])),
      undefined,
      'What the app has of what it may have.',
    ),
  }),
  Profile: object({ name: text, schema: jsonSchema, createdAt: date }, ['name', 'schema']),
  ProfileList: list('Profile'),
  Permission: object(
    {
      id,
      appId: id,
      viewInstanceId: id,
      profile: text,
      requested: rightList,
      granted: rightList,
      message: text,
      status: { type: 'string', enum: [...permissionStatuses] },
      reason: text,
      requestedAt: date,
      decidedAt: date,
      expiresAt: date,
    },
    ['id', 'appId', 'profile', 'requested', 'granted', 'message', 'status', 'requestedAt'],
  ),
  PermissionList: list('Permission'),
  Event: object({
    id,
    metadata: object(
      {
        identifier: text,
        profile: text,
        source: id,
        createdDate: date,
        acceptedDate: date,
        version: { type: 'integer', minimum: 1 },
        modifiedBy: {
          type: 'string',
          description: 'The id of the app that last modified it, or `admin`; absent where nobody did.',
        },
      },
      ['profile', 'source', 'createdDate', 'acceptedDate', 'version'],
    ),
    payload: { type: 'object' },
  }),
  EventList: list('Event'),
  Groups: object({
    groups: array(
      object(
        {
          key: {
            type: 'array',
            items: anyJson,
            description: 'In the order of `groupBy`; of an interval its start, RFC 3339 with the offset of the zone.',
          },
        },
        ['key'],
        'The key, and each measure by its name.',
      ),
    ),
    truncated: { type: 'boolean', description: 'Whether `limit` left groups out.' },
  }),
  Ingest: object(
    {
      accepted: count,
      duplicates: count,
      events: array(object({ id, acceptedDate: date, status: { type: 'string', enum: ['created', 'duplicate'] } })),
    },
    ['accepted', 'duplicates'],
  ),
  ChangePage: object({
    items: array(
      object({
        change: { type: 'string', enum: ['created', 'modified', 'deleted'] },
        event: ref('ChangedEvent'),
        place: { ...text, description: 'The place after this item, for `since`.' },
      }),
    ),
    next: { ...text, description: 'Where to go on, for `since`.' },
  }),
  ChangedEvent: object(
    { id, metadata: { type: 'object' }, payload: { type: 'object' } },
    ['id', 'metadata'],
    'The event as it is now; of a deleted one all but its payload and identifier.',
  ),
  BulkLine: object(
    {
      progress: object({ lines: count, accepted: count, duplicates: count }),
      summary: object({ lines: count, accepted: count, duplicates: count }),
      problem: ref('Problem'),
      line: count,
      stored: object({ lines: count, accepted: count, duplicates: count }),
    },
    [],
    'One of progress, summary, and problem with what is stored. The first `lines` lines are stored, none after; `line` is the one to blame.',
  ),
  ExportLine: object(
    {
      profile: object({ name: text, schema: jsonSchema }),
      id,
      metadata: { type: 'object' },
      payload: { type: 'object' },
      summary: object({ profiles: count, events: count }),
      problem: ref('Problem'),
    },
    [],
    'A profile, an event as read, or last the summary. A problem instead says why the export is not whole.',
  ),
  NeededPermission: object({ profile: text, rights: rightList }),
  ViewTemplate: object(
    {
      id,
      name: text,
      description: text,
      runtime: text,
      permissions: array(ref('NeededPermission')),
      limits: { type: 'object' },
      createdAt: date,
      version,
    },
    ['id', 'name', 'runtime', 'permissions', 'createdAt', 'version'],
  ),
  ViewTemplateList: list('ViewTemplate'),
  AdminViewTemplate: object(
    {
      id,
      name: text,
      description: text,
      runtime: text,
      permissions: array(ref('NeededPermission')),
      limits: { type: 'object' },
      sourceCodeId: id,
      sourceDigest: text,
      createdAt: date,
      version,
      files: array(object({ path: text, content: text })),
    },
    ['id', 'name', 'runtime', 'permissions', 'sourceCodeId', 'sourceDigest', 'createdAt', 'version'],
  ),
  AdminViewTemplateList: list('AdminViewTemplate'),
  ViewTemplateVersion: object(
    {
      viewTemplateId: id,
      version,
      state: {
        type: 'string',
        enum: ['newest', 'in-use', 'unused'],
        description:
          'A former version is in use while an instance or an unfinished run is on it; an unused one is removed soon.',
      },
      instances: count,
      name: text,
      description: text,
      runtime: text,
      permissions: array(ref('NeededPermission')),
      limits: { type: 'object' },
      sourceCodeId: id,
      sourceDigest: text,
      createdAt: date,
      files: array(object({ path: text, content: text })),
    },
    [
      'viewTemplateId',
      'version',
      'state',
      'instances',
      'name',
      'runtime',
      'permissions',
      'sourceCodeId',
      'sourceDigest',
      'createdAt',
    ],
  ),
  ViewTemplateVersionList: list('ViewTemplateVersion'),
  ViewInstance: object(
    {
      id,
      appId: id,
      viewTemplateId: id,
      templateVersion: version,
      nextTemplateVersion: {
        ...version,
        description:
          'The version that it moves to once every right is approved that this one needs beyond its present one.',
      },
      configuration: anyJson,
      createdAt: date,
      permissions: array(ref('Permission')),
    },
    ['id', 'appId', 'viewTemplateId', 'templateVersion', 'configuration', 'createdAt'],
  ),
  ViewInstanceList: list('ViewInstance'),
  Run: object({ ...runMembers, viewInstanceId: id, templateVersion: version }, [
    'id',
    'viewInstanceId',
    'templateVersion',
    'state',
    'logs',
    'attempts',
    'createdAt',
  ]),
  RunList: list('Run'),
  AdminRun: object(
    {
      ...runMembers,
      viewInstanceId: id,
      templateVersion: version,
      ledger: object(
        {
          appId: id,
          viewTemplateId: id,
          sourceDigest: text,
          quarantined: {
            type: 'boolean',
            description: 'Every delivery failed in the keep itself; it is not delivered again.',
          },
          deliveries: array(
            object(
              {
                attempt: count,
                startedAt: date,
                endedAt: date,
                end: { type: 'string', enum: ['ended', 'interrupted'] },
              },
              ['attempt', 'startedAt'],
            ),
          ),
          storedBytes: count,
        },
        ['appId', 'viewTemplateId', 'quarantined', 'deliveries'],
      ),
    },
    ['id', 'viewInstanceId', 'templateVersion', 'state', 'logs', 'attempts', 'createdAt', 'ledger'],
  ),
  AdminRunList: list('AdminRun'),
  DryRun: object(
    {
      ...runMembers,
      sourceDigest: text,
      reads: array(
        object(
          {
            method: { type: 'string', enum: [...brokerMethods] },
            profile: text,
            calls: count,
            items: count,
            refused: count,
          },
          ['method', 'calls', 'items', 'refused'],
        ),
      ),
    },
    ['id', 'state', 'logs', 'attempts', 'createdAt', 'sourceDigest', 'reads'],
  ),
  Session: object({ token: text, expiresAt: date }),
  OpenSession: object(
    {
      id,
      startedAt: date,
      lastUsedAt: { ...date, description: 'Exact to a minute.' },
      expiresAt: date,
      address: { type: 'string', description: 'Where it was started from.' },
      current: { type: 'boolean', description: 'Whether it is the session that asks.' },
    },
    ['id', 'startedAt', 'lastUsedAt', 'expiresAt', 'current'],
  ),
  SessionList: list('OpenSession'),
  Admin: object({ adminId: id, name: text }),
  App: object(
    {
      id,
      name: text,
      description: text,
      state: { type: 'string', enum: ['waiting', 'associated', 'deleting'] },
      createdAt: date,
      associatedAt: date,
      associatedName: text,
      tokenExpiresAt: { type: ['string', 'null'] },
    },
    ['id', 'name', 'createdAt'],
  ),
  AppList: list('App'),
  AssociationToken: object({ associationToken: text, expiresAt: date }),
  RuntimeList: object({
    items: array(
      object(
        {
          name: text,
          where: text,
          healthy: { type: 'boolean' },
          detail: text,
          version: text,
          isolation: object(
            {
              level: { type: 'string', enum: ['os', 'language', 'foreign'] },
              layers: array(text),
              where: text,
              unconfined: { type: 'boolean' },
              proof: text,
            },
            ['level', 'layers', 'proof'],
          ),
          selfTest: object({
            at: date,
            durationMs: count,
            passed: { type: 'boolean' },
            attacks: array(
              object(
                {
                  attack: text,
                  outcome: { type: 'string', enum: ['refused', 'killed', 'succeeded', 'not-tried'] },
                  refusedBy: array(text),
                  detail: text,
                },
                ['attack', 'outcome', 'refusedBy'],
              ),
            ),
          }),
          limits: { type: 'object' },
          processes: object({ running: count, idle: count, max: count }),
        },
        ['name', 'where', 'healthy', 'isolation', 'limits', 'processes'],
      ),
    ),
    nextCursor: { type: 'null' },
  }),
  ...indexSchemas,
  AuditEntry: object(
    {
      sequence: count,
      at: date,
      action: text,
      actor: { type: 'object' },
      subject: { type: 'object' },
      details: { type: 'object' },
      previousHash: text,
      hash: text,
    },
    ['at', 'action', 'actor', 'subject'],
  ),
  AuditList: list('AuditEntry'),
  Notification: object({ kind: text, id: text, action: text }, ['kind', 'id', 'action']),
  System: { type: 'object', description: 'Versions, engines in use, sizes, queue depth.' },
  Health: object({ status: { type: 'string', enum: ['up', 'down'] }, waitingFor: array(text) }, ['status']),
};
