import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { RUNTIMES } from '@datakeep/contracts';
import { DOCUMENTS, type DocumentStore } from '@datakeep/documents';
import { adoptSourceFiles, DocumentSourceStore } from '@datakeep/execution';
import { type Clock, CLOCK, type Config, type Ids, IDS, type Logger, LOGGER } from '@datakeep/kernel';
import { openRuntimes, OpenRuntimes } from './open-runtimes.ts';

/** Provides `RUNTIMES` to the whole application, and ends their processes at the end. */
@Module({})
export class ExecutionModule implements OnApplicationShutdown {
  readonly #runtimes: OpenRuntimes;

  constructor(@Inject(OpenRuntimes) runtimes: OpenRuntimes) {
    this.#runtimes = runtimes;
  }

  /** `selfTest`: see `ProcessStart`. */
  static forRoot(config: Config, selfTest?: boolean): DynamicModule {
    const opened = {
      provide: OpenRuntimes,
      inject: [DOCUMENTS, CLOCK, IDS, LOGGER],
      useFactory: async (documents: DocumentStore, clock: Clock, ids: Ids, logger: Logger) => {
        await adoptSourceFiles(documents, config.dataDir);
        return openRuntimes({ config, sources: new DocumentSourceStore(documents), clock, ids, logger, selfTest });
      },
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
