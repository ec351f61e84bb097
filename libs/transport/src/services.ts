import type {
  Aggregation,
  DataStorage,
  EventQuery,
  ExecutionService,
  RunCoordinator,
  RunDirectory,
  ViewManager,
} from '@datakeep/contracts';
import { describeService } from './wire/service-description.ts';

/** What the answer may take on its way beyond the budget of a query or a wait, ms. */
const marginMs = 2000;
/** Every event, instance and run of an app, in short steps. */
const removalMs = 600_000;
/** The index advisor answers when it is done with what it is at: a build, or queries that it runs again. */
const adviceMs = 120_000;
/** What waits for a process on a busy machine, for runs that are stopped, or for each instance of a template, ms. */
const longMs = 30_000;
/** One call of a view: a query's longest budget (QUERY_TIMEOUT_MS), or a batch that waits for the writer, ms. */
const brokerMs = 62_000;

/** The Data Storage as a service. `close` does not travel: closing a client leaves the storage running. */
export const dataStorageService = describeService<DataStorage>()({
  name: 'storage',
  failures: { unreachable: 'storage-unreachable', busy: 'storage-busy', answerTooLarge: 'query-timeout' },
  methods: {
    append: { repeatable: false },
    restore: { repeatable: false },
    query: { repeatable: true, deadlineMs: (query: EventQuery) => query.timeoutMs + marginMs },
    aggregate: { repeatable: true, deadlineMs: (aggregation: Aggregation) => aggregation.timeoutMs + marginMs },
    get: { repeatable: true },
    replace: { repeatable: false },
    remove: { repeatable: false },
    removeBySource: { repeatable: false, deadlineMs: removalMs },
    changes: { repeatable: true },
    lastChange: { repeatable: true },
    indexes: { repeatable: true, deadlineMs: adviceMs },
    decide: { repeatable: false, deadlineMs: adviceMs },
    setIndexPolicy: { repeatable: true, deadlineMs: adviceMs },
    usageOf: { repeatable: true },
    figures: { repeatable: true },
    ping: { repeatable: true, deadlineMs: marginMs },
  },
});

const viewsFailures = {
  unreachable: 'view-manager-unreachable',
  busy: 'view-manager-unreachable',
  answerTooLarge: 'internal',
} as const;

/** The View Manager as the edge uses it: its port, and the caller of a run token. */
export type ViewsPort = ViewManager & RunDirectory;

export const viewManagerService = describeService<ViewsPort>()({
  name: 'views',
  failures: viewsFailures,
  methods: {
    createTemplate: { repeatable: false, deadlineMs: longMs },
    dryRun: {
      repeatable: false,
      deadlineMs: ({ limits }: Parameters<ViewManager['dryRun']>[0]) => 2 * longMs + (limits?.wallTimeMs ?? 60_000),
    },
    listTemplates: { repeatable: true },
    getTemplate: { repeatable: true },
    getTemplateSource: { repeatable: true },
    createTemplateVersion: { repeatable: false, deadlineMs: 2 * longMs },
    listTemplateVersions: { repeatable: true },
    getTemplateVersion: { repeatable: true },
    deleteTemplate: { repeatable: false, deadlineMs: longMs },
    createInstance: { repeatable: false },
    listInstances: { repeatable: true },
    getInstance: { repeatable: true },
    deleteInstance: { repeatable: false, deadlineMs: longMs },
    usageOf: { repeatable: true },
    deleteInstancesOfApp: { repeatable: true, deadlineMs: removalMs },
    startRun: { repeatable: false },
    waitForRun: { repeatable: true, deadlineMs: (_id: string, waitMs: number) => waitMs + marginMs },
    getRun: { repeatable: true },
    listRuns: { repeatable: true },
    cancelRun: { repeatable: false },
    runtimes: { repeatable: true },
    runFigures: { repeatable: true },
    queueCounts: { repeatable: true },
    run: { repeatable: true },
  },
});

/**
 * The run coordinator as a service. A second call is harmless by the port's guarantees, but for what a view asks of its
 * keep, and an attempt's put-back. The callback of `begin` stays at home: a worker in another process asks `ended`.
 */
export const runCoordinatorService = describeService<RunCoordinator>()({
  name: 'run-coordinator',
  failures: viewsFailures,
  methods: {
    begin: { repeatable: true },
    broker: { repeatable: false, deadlineMs: brokerMs },
    finish: { repeatable: true },
    interrupted: { repeatable: false },
    ended: { repeatable: true },
  },
});

/**
 * One runtime's execution service as a service: its source code and its report. Runs are executed where their jobs are
 * taken, so `execute` does not travel.
 */
export function executionService(runtime: string) {
  const unreachable = 'execution-service-unreachable';
  return describeService<ExecutionService>()({
    name: `execution-${runtime}`,
    failures: { unreachable, busy: unreachable, answerTooLarge: unreachable },
    methods: {
      upload: { repeatable: false },
      read: { repeatable: true },
      delete: { repeatable: true },
      report: { repeatable: true, deadlineMs: 2000 },
    },
  });
}
