import { defaultRunQueueOptions } from '@datakeep/contracts';
import { openMongoDocuments } from '@datakeep/documents';
import { DocumentSourceStore, QueueWorker, RemoteRunCoordinator } from '@datakeep/execution';
import { ObjectIds } from '@datakeep/kernel';
import { openBullRunQueue } from '@datakeep/run-queue';
import {
  closeAll,
  measureRuntimes,
  type ProcessStart,
  requireVariables,
  type RunningService,
  startService,
} from '@datakeep/service-host';
import {
  bindService,
  createRpcClient,
  executionService,
  readServiceTls,
  runCoordinatorService,
} from '@datakeep/transport';
import { openRuntimes } from './compose-runtimes.ts';

const ports = { service: 8023, health: 8123 };
/** What running views get to finish at a shutdown, ms (docs/deployment.md). */
const runGraceMs = 8000;

/** Starts the execution services and the workers of the run queue as a process: the bootstrap of production, which tests use as well. */
export async function startExecutors({
  config: given,
  logger,
  clock,
  giveUp,
  selfTest,
}: ProcessStart): Promise<RunningService> {
  const config = requireVariables(given, 'executors', ['mongodbUri', 'redisUrl', 'serviceSecret']);
  // In the order in which they are opened.
  const closers: (() => Promise<void>)[] = [];
  try {
    const documents = await openMongoDocuments({ uri: config.mongodbUri });
    closers.push(() => documents.close());
    const runtimes = await openRuntimes({
      config,
      sources: new DocumentSourceStore(documents),
      clock,
      ids: new ObjectIds(),
      logger,
      selfTest,
    });
    closers.push(() => runtimes.close());
    const client = createRpcClient(runCoordinatorService, {
      servers: config.viewsServers,
      secret: config.serviceSecret,
      tls: readServiceTls(config),
      clock,
      logger,
    });
    closers.push(() => client.control.close());
    const coordinator = new RemoteRunCoordinator({ coordinator: client.port, clock, logger });
    const queue = await openBullRunQueue({
      redisUrl: config.redisUrl,
      options: { ...defaultRunQueueOptions, concurrency: runtimes.concurrency },
      logger,
      onNeverReached: giveUp,
    });
    closers.push(() => queue.close());
    const worker = new QueueWorker({
      queue,
      coordinator,
      runtimes: runtimes.services,
      gatewayUrl: () => config.gatewayUrl,
    });
    const running = await startService({
      name: 'executors',
      config,
      clock,
      logger,
      ports,
      services: [...runtimes.services].map(([runtime, service]) => bindService(executionService(runtime), service)),
      checks: {
        documents: () => documents.ping(),
        views: () => client.control.reach(),
        queue: async () => void (await queue.counts()),
      },
      measure: (registry) => measureRuntimes(registry, runtimes.services),
      before: async () => {
        await worker.close(runGraceMs);
        coordinator.close();
      },
      closers: closers.toReversed(),
    });
    // Ready before that: until the self-tests have ended, runs stay queued.
    void runtimes.prove().then(() => worker.start());
    return running;
  } catch (error) {
    await closeAll(closers.toReversed());
    throw error;
  }
}
