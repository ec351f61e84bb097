import type { RunDirectory, ViewManager } from '@datakeep/contracts';
import { describeService } from '../wire/service-description.ts';

/** The View Manager as the edge uses it: its port, and the caller of a run token. */
export type ViewsPort = ViewManager & RunDirectory;

/** What the answer of a wait may take on its way, ms. */
const marginMs = 2000;
/**
 * What waits for a process on a busy machine, for runs that are stopped, or for a version that is offered to the
 * instances.
 */
const longMs = 30_000;
/** Every instance and run of an app, one after the other. */
const removalMs = 600_000;

/** The View Manager as a service. */
export const viewManagerService = describeService<ViewsPort>()({
  name: 'views',
  failures: { unreachable: 'view-manager-unreachable', busy: 'view-manager-unreachable', answerTooLarge: 'internal' },
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
