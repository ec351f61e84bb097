import { field, optional, type CollectionDefinition, type RecordOf } from '@datakeep/documents';
import type {
  BrokerMethod,
  Isolation,
  NeededPermission,
  RunError,
  RunLogLine,
  RunState,
  RunUsage,
  TemplateLimits,
} from '@datakeep/contracts';

/**
 * Times in records are ms since the epoch. JSON values of callers (configuration, custom data, result) are kept as JSON
 * text: joined, never printed again.
 */

/**
 * `making`: its permissions are not all requested yet; `going`: its deletion has begun; `gone`: it no longer counts for
 * its template, and the results of its runs are being removed. None of these is visible to a caller, and the reconciler
 * removes what a crash left of them.
 */
export type InstanceState = 'making' | 'ready' | 'going' | 'gone';

const instanceFields = {
  appId: field.text,
  viewTemplateId: field.text,
  /** JSON text. */
  configuration: field.text,
  state: field.textOf<InstanceState>(),
  createdAt: field.number,
  /** The version of the template that it runs. Absent: 1. */
  templateVersion: optional(field.number),
  /** The version that it moves to once the rights are approved that it has been asked for. */
  nextVersion: optional(field.number),
};
export type InstanceRecord = RecordOf<typeof instanceFields>;

/** Without `endedAt` the attempt is running, or its process ended with it. */
export interface DeliveryEntry {
  readonly attempt: number;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly end?: 'ended' | 'interrupted';
}

const runFields = {
  appId: field.text,
  viewInstanceId: field.text,
  viewTemplateId: field.text,
  /** The version of the template that it runs, whatever its instance moves to. Absent: 1. */
  templateVersion: optional(field.number),
  state: field.textOf<RunState>(),
  /** Attempts begun. With `state` it is what every later write is compared with. */
  attempts: field.number,
  /** A caller was answered that the run ends `cancelled`: no other end is stored. Absent: none was. */
  cancelAsked: optional(field.flag),
  /** JSON text; dropped when the run ends. Absent from a run that has not ended: it lies in `RunInputRecord`. */
  clientCustomData: optional(field.text),
  /** JSON text. */
  result: optional(field.text),
  error: optional(field.json<RunError>()),
  logs: optional(field.json<readonly RunLogLine[]>()),
  isolation: optional(field.json<Isolation>()),
  usage: optional(field.json<RunUsage>()),
  createdAt: field.number,
  startedAt: optional(field.number),
  finishedAt: optional(field.number),
  /** SHA-256 of the source files, hex. */
  sourceDigest: optional(field.text),
  /** Each attempt; times in ms. */
  deliveries: optional(field.json<readonly DeliveryEntry[]>()),
  /** Ended because every attempt was cut short or failed in the keep's own parts. */
  quarantined: optional(field.flag),
  /** What the record of an ended run takes, roughly. */
  bytes: optional(field.number),
  /** It tries source that is not registered: `DryRunRecord` says what, and it is in no list. */
  dry: optional(field.flag),
  /** The app, until the run ends: what counts as waiting or executed for it. A dry run counts for no app. */
  unfinishedOf: optional(field.text),
  /** W3C trace context of the request that made it, where that was traced. */
  traceparent: optional(field.text),
};
export type RunRecord = RecordOf<typeof runFields>;

/** What a dry run executes, under the run's id, for as long as the run is there. */
const dryRunFields = {
  runtime: field.text,
  permissions: field.json<readonly NeededPermission[]>(),
  limits: optional(field.json<TemplateLimits>()),
  sourceCodeId: field.text,
  /** JSON text. */
  configuration: field.text,
  /** The app whose events it reads; absent: every app's. */
  source: optional(field.text),
  createdAt: field.number,
};
export type DryRunRecord = RecordOf<typeof dryRunFields>;

/** What a dry run asked with one method on one profile. */
const dryRunReadFields = {
  runId: field.text,
  method: field.textOf<BrokerMethod>(),
  profile: optional(field.text),
  calls: field.number,
  items: field.number,
  refused: field.number,
};
export type DryRunReadRecord = RecordOf<typeof dryRunReadFields>;

/**
 * A run's `clientCustomData` where it is large, under the run's id, until the run ends: so a change of state does not
 * write it again, and lists and the reconciler do not read it.
 */
const runInputFields = {
  /** JSON text. */
  clientCustomData: field.text,
};
export type RunInputRecord = RecordOf<typeof runInputFields>;

export const runInputRecords: CollectionDefinition<RunInputRecord> = {
  name: 'view_run_inputs',
  fields: runInputFields,
  indexes: [],
};

export const dryRunRecords: CollectionDefinition<DryRunRecord> = {
  name: 'view_dry_runs',
  fields: dryRunFields,
  indexes: [{ name: 'view_dry_runs_oldest', fields: ['createdAt'], serves: 'what a crash left of dry runs' }],
};

export const dryRunReadRecords: CollectionDefinition<DryRunReadRecord> = {
  name: 'view_dry_run_reads',
  fields: dryRunReadFields,
  indexes: [{ name: 'view_dry_run_reads_of_run', fields: ['runId'], serves: 'what one dry run asked' }],
};

export const instanceRecords: CollectionDefinition<InstanceRecord> = {
  name: 'view_instances',
  fields: instanceFields,
  indexes: [
    {
      name: 'view_instances_newest',
      fields: ['state', 'createdAt'],
      serves: "the admin's list, newest first; what a crash left half made or half deleted",
    },
    {
      name: 'view_instances_of_app',
      fields: ['appId', 'state', 'createdAt'],
      serves: "an app's own instances, newest first; deleting those of an app",
    },
    {
      name: 'view_instances_of_template',
      fields: ['viewTemplateId', 'state', 'createdAt'],
      serves: 'the instances of one template, newest first',
    },
  ],
};

export const runRecords: CollectionDefinition<RunRecord> = {
  name: 'view_runs',
  fields: runFields,
  indexes: [
    {
      name: 'view_runs_newest',
      fields: ['createdAt', 'id', 'dry', 'quarantined'],
      serves: "the admin's list of runs, newest first, and its time range",
    },
    {
      name: 'view_runs_of_app',
      fields: ['appId', 'createdAt', 'id', 'dry', 'state', 'viewTemplateId'],
      serves: "an app's own runs, newest first",
    },
    {
      name: 'view_runs_of_instance',
      fields: ['viewInstanceId', 'createdAt', 'id', 'dry', 'state', 'appId'],
      serves: 'the runs of one instance, newest first; cancelling them with it',
    },
    {
      name: 'view_runs_of_template',
      fields: ['viewTemplateId', 'createdAt', 'id', 'dry', 'state', 'appId'],
      serves: 'the runs of one template, newest first',
    },
    {
      name: 'view_runs_ended',
      fields: ['finishedAt', 'id', 'bytes'],
      sparse: true,
      serves: 'retention: the oldest ends, how many there are and what they take',
    },
    {
      name: 'view_runs_quarantined',
      fields: ['quarantined', 'createdAt', 'id', 'dry'],
      sparse: true,
      serves: 'the quarantined runs, newest first, and their number',
    },
    {
      name: 'view_runs_unfinished',
      fields: ['unfinishedOf'],
      sparse: true,
      serves: 'how many runs of one app wait or are executed',
    },
    {
      name: 'view_runs_in_state',
      fields: ['state', 'createdAt', 'id', 'dry', 'appId', 'viewInstanceId', 'viewTemplateId'],
      serves: 'runs in one state, newest first; the reconciler, oldest first',
    },
  ],
};
