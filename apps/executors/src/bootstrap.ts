import {
  RUN_COORDINATOR,
  RUN_QUEUE,
  type RunCoordinator,
  type RunQueue,
  RUNTIMES,
  type ExecutionService,
} from '@datakeep/contracts';
import { DOCUMENTS, DocumentsModule, type DocumentStore } from '@datakeep/documents';
import { QueueWorker, RemoteRunCoordinator } from '@datakeep/execution';
import { MongoModule } from '@datakeep/mongo';
import { RunQueueModule } from '@datakeep/run-queue';
import {
  measureRuntimes,
  type ProcessStart,
  requireVariables,
  RunCoordinatorClientModule,
  type RunningService,
  startService,
  VIEWS_CLIENT,
} from '@datakeep/service-host';
import { bindService, executionService, type RpcClient } from '@datakeep/transport';
import { concurrencyOf, OpenRuntimes } from './open-runtimes.ts';
import { ExecutionModule } from './execution.module.ts';

const ports = { service: 8023, health: 8123 };
/** What running views get to finish at a shutdown, ms (docs/deployment.md). */
const runGraceMs = 8000;

/**
 * Starts the execution services and the workers of the run queue as a process: the bootstrap of production, which tests
 * use as well.
 */
export async function startExecutors(start: ProcessStart): Promise<RunningService> {
  const { clock, logger, giveUp, selfTest } = start;
  const config = requireVariables(start.config, 'executors', ['mongodbUri', 'redisUrl', 'serviceSecret']);
  return startService(start, {
    name: 'executors',
    ports,
    modules: [
      MongoModule.forRoot(config),
      DocumentsModule.forRoot(),
      ExecutionModule.forRoot(config, selfTest),
      RunCoordinatorClientModule.forRoot(config),
      RunQueueModule.forRoot(config, { concurrency: concurrencyOf(config), onNeverReached: giveUp }),
    ],
    services: config.runtimes.map(({ name }) =>
      bindService(executionService(name), {
        inject: [RUNTIMES],
        useFactory: (runtimes: ReadonlyMap<string, ExecutionService>) => runtimes.get(name)!,
      }),
    ),
    begin: (app) => {
      const documents = app.get<DocumentStore>(DOCUMENTS);
      const views = app.get<{ readonly control: RpcClient }>(VIEWS_CLIENT);
      const queue = app.get<RunQueue>(RUN_QUEUE);
      const runtimes = app.get<ReadonlyMap<string, ExecutionService>>(RUNTIMES);
      const coordinator = new RemoteRunCoordinator({
        coordinator: app.get<RunCoordinator>(RUN_COORDINATOR),
        clock,
        logger,
      });
      const worker = new QueueWorker({ queue, coordinator, runtimes, gatewayUrl: () => config.gatewayUrl });
      return {
        checks: {
          documents: () => documents.ping(),
          views: () => views.control.reach(),
          queue: async () => void (await queue.counts()),
        },
        measure: (registry) => measureRuntimes(registry, runtimes),
        // Ready before that: until the self-tests have ended, runs stay queued.
        serving: () =>
          void app
            .get(OpenRuntimes)
            .prove()
            .then(() => worker.start()),
        end: async () => {
          await worker.close(runGraceMs);
          coordinator.close();
        },
      };
    },
  });
}
