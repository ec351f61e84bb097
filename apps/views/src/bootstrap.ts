import { JwtTokenSigner, SigningKeys } from '@datakeep/auth';
import { defaultExecutionLimits, defaultRunQueueOptions } from '@datakeep/contracts';
import { openMongoDocuments } from '@datakeep/documents';
import { DefaultEventService, EncryptedCursorSealer } from '@datakeep/events';
import { ObjectIds } from '@datakeep/kernel';
import { AppQuota, AuditLog, Permissions, Profiles } from '@datakeep/registry';
import { openBullRunQueue } from '@datakeep/run-queue';
import {
  closeAll,
  measureQueue,
  type ProcessStart,
  requireVariables,
  type RunningService,
  startService,
} from '@datakeep/service-host';
import {
  bindService,
  createRpcClient,
  dataStorageService,
  executionService,
  foreignStorage,
  readServiceTls,
  remoteDataStorage,
  remoteExecution,
  runCoordinatorService,
  viewManagerService,
} from '@datakeep/transport';
import { DefaultViewManager, runRetention } from '@datakeep/view-manager';

const ports = { service: 8022, health: 8122 };

/** Starts the View Manager as a process: the bootstrap of production, which tests use as well. */
export async function startViews({ config: given, logger, clock, giveUp }: ProcessStart): Promise<RunningService> {
  const config = requireVariables(given, 'views', ['mongodbUri', 'redisUrl', 'signingKey', 'serviceSecret']);
  // In the order in which they are opened.
  const closers: (() => Promise<void>)[] = [];
  try {
    const ids = new ObjectIds();
    const keys = SigningKeys.open({ dataDir: config.dataDir, signingKey: config.signingKey, clock });
    const documents = await openMongoDocuments({ uri: config.mongodbUri });
    closers.push(() => documents.close());
    const client = { secret: config.serviceSecret, tls: readServiceTls(config), clock, logger };
    const storage =
      foreignStorage(config, clock) ??
      remoteDataStorage(createRpcClient(dataStorageService, { ...client, servers: config.storageServers }));
    closers.push(() => storage.close());
    const runtimes = config.runtimes.map(({ name }) =>
      remoteExecution(
        name,
        { ...defaultExecutionLimits, wallTimeMs: config.viewWallTimeMs, memoryMiB: config.viewMemoryMiB },
        createRpcClient(executionService(name), { ...client, servers: config.executorsServers, deadlineMs: 30_000 }),
      ),
    );
    closers.push(() => closeAll(runtimes.map((runtime) => () => runtime.close())));
    const queue = await openBullRunQueue({
      redisUrl: config.redisUrl,
      options: defaultRunQueueOptions,
      logger,
      onNeverReached: giveUp,
    });
    closers.push(() => queue.close());
    const audit = new AuditLog({ documents, clock });
    const quota = new AppQuota({ documents, audit, limits: config.appLimits });
    const profiles = new Profiles({ documents, audit, clock, ids, logger, quota });
    const permissions = new Permissions({ documents, audit, profiles, clock, ids, quota, decidedElsewhere: true });
    const cursors = new EncryptedCursorSealer(keys.derive('cursor'), clock);
    const views = new DefaultViewManager({
      documents,
      queue,
      runtimes: new Map(runtimes.map((runtime) => [runtime.runtime, runtime])),
      permissions,
      consent: permissions,
      profiles,
      events: new DefaultEventService({
        storage,
        consent: permissions,
        profiles,
        cursors,
        clock,
        ids,
        queryTimeoutMs: config.queryTimeoutMs,
      }),
      audit,
      signer: new JwtTokenSigner(keys),
      clock,
      ids,
      logger,
      maxQueuedRuns: config.maxQueuedRuns,
      appLimits: config.appLimits,
      retention: runRetention(config),
      dataEndpoint: config.publicUrl ?? `http://${config.host}:${config.port}`,
      endsElsewhere: true,
    });
    closers.push(() => views.close());
    await views.start();
    return await startService({
      name: 'views',
      config,
      clock,
      logger,
      ports,
      services: [bindService(viewManagerService, views), bindService(runCoordinatorService, views)],
      checks: {
        documents: () => documents.ping(),
        storage: () => storage.ping(),
        queue: async () => void (await queue.counts()),
      },
      measure: (registry) => measureQueue(registry, () => views.queueCounts()),
      before: async () => views.stopWaiting(),
      closers: closers.toReversed(),
    });
  } catch (error) {
    await closeAll(closers.toReversed());
    throw error;
  }
}
