import type { Amount, Count, Id, Timestamp, Version } from '@datakeep/kernel';
import type { Right } from './events.ts';
import type { Permission } from './registry.ts';
import type { RunQueueCounts } from './run-queue.ts';
import type {
  BrokerMethod,
  ExecutionLimits,
  Isolation,
  RunError,
  RunLogLine,
  RunUsage,
  RuntimeReport,
  SourceFile,
} from './execution.ts';

export interface NeededPermission {
  readonly profile: string;
  readonly rights: readonly Right[];
}

/**
 * What differs from the configuration's limits, each within the range that docs/isolation.md names.
 *
 * @internal
 */
export type TemplateLimits = Partial<ExecutionLimits>;

export interface ViewTemplate {
  readonly id: Id;
  readonly name: string;
  readonly description?: string | undefined;
  readonly runtime: string;
  readonly permissions: readonly NeededPermission[];
  readonly limits?: TemplateLimits | undefined;
  readonly sourceCodeId: string;
  /** SHA-256 of the source files, hex. */
  readonly sourceDigest: string;
  readonly createdAt: Timestamp;
  /** The version that the rest is of: of a template its newest, which new instances take. */
  readonly version: Version;
}

/** A template as it is in one of its versions, which never changes. */
export interface ViewTemplateVersion extends Omit<ViewTemplate, 'id'> {
  readonly viewTemplateId: Id;
  /**
   * `newest`; `in-use`: a former one that instances or unfinished runs are on; `unused`: a former one that is removed
   * soon.
   */
  readonly state: 'newest' | 'in-use' | 'unused';
  /** How many instances are on it. */
  readonly instances: Count;
}

export interface ViewInstance {
  readonly id: Id;
  readonly appId: Id;
  readonly viewTemplateId: Id;
  /** The version of the template that it runs. */
  readonly templateVersion: Version;
  /** The version that it moves to once every right is approved that this one needs beyond its present one. */
  readonly nextTemplateVersion?: Version | undefined;
  /** Any JSON value. */
  readonly configuration: unknown;
  readonly createdAt: Timestamp;
}

export const runStates = ['queued', 'running', 'succeeded', 'failed', 'timed-out', 'cancelled'] as const;
export type RunState = (typeof runStates)[number];
export const terminalRunStates: readonly RunState[] = ['succeeded', 'failed', 'timed-out', 'cancelled'];

export interface Run {
  readonly id: Id;
  readonly viewInstanceId: Id;
  /** The version of the template that it runs. */
  readonly templateVersion: Version;
  readonly state: RunState;
  /** Any JSON value. */
  readonly result?: unknown;
  readonly error?: RunError | undefined;
  readonly logs: readonly RunLogLine[];
  readonly attempts: Count;
  readonly isolation?: Isolation | undefined;
  readonly usage?: RunUsage | undefined;
  readonly createdAt: Timestamp;
  readonly startedAt?: Timestamp | undefined;
  readonly finishedAt?: Timestamp | undefined;
  /** For the admin: apps get a run without it. */
  readonly ledger: RunLedger;
}

/** One delivery of a run to a worker. */
export interface RunDelivery {
  readonly attempt: Count;
  readonly startedAt: Timestamp;
  /** Absent while it is running, and where the process ended with it. */
  readonly endedAt?: Timestamp | undefined;
  /** `interrupted`: it had no outcome, and the run waited again. */
  readonly end?: 'ended' | 'interrupted' | undefined;
}

/** What the keep's owner sees of a run beside what its app sees. */
export interface RunLedger {
  readonly appId: Id;
  readonly viewTemplateId: Id;
  /** SHA-256 of the source files that it ran, hex. */
  readonly sourceDigest?: string | undefined;
  /**
   * Every delivery was cut short or failed in the keep's own parts: it is not delivered again, and the owner should
   * look.
   */
  readonly quarantined: boolean;
  readonly deliveries: readonly RunDelivery[];
  /** What its record takes, roughly; retention counts this. Absent before its end. */
  readonly storedBytes?: Count | undefined;
}

/**
 * How long ended runs are kept: until one of the three is exceeded, oldest end first. Unfinished runs are never
 * removed.
 */
export interface RunRetention {
  readonly maxAgeMs: Amount;
  readonly maxRuns: Count;
  readonly maxBytes: Count;
}

export interface RunFigures {
  /** Runs that have ended and are kept, and what their records take. */
  readonly ended: Count;
  readonly endedBytes: Count;
  readonly quarantined: Count;
  readonly oldestEndedAt: Timestamp | null;
  readonly retention: RunRetention;
  /** Removed by retention since the answering process started. */
  readonly removed: Count;
  /** When that process last looked for what to remove. */
  readonly sweptAt: Timestamp | null;
}

export interface RunFilter {
  readonly appId?: string;
  readonly viewInstanceId?: string;
  readonly viewTemplateId?: string;
  readonly state?: RunState;
  readonly quarantined?: boolean;
  /** ms since the epoch, inclusive. */
  readonly from?: number;
  /** ms since the epoch, exclusive. */
  readonly to?: number;
}

/** What one app has; each has its cap in `AppLimits`. */
export interface ViewUsage {
  readonly viewInstances: number;
  /** Runs that wait or are executed. */
  readonly queuedRuns: number;
  /** Runs that were accepted since midnight UTC. */
  readonly runsPerDay: number;
}

/** One page of records, newest first, and the place after it (opaque here; the edge seals it in a cursor). */
export interface RecordPage<T> {
  readonly items: readonly T[];
  readonly next: unknown;
  readonly count?: number | undefined;
}

export interface Paging {
  readonly limit: number;
  readonly after?: unknown;
  readonly count?: boolean;
}

