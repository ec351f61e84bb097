import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { KeysModule } from '@datakeep/keys';
import {
  type ExecutionService,
  RUN_COORDINATOR,
  RUN_QUEUE,
  type RunCoordinator,
  type RunQueue,
  RUNTIMES,
} from '@datakeep/contracts';
import { DocumentsModule } from '@datakeep/documents';
import { EventsModule } from '@datakeep/events';
import { QueueWorker } from '@datakeep/execution';
import { BackupsModule } from '@datakeep/keep-data';
import { MongoModule } from '@datakeep/mongo';
import { RegistryModule } from '@datakeep/registry';
import { RunQueueModule } from '@datakeep/run-queue';
import { ProcessModule, type ProcessStart } from '@datakeep/service-host';
import { StorageModule } from '@datakeep/storage';
import { TelemetryModule } from '@datakeep/telemetry';
import { foreignStorage } from '@datakeep/transport';
import { ViewManagerModule } from '@datakeep/view-manager';
import { drillProgram } from './drill/drill-program.ts';
import { concurrencyOf, ExecutionModule } from '../../executors/src/index.ts';

export interface StandaloneOptions extends ProcessStart {
  /** The keep's URL as apps see it; asked at each run, since the port may be known only after listening. */
  readonly publicUrl: () => string;
  /** Where this process listens. */
  readonly localUrl: () => string;
  /** Ends this keep, and starts one on what a restore has staged. */
  readonly replace: () => void;
}

/** What running views get to finish at a shutdown, ms (docs/deployment.md). */
const runGraceMs = 8000;

/**
 * The whole keep in one process: the modules of the four, over engines under DATA_DIR, but for those that MONGODB_URI
 * and REDIS_URL name.
 */
@Module({})
export class StandaloneModule implements OnApplicationShutdown {
  readonly #worker: QueueWorker;

  constructor(@Inject(QueueWorker) worker: QueueWorker) {
    this.#worker = worker;
  }

  static forRoot(options: StandaloneOptions, gateway: DynamicModule): DynamicModule {
    const { config, publicUrl, localUrl, giveUp, selfTest, replace } = options;
    return {
      module: StandaloneModule,
      // The last one closes first.
      imports: [
        TelemetryModule.forRoot(options, 'standalone'),
        ProcessModule.forRoot(options),
        KeysModule.forRoot(config),
        MongoModule.forRoot(config),
        DocumentsModule.forRoot(),
        StorageModule.forRoot({ foreign: foreignStorage, traced: true }),
        RegistryModule.forRoot(config),
        EventsModule.forRoot(config),
        ExecutionModule.forRoot(config, selfTest),
        RunQueueModule.forRoot(config, { concurrency: concurrencyOf(config), onNeverReached: giveUp }),
        ViewManagerModule.forRoot(config, { dataEndpoint: publicUrl }),
        BackupsModule.forRoot(config, { drillProgram, replace }),
        gateway,
      ],
      providers: [
        {
          provide: QueueWorker,
          inject: [RUN_QUEUE, RUN_COORDINATOR, RUNTIMES],
          useFactory: (queue: RunQueue, coordinator: RunCoordinator, runtimes: ReadonlyMap<string, ExecutionService>) =>
            new QueueWorker({ queue, coordinator, runtimes, gatewayUrl: () => config.gatewayUrl ?? localUrl() }),
        },
      ],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.#worker.close(runGraceMs);
  }
}
