import type { RunCaller, RunDirectory, ViewManager } from '@datakeep/contracts';
import { args } from '../wire/argument-list.ts';
import { type Codec, json } from '../wire/codec.ts';
import { describeService, type MethodDescription } from '../wire/service-description.ts';

/** The View Manager as the edge uses it: its port, and whom a run token speaks for. */
export type ViewsPort = ViewManager & RunDirectory;

type Method<M extends keyof ViewsPort> = MethodDescription<Parameters<ViewsPort[M]>, Awaited<ReturnType<ViewsPort[M]>>>;

function carried<M extends keyof ViewsPort>(
  repeatable: boolean,
  deadlineMs?: (...given: Parameters<ViewsPort[M]>) => number,
): Method<M> {
  return { repeatable, request: args(), response: json(), ...(deadlineMs ? { deadlineMs } : {}) };
}

function silent<A extends unknown[]>(repeatable: boolean, deadlineMs = 30_000): MethodDescription<A, void> {
  return {
    repeatable,
    request: args<A>(),
    response: { encode: () => ({ head: null }), decode: () => undefined },
    deadlineMs: () => deadlineMs,
  };
}

const caller: Codec<RunCaller | undefined> = {
  encode: (value) => ({ head: value ?? null }),
  decode: ({ head }) => (head === null ? undefined : (head as RunCaller)),
};

/** What the answer of a wait may take on its way, ms. */
const marginMs = 2000;
/** Checking the syntax of source code starts a process on a busy machine. */
const uploadMs = 30_000;
/** What a dry run may wait for a worker, and for its end after it was told to end. */
const dryRunQueueMs = 30_000;
/** What it may take to offer a version to the instances. */
const rollOutMs = 30_000;
/** Every instance and run of an app, one after the other. */
const removalMs = 600_000;

/** The View Manager as a service. */
export const viewManagerService = describeService<ViewsPort>()({
  name: 'views',
  failures: { unreachable: 'view-manager-unreachable', busy: 'view-manager-unreachable', answerTooLarge: 'internal' },
  methods: {
    createTemplate: carried<'createTemplate'>(false, () => uploadMs),
    dryRun: carried<'dryRun'>(false, ({ limits }) => uploadMs + (limits?.wallTimeMs ?? 60_000) + dryRunQueueMs),
    listTemplates: carried<'listTemplates'>(true),
    getTemplate: carried<'getTemplate'>(true),
    getTemplateSource: carried<'getTemplateSource'>(true),
    createTemplateVersion: carried<'createTemplateVersion'>(false, () => uploadMs + rollOutMs),
    listTemplateVersions: carried<'listTemplateVersions'>(true),
    getTemplateVersion: carried<'getTemplateVersion'>(true),
    deleteTemplate: silent<Parameters<ViewManager['deleteTemplate']>>(false),
    createInstance: carried<'createInstance'>(false),
    listInstances: carried<'listInstances'>(true),
    getInstance: carried<'getInstance'>(true),
    deleteInstance: silent<Parameters<ViewManager['deleteInstance']>>(false),
    usageOf: carried<'usageOf'>(true),
    deleteInstancesOfApp: silent<Parameters<ViewManager['deleteInstancesOfApp']>>(true, removalMs),
    startRun: carried<'startRun'>(false),
    waitForRun: carried<'waitForRun'>(true, (_id, waitMs) => waitMs + marginMs),
    getRun: carried<'getRun'>(true),
    listRuns: carried<'listRuns'>(true),
    cancelRun: carried<'cancelRun'>(false),
    runtimes: carried<'runtimes'>(true),
    runFigures: carried<'runFigures'>(true),
    queueCounts: carried<'queueCounts'>(true),
    run: { repeatable: true, request: json<[viewInstanceId: string, tokenId: string]>(), response: caller },
  },
});
