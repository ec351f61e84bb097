import { join } from 'node:path';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { RUNTIMES } from '@datakeep/contracts';
import { DOCUMENTS, type DocumentStore } from '@datakeep/documents';
import { DocumentSourceStore, FileSourceStore } from '@datakeep/execution';
import { type Clock, CLOCK, type Config, type Ids, IDS, type Logger, LOGGER } from '@datakeep/kernel';
import { openRuntimes, OpenRuntimes } from './open-runtimes.ts';

export interface ExecutionModuleOptions {
  /** Where source code is kept: in files under DATA_DIR, or with the records. */
  readonly sources: 'files' | 'records';
  /** See `ProcessStart`. */
  readonly selfTest?: boolean | undefined;
}

/** Provides `RUNTIMES` to the whole application, and ends their processes at the end. */
@Module({})
export class ExecutionModule implements OnApplicationShutdown {
  readonly #runtimes: OpenRuntimes;

  constructor(@Inject(OpenRuntimes) runtimes: OpenRuntimes) {
    this.#runtimes = runtimes;
  }

  static forRoot(config: Config, { sources, selfTest }: ExecutionModuleOptions): DynamicModule {
    const opened = {
      provide: OpenRuntimes,
      inject: [DOCUMENTS, CLOCK, IDS, LOGGER],
      useFactory: async (documents: DocumentStore, clock: Clock, ids: Ids, logger: Logger) =>
        openRuntimes({
          config,
          sources:
            sources === 'files'
              ? await FileSourceStore.open(join(config.dataDir, 'source-code'))
              : new DocumentSourceStore(documents),
          clock,
          ids,
          logger,
          selfTest,
        }),
    };
    const services = {
      provide: RUNTIMES,
      inject: [OpenRuntimes],
      useFactory: (runtimes: OpenRuntimes) => runtimes.services,
    };
    return {
      module: ExecutionModule,
      global: true,
      providers: [opened, services],
      exports: [OpenRuntimes, RUNTIMES],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.#runtimes.close();
  }
}