export interface NewViewTemplate {
  readonly name: string;
  readonly description?: string | undefined;
  readonly runtime: string;
  readonly permissions: readonly NeededPermission[];
  readonly limits?: TemplateLimits | undefined;
  readonly files: readonly SourceFile[];
}

/** The next version of a template: what is left out stays as it is. `runtime`, if given, is that of the template. */
export type NewViewTemplateVersion = Pick<NewViewTemplate, 'files'> & Partial<NewViewTemplate>;

/** Source that is tried before it is registered. */
export interface DryRunRequest extends NewViewTemplate {
  /** Any JSON value; absent is null for the view, as is `clientCustomData`. */
  readonly configuration?: unknown;
  readonly clientCustomData?: unknown;
  /** Only events that this app sent are there for the run. Absent: every app's. */
  readonly appId?: string;
}

/** What a dry run asked of the keep with one method on one profile. */
export interface DryRunRead {
  readonly method: BrokerMethod;
  /** Absent where the call named no profile that the template needs. */
  readonly profile?: string | undefined;
  readonly calls: Count;
  /** Events or groups that it was answered. */
  readonly items: Count;
  /** Calls that were refused. Every write is. */
  readonly refused: Count;
}

/** A run of which nothing is kept. */
export interface DryRun extends Omit<Run, 'viewInstanceId' | 'templateVersion' | 'ledger'> {
  readonly reads: readonly DryRunRead[];
  /** SHA-256 of the source files, hex: that of a template registered with the same files. */
  readonly sourceDigest: string;
}

/** Who deletes a view instance. An app deletes its own; the keep, those without any approval. */
export interface Deleter {
  readonly kind: 'app' | 'admin' | 'keep';
  readonly id: string;
}

/**
 * The View Manager port. Guarantees: keeps templates, instances and runs, never source code. Records of other apps do
 * not exist for an app: `not-found`. A run is a record first (`queued`), then a job; its outcome is stored once, by
 * compare-and-set on (run, attempt). What a run may see are the permissions of its view instance at each call.
 */
export interface ViewManager {
  createTemplate(template: NewViewTemplate, adminId: string): Promise<ViewTemplate>;
  listTemplates(paging: Paging): Promise<RecordPage<ViewTemplate>>;
  getTemplate(id: string): Promise<ViewTemplate>;
  /**
   * Runs source that is not registered, read-only, on one app's or all events, through the same queue and workers as
   * any run; resolves when it has ended. Source and record are removed in every case. Throws `invalid`,
   * `run-queue-full` (also when no worker took it up in time), `run-queue-unreachable`,
   * `execution-service-unreachable`.
   */
  dryRun(request: DryRunRequest, adminId: string): Promise<DryRun>;
  /** Of the newest version, unless another one is named. */
  getTemplateSource(id: string, version?: number): Promise<readonly SourceFile[]>;
  deleteTemplate(id: string, adminId: string): Promise<void>;
  /**
   * Makes the next version, which new instances take. An instance moves to it at once where it needs no right beyond
   * those that the instance's present version needs; else the rights are asked for in the instance's name, and it
   * moves, at the next run, once all of them are approved. Runs that were made before stay with their version. A former
   * version goes, with its source, when no instance and no unfinished run is on it. Throws as `createTemplate`; nothing
   * has changed then.
   */
  createTemplateVersion(id: string, version: NewViewTemplateVersion, adminId: string): Promise<ViewTemplateVersion>;
  listTemplateVersions(id: string, paging: Paging): Promise<RecordPage<ViewTemplateVersion>>;
  getTemplateVersion(id: string, version: number): Promise<ViewTemplateVersion>;

  /** `configuration` is any JSON value. Asks for the template's permissions in the instance's own name. */
  /** Throws `app-limit-reached` where the app has as many instances as it may. */
  createInstance(
    appId: string,
    viewTemplateId: string,
    configuration: unknown,
  ): Promise<{ readonly instance: ViewInstance; readonly permissions: readonly Permission[] }>;
  /** Without `appId`: of every app (the admin). */
  listInstances(
    filter: { readonly appId?: string; readonly viewTemplateId?: string },
    paging: Paging,
  ): Promise<RecordPage<ViewInstance>>;
  getInstance(id: string, appId?: string): Promise<ViewInstance>;
  /**
   * Its permissions are dropped, its unfinished runs are cancelled, and the results, logs and records of its runs are
   * removed: those of unfinished ones as soon as they have ended.
   */
  deleteInstance(id: string, by: Deleter): Promise<void>;
  /**
   * When an app is deleted: each of its instances goes as by `deleteInstance`. A bounded step, which resolves with
   * whether nothing is left; to be repeated until then.
   */
  deleteInstancesOfApp(appId: string): Promise<boolean>;

  /**
   * `clientCustomData` undefined is null for the view. Throws `view-not-permitted`, `run-queue-full` (the keep's cap or
   * the app's), `rate-limited` (its runs of a day), `run-queue-unreachable`. The run survives a power loss.
   */
  startRun(appId: string, viewInstanceId: string, clientCustomData: unknown): Promise<Run>;
  /** Resolves as soon as the run is terminal, or with its present state after `waitMs`. */
  waitForRun(id: string, waitMs: number): Promise<Run>;
  getRun(id: string, appId?: string): Promise<Run>;
  listRuns(filter: RunFilter, paging: Paging): Promise<RecordPage<Run>>;
  cancelRun(id: string, by: { readonly kind: 'app' | 'admin'; readonly id: string }): Promise<Run>;

  /** What of its limits an app uses. */
  usageOf(appId: string): Promise<ViewUsage>;

  runtimes(): Promise<readonly RuntimeReport[]>;
  runFigures(): Promise<RunFigures>;
  queueCounts(): Promise<RunQueueCounts>;
}
