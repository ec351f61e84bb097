import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { BACKUPS } from '@datakeep/contracts';
import { CLOCK, type Clock, type Config, LOGGER, type Logger } from '@datakeep/kernel';
import { KeepBackups } from './keep-backups.ts';

/** Provides `BACKUPS` where the whole keep lies in DATA_DIR. */
@Global()
@Module({})
export class BackupsModule implements OnApplicationShutdown {
  constructor(@Optional() @Inject(BACKUPS) private readonly backups: KeepBackups | undefined) {}

  static forRoot({ dataDir, mongodbUri, storageUrl }: Config): DynamicModule {
    const isHere = mongodbUri === undefined && storageUrl === undefined;
    const provider = {
      provide: BACKUPS,
      inject: [CLOCK, LOGGER],
      useFactory: (clock: Clock, logger: Logger) => new KeepBackups({ dataDir, clock, logger }),
    };
    return isHere ? { module: BackupsModule, providers: [provider], exports: [BACKUPS] } : { module: BackupsModule };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.backups?.close();
  }
}
