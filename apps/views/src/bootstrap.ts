import { KeysModule } from '@datakeep/keys';
import {
  DATA_STORAGE,
  type DataStorage,
  RUN_COORDINATOR,
  RUN_QUEUE,
  type RunQueue,
  VIEW_MANAGER,
} from '@datakeep/contracts';
import { DOCUMENTS, DocumentsModule, type DocumentStore } from '@datakeep/documents';
import { EventsModule } from '@datakeep/events';
import { MongoModule } from '@datakeep/mongo';
import { RegistryModule } from '@datakeep/registry';
import { RunQueueModule } from '@datakeep/run-queue';
import {
  ExecutionClientModule,
  measureQueue,
  type ProcessStart,
  requireVariables,
  type RunningService,
  startService,
  StorageClientModule,
} from '@datakeep/service-host';
import { bindService, runCoordinatorService, viewManagerService } from '@datakeep/transport';
import { DefaultViewManager, ViewManagerModule } from '@datakeep/view-manager';

const ports = { service: 8022, health: 8122 };

/** Starts the View Manager as a process: the bootstrap of production, which tests use as well. */
export async function startViews(start: ProcessStart): Promise<RunningService> {
  const config = requireVariables(start.config, 'views', ['mongodbUri', 'redisUrl', 'signingKey', 'serviceSecret']);
  const dataEndpoint = config.publicUrl ?? `http://${config.host}:${config.port}`;
  return startService(start, {
    name: 'views',
    ports,
    modules: [
      KeysModule.forRoot(config),
      MongoModule.forRoot(config),
      DocumentsModule.forRoot(),
      StorageClientModule.forRoot(config),
      ExecutionClientModule.forRoot(config),
      RunQueueModule.forRoot(config, { onNeverReached: start.giveUp }),
      RegistryModule.forConsent(config),
      EventsModule.forRoot(config),
      ViewManagerModule.forRoot(config, { dataEndpoint: () => dataEndpoint, endsElsewhere: true }),
    ],
    services: [
      bindService(viewManagerService, { useExisting: VIEW_MANAGER }),
      bindService(runCoordinatorService, { useExisting: RUN_COORDINATOR }),
    ],
    begin: async (app) => {
      const views = app.get(DefaultViewManager);
      const storage = app.get<DataStorage>(DATA_STORAGE);
      const documents = app.get<DocumentStore>(DOCUMENTS);
      const queue = app.get<RunQueue>(RUN_QUEUE);
      await views.start();
      return {
        checks: {
          documents: () => documents.ping(),
          storage: () => storage.ping(),
          queue: async () => void (await queue.counts()),
        },
        measure: (registry) => measureQueue(registry, () => views.queueCounts()),
        end: async () => views.stopWaiting(),
      };
    },
  });
}
