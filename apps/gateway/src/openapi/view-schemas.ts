import { brokerMethods, executionLimitRanges, type ExecutionLimits } from '@datakeep/contracts';
import type { SchemaObject, Schemas } from './openapi-types.ts';
import {
  amount,
  anyJson,
  array,
  closed,
  count,
  date,
  flag,
  id,
  list,
  object,
  oneOf,
  ref,
  rightList,
  text,
} from './shapes.ts';

const limitNames = Object.keys(executionLimitRanges) as (keyof ExecutionLimits)[];
const limits = Object.fromEntries(
  limitNames.map((name) => [name, { ...count, description: `In ${executionLimitRanges[name].unit}.` }]),
);

const isolation = {
  level: oneOf('os', 'language', 'foreign'),
  layers: array(text),
  where: text,
  unconfined: flag,
};

/** Of a run, whatever it is a run of. */
const runMembers: Schemas = {
  id,
  state: oneOf('queued', 'running', 'succeeded', 'failed', 'timed-out', 'cancelled'),
  result: anyJson,
  error: object(
    {
      code: { ...text, description: 'One of /docs/errors, under Runs.' },
      message: text,
      file: text,
      line: { type: 'integer' },
      limit: { type: 'number' },
      used: { type: 'number' },
    },
    ['code', 'message'],
  ),
  logs: array(object({ at: date, level: oneOf('debug', 'info', 'warn', 'error'), text })),
  attempts: count,
  isolation: object(isolation, ['level', 'layers']),
  usage: object(
    {
      wallMs: amount,
      cpuMs: amount,
      peakMemoryMiB: amount,
      eventsRead: count,
      eventsWritten: count,
      bytesRead: count,
      logBytes: count,
      logBytesDropped: count,
      resultBytes: count,
    },
    ['wallMs', 'cpuMs', 'peakMemoryMiB', 'eventsRead', 'eventsWritten', 'bytesRead', 'logBytesDropped'],
  ),
  createdAt: date,
  startedAt: date,
  finishedAt: date,
};
const always = ['id', 'state', 'logs', 'attempts', 'createdAt'];

/** Of a view template. */
const version: SchemaObject = { type: 'integer', minimum: 1 };

const source: Schemas = {
  sourceCodeId: text,
  sourceDigest: { ...text, description: 'SHA-256 of the source files, hex.' },
  files: { ...array(object({ path: text, content: text })), description: 'Only where one is read.' },
};

const template: Schemas = {
  name: text,
  description: text,
  runtime: text,
  permissions: array(ref('NeededPermission')),
  limits: object(limits, [], 'What differs from the configuration.'),
  createdAt: date,
  version,
};
const templateAlways = ['name', 'runtime', 'permissions', 'createdAt', 'version'];
const sourceAlways = ['sourceCodeId', 'sourceDigest'];

const ofInstance: Schemas = { ...runMembers, viewInstanceId: id, templateVersion: version };
const runAlways = [...always, 'viewInstanceId', 'templateVersion'];

const upload: Schemas = {
  name: text,
  description: text,
  runtime: text,
  permissions: { ...text, contentMediaType: 'application/json', description: 'As JSON text.' },
  limits: { ...text, contentMediaType: 'application/json', description: 'As JSON text.' },
  files: {
    ...array({ type: 'string', format: 'binary' }),
    minItems: 1,
    maxItems: 10,
    description: 'Each named by its path.',
  },
};
const uploaded = ['name', 'runtime', 'permissions', 'files'];

/** Templates, instances, runs and where they run. */
export const viewSchemas: Schemas = {
  NeededPermission: object({ profile: text, rights: rightList }),
  ViewTemplate: object({ id, ...template }, ['id', ...templateAlways]),
  ViewTemplateUpload: closed(upload, uploaded),
  ViewTemplateVersionUpload: closed(upload, ['files']),
  DryRunUpload: closed(
    {
      ...upload,
      configuration: { ...text, contentMediaType: 'application/json', description: 'Any JSON value, as text.' },
      clientCustomData: { ...text, contentMediaType: 'application/json', description: 'Any JSON value, as text.' },
      appId: id,
    },
    uploaded,
  ),
  ViewTemplateList: list('ViewTemplate'),
  AdminViewTemplate: object({ id, ...template, ...source }, ['id', ...templateAlways, ...sourceAlways]),
  AdminViewTemplateList: list('AdminViewTemplate'),
  ViewTemplateVersion: object(
    {
      viewTemplateId: id,
      state: {
        ...oneOf('newest', 'in-use', 'unused'),
        description:
          'A former version is in use while an instance or an unfinished run is on it; an unused one is removed soon.',
      },
      instances: count,
      ...template,
      ...source,
    },
    ['viewTemplateId', 'state', 'instances', ...templateAlways, ...sourceAlways],
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
      permissions: { ...array(ref('Permission')), description: 'Only where one instance is made or read.' },
    },
    ['id', 'appId', 'viewTemplateId', 'templateVersion', 'configuration', 'createdAt'],
  ),
  ViewInstanceList: list('ViewInstance'),
  Run: object(ofInstance, runAlways),
  RunList: list('Run'),
  RunLedger: object(
    {
      appId: id,
      viewTemplateId: id,
      sourceDigest: text,
      quarantined: { ...flag, description: 'Every delivery failed in the keep itself; it is not delivered again.' },
      deliveries: array(
        object({ attempt: count, startedAt: date, endedAt: date, end: oneOf('ended', 'interrupted') }, [
          'attempt',
          'startedAt',
        ]),
      ),
      storedBytes: count,
    },
    ['appId', 'viewTemplateId', 'quarantined', 'deliveries'],
  ),
  AdminRun: object({ ...ofInstance, ledger: ref('RunLedger') }, [...runAlways, 'ledger']),
  AdminRunList: list('AdminRun'),
  DryRun: object(
    {
      ...runMembers,
      sourceDigest: text,
      reads: array(
        object(
          {
            method: oneOf(...brokerMethods),
            profile: text,
            calls: count,
            items: count,
            refused: count,
          },
          ['method', 'calls', 'items', 'refused'],
        ),
      ),
    },
    [...always, 'sourceDigest', 'reads'],
  ),
  Runtime: object(
    {
      name: text,
      where: text,
      healthy: flag,
      detail: text,
      version: text,
      isolation: object({ ...isolation, proof: text }, ['level', 'layers', 'proof']),
      selfTest: object({
        at: date,
        durationMs: count,
        passed: flag,
        attacks: array(
          object(
            {
              attack: text,
              outcome: oneOf('refused', 'killed', 'succeeded', 'not-tried'),
              refusedBy: array(text),
              detail: text,
            },
            ['attack', 'outcome', 'refusedBy'],
          ),
        ),
      }),
      limits: object(limits),
      processes: object({ running: count, idle: count, max: count }),
    },
    ['name', 'where', 'healthy', 'isolation', 'limits', 'processes'],
  ),
  RuntimeList: object({ items: array(ref('Runtime')), nextCursor: { type: 'null' } }),
};
