import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { BACKUPS, SETUP_RESTORE } from '@datakeep/contracts';
import { CLOCK, type Clock, type Config, LOGGER, type Logger } from '@datakeep/kernel';
import { KeepRestore } from '../restore/keep-restore.ts';
import { KeepBackups } from './keep-backups.ts';

/** Provides `BACKUPS` and `SETUP_RESTORE` where the whole keep lies in DATA_DIR. */
@Global()
@Module({})
export class BackupsModule implements OnApplicationShutdown {
  constructor(
    @Optional() @Inject(BACKUPS) private readonly backups: KeepBackups | undefined,
    @Optional() @Inject(SETUP_RESTORE) private readonly restore: KeepRestore | undefined,
  ) {}

  static forRoot(config: Config, { replace }: { readonly replace: () => void }): DynamicModule {
    const { dataDir, mongodbUri, storageUrl } = config;
    if (mongodbUri !== undefined || storageUrl !== undefined) return { module: BackupsModule };
    const backups = {
      provide: BACKUPS,
      inject: [CLOCK, LOGGER],
      useFactory: (clock: Clock, logger: Logger) => new KeepBackups({ dataDir, clock, logger }),
    };
    const restore = {
      provide: SETUP_RESTORE,
      inject: [LOGGER],
      useFactory: (logger: Logger) => new KeepRestore({ config, logger, replace }),
    };
    return { module: BackupsModule, providers: [backups, restore], exports: [BACKUPS, SETUP_RESTORE] };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.backups?.close(), this.restore?.close()]);
  }
}
