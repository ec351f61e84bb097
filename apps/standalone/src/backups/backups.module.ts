import {
  type DynamicModule,
  type FactoryProvider,
  Global,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import { BackupError, checkPassphrase } from '@datakeep/backup';
import { BACKUP_SCHEDULE, BACKUPS, SETUP_RESTORE } from '@datakeep/contracts';
import { CLOCK, type Clock, type Config, ConfigError, LOGGER, type Logger } from '@datakeep/kernel';
import { KeepRestore } from '../restore/keep-restore.ts';
import { KeepBackupSchedule } from './backup-schedule.ts';
import { KeepBackups } from './keep-backups.ts';
import type { ScheduleSetting } from './schedule-file.ts';

/** Provides `BACKUPS` and `BACKUP_SCHEDULE` without STORAGE_URL, and `SETUP_RESTORE` where all is in DATA_DIR. */
@Global()
@Module({})
export class BackupsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Optional() @Inject(BACKUPS) private readonly backups: KeepBackups | undefined,
    @Optional() @Inject(BACKUP_SCHEDULE) private readonly schedule: KeepBackupSchedule | undefined,
    @Optional() @Inject(SETUP_RESTORE) private readonly restore: KeepRestore | undefined,
  ) {}

  /** Throws `ConfigError` for a schedule that could never make a backup. */
  static forRoot(config: Config, { replace }: { readonly replace: () => void }): DynamicModule {
    const { dataDir, mongodbUri, storageUrl, backupKeep } = config;
    const configured = settingOf(config);
    if (storageUrl !== undefined) {
      if (configured !== undefined)
        throw new ConfigError(
          'BACKUP_SCHEDULE is set, and the events of this keep are at STORAGE_URL: unset it, ' +
            'and back up that program and DATA_DIR (docs/deployment.md).',
        );
      return { module: BackupsModule };
    }
    const providers: FactoryProvider[] = [
      {
        provide: BACKUPS,
        inject: [CLOCK, LOGGER],
        useFactory: (clock: Clock, logger: Logger) => new KeepBackups({ dataDir, mongodbUri, clock, logger }),
      },
      {
        provide: BACKUP_SCHEDULE,
        inject: [BACKUPS, CLOCK, LOGGER],
        useFactory: (backups: KeepBackups, clock: Clock, logger: Logger) =>
          new KeepBackupSchedule({
            dataDir,
            configured,
            defaultKeep: backupKeep,
            clock,
            logger,
            begin: (passphrase) => backups.begin(passphrase),
            drill: (name, passphrase) => backups.drill(name, passphrase),
          }),
      },
    ];
    if (mongodbUri === undefined)
      providers.push({
        provide: SETUP_RESTORE,
        inject: [LOGGER],
        useFactory: (logger: Logger) => new KeepRestore({ config, logger, replace }),
      });
    return { module: BackupsModule, providers, exports: providers.map(({ provide }) => provide) };
  }

  onApplicationBootstrap(): void {
    this.schedule?.open();
  }

  async onApplicationShutdown(): Promise<void> {
    this.schedule?.close();
    await Promise.all([this.backups?.close(), this.restore?.close()]);
  }
}

function settingOf({ backupSchedule, backupPassphrase }: Config): ScheduleSetting | undefined {
  if (backupSchedule === undefined) return undefined;
  if (backupPassphrase === undefined)
    throw new ConfigError(
      'BACKUP_SCHEDULE is set, and DATAKEEP_PASSPHRASE is not: set it to a passphrase of at least 12 characters, ' +
        'which encrypts the backups, or unset BACKUP_SCHEDULE.',
    );
  try {
    checkPassphrase(backupPassphrase);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    throw new ConfigError(`DATAKEEP_PASSPHRASE cannot be used for BACKUP_SCHEDULE. ${error.message}`);
  }
  return { cron: backupSchedule, passphrase: backupPassphrase };
}
