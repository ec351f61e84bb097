import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import {
  APP_LIMIT_DIRECTORY,
  AUDIT,
  CONSENT,
  EVENT_SERVICE,
  INSTANCE_PERMISSIONS,
  PROFILES,
  RUN_COORDINATOR,
  RUN_DIRECTORY,
  RUN_QUEUE,
  RUNTIMES,
  TOKEN_SIGNER,
  VIEW_MANAGER,
} from '@datakeep/contracts';
import { DOCUMENTS } from '@datakeep/documents';
import { CLOCK, type Config, IDS, LOGGER, provideWith } from '@datakeep/kernel';
import type { ViewManagerOptions } from './records/options.ts';
import { runRetention } from './runs/run-sweeper.ts';
import { DefaultViewManager } from './view-manager.ts';

/** Provides the View Manager to the whole application, and closes it at the end. */
@Module({})
export class ViewManagerModule implements OnApplicationShutdown {
  constructor(@Inject(DefaultViewManager) private readonly views: DefaultViewManager) {}

  static forRoot(config: Config, options: Pick<ViewManagerOptions, 'dataEndpoint' | 'endsElsewhere'>): DynamicModule {
    return {
      module: ViewManagerModule,
      global: true,
      providers: [
        provideWith(
          DefaultViewManager,
          DefaultViewManager,
          {
            documents: DOCUMENTS,
            queue: RUN_QUEUE,
            runtimes: RUNTIMES,
            permissions: INSTANCE_PERMISSIONS,
            consent: CONSENT,
            profiles: PROFILES,
            events: EVENT_SERVICE,
            audit: AUDIT,
            appLimits: APP_LIMIT_DIRECTORY,
            signer: TOKEN_SIGNER,
            clock: CLOCK,
            ids: IDS,
            logger: LOGGER,
          },
          {
            maxQueuedRuns: config.maxQueuedRuns,
            retention: runRetention(config),
            ...options,
          },
        ),
        { provide: VIEW_MANAGER, useExisting: DefaultViewManager },
        {
          provide: RUN_COORDINATOR,
          inject: [DefaultViewManager],
          useFactory: ({ coordinator }: DefaultViewManager) => coordinator,
        },
        { provide: RUN_DIRECTORY, useExisting: DefaultViewManager },
      ],
      exports: [DefaultViewManager, VIEW_MANAGER, RUN_COORDINATOR, RUN_DIRECTORY],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.views.close();
  }
}
