import type { CollectionDefinition, Document } from '@datakeep/documents';
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

export interface InstanceRecord extends Document {
  readonly appId: string;
  readonly viewTemplateId: string;
  /** JSON text. */
  readonly configuration: string;
  readonly state: InstanceState;
  readonly createdAt: number;
  /** The version of the template that it runs. Absent: 1. */
  readonly templateVersion?: number;
  /** The version that it moves to once the rights are approved that it has been asked for. */
  readonly nextVersion?: number;
}

/** Without `endedAt` the attempt is running, or its process ended with it. */
export interface DeliveryEntry {
  readonly attempt: number;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly end?: 'ended' | 'interrupted';
}

export interface RunRecord extends Document {
  readonly appId: string;
  readonly viewInstanceId: string;
  readonly viewTemplateId: string;
  /** The version of the template that it runs, whatever its instance moves to. Absent: 1. */
  readonly templateVersion?: number;
  readonly state: RunState;
  /** Attempts begun. With `state` it is what every later write is compared with. */
  readonly attempts: number;
  /** A caller requested the end of a running attempt whose worker is in another process. Absent: no request. */
  readonly cancelAsked?: boolean;
  /** JSON text; dropped when the run ends. Absent from a run that has not ended: it lies in `RunInputRecord`. */
  readonly clientCustomData?: string;
  /** JSON text. */
  readonly result?: string;
  readonly error?: RunError;
  readonly logs?: readonly RunLogLine[];
  readonly isolation?: Isolation;
  readonly usage?: RunUsage;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** SHA-256 of the source files, hex. */
  readonly sourceDigest?: string;
  /** Each attempt; times in ms. */
  readonly deliveries?: readonly DeliveryEntry[];
  /** Ended because every attempt was cut short or failed in the keep's own parts. */
  readonly quarantined?: boolean;
  /** What the record of an ended run takes, roughly. */
  readonly bytes?: number;
  /** It tries source that is not registered: `DryRunRecord` says what, and it is in no list. */
  readonly dry?: boolean;
  /** The app, until the run ends: what counts as waiting or executed for it. A dry run counts for no app. */
  readonly unfinishedOf?: string;
  /** W3C trace context of the request that made it, where that was traced. */
  readonly traceparent?: string;
}

/** What a dry run executes, under the run's id, for as long as the run is there. */
export interface DryRunRecord extends Document {
  readonly runtime: string;
  readonly permissions: readonly NeededPermission[];
  readonly limits?: TemplateLimits;
  readonly sourceCodeId: string;
  /** JSON text. */
  readonly configuration: string;
  /** The app whose events it reads; absent: every app's. */
  readonly source?: string;
  readonly createdAt: number;
}

/** What a dry run asked with one method on one profile. */
export interface DryRunReadRecord extends Document {
  readonly runId: string;
  readonly method: BrokerMethod;
  readonly profile?: string;
  readonly calls: number;
  readonly items: number;
  readonly refused: number;
}

/**
 * A run's `clientCustomData` where it is large, under the run's id, until the run ends: so a change of state does not
 * write it again, and lists and the reconciler do not read it.
 */
export interface RunInputRecord extends Document {
  /** JSON text. */
  readonly clientCustomData: string;
}

export const runInputRecords: CollectionDefinition<RunInputRecord> = {
  name: 'view_run_inputs',
  fields: { clientCustomData: { type: 'string' } },
  indexes: [],
};

export const dryRunRecords: CollectionDefinition<DryRunRecord> = {
  name: 'view_dry_runs',
  fields: {
    runtime: { type: 'string' },
    permissions: { type: 'json' },
    limits: { type: 'json', optional: true },
    sourceCodeId: { type: 'string' },
    configuration: { type: 'string' },
    source: { type: 'string', optional: true },
    createdAt: { type: 'number' },
  },
  indexes: [{ name: 'view_dry_runs_oldest', fields: ['createdAt'], serves: 'what a crash left of dry runs' }],
};

export const dryRunReadRecords: CollectionDefinition<DryRunReadRecord> = {
  name: 'view_dry_run_reads',
  fields: {
    runId: { type: 'string' },
    method: { type: 'string' },
    profile: { type: 'string', optional: true },
    calls: { type: 'number' },
    items: { type: 'number' },
    refused: { type: 'number' },
  },
  indexes: [{ name: 'view_dry_run_reads_of_run', fields: ['runId'], serves: 'what one dry run asked' }],
};

export const instanceRecords: CollectionDefinition<InstanceRecord> = {
  name: 'view_instances',
  fields: {
    appId: { type: 'string' },
    viewTemplateId: { type: 'string' },
    configuration: { type: 'string' },
    state: { type: 'string' },
    createdAt: { type: 'number' },
    templateVersion: { type: 'number', optional: true },
    nextVersion: { type: 'number', optional: true },
  },
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
  fields: {
    appId: { type: 'string' },
    viewInstanceId: { type: 'string' },
    viewTemplateId: { type: 'string' },
    templateVersion: { type: 'number', optional: true },
    state: { type: 'string' },
    attempts: { type: 'number' },
    cancelAsked: { type: 'boolean', optional: true },
    clientCustomData: { type: 'string', optional: true },
    result: { type: 'string', optional: true },
    error: { type: 'json', optional: true },
    logs: { type: 'json', optional: true },
    isolation: { type: 'json', optional: true },
    usage: { type: 'json', optional: true },
    createdAt: { type: 'number' },
    startedAt: { type: 'number', optional: true },
    finishedAt: { type: 'number', optional: true },
    sourceDigest: { type: 'string', optional: true },
    deliveries: { type: 'json', optional: true },
    quarantined: { type: 'boolean', optional: true },
    bytes: { type: 'number', optional: true },
    dry: { type: 'boolean', optional: true },
    unfinishedOf: { type: 'string', optional: true },
    traceparent: { type: 'string', optional: true },
  },
  indexes: [
    {
      name: 'view_runs_newest',
      fields: ['createdAt'],
      serves: "the admin's list of runs, newest first, and its time range",
    },
    { name: 'view_runs_of_app', fields: ['appId', 'createdAt'], serves: "an app's own runs, newest first" },
    {
      name: 'view_runs_of_instance',
      fields: ['viewInstanceId', 'createdAt'],
      serves: 'the runs of one instance, newest first; cancelling them with it',
    },
    {
      name: 'view_runs_of_template',
      fields: ['viewTemplateId', 'createdAt'],
      serves: 'the runs of one template, newest first',
    },
    {
      name: 'view_runs_ended',
      fields: ['finishedAt', 'bytes'],
      sparse: true,
      serves: 'retention: the oldest ends, how many there are and what they take',
    },
    {
      name: 'view_runs_quarantined',
      fields: ['quarantined', 'createdAt'],
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
      fields: ['state', 'createdAt'],
      serves: 'runs in one state, newest first; the reconciler, oldest first',
    },
  ],
};
