import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import { BackupError, checkPassphrase } from '@datakeep/backup';
import { BACKUP_SCHEDULE, BACKUPS, DATA_STORAGE, type DataStorage, SETUP_RESTORE } from '@datakeep/contracts';
import { CLOCK, type Clock, type Config, ConfigError, LOGGER, type Logger } from '@datakeep/kernel';
import { KeepRestore } from '../restore/keep-restore.ts';
import { KeepBackupSchedule } from './backup-schedule.ts';
import { KeepBackups } from './keep-backups.ts';
import type { ScheduleSetting } from './schedule-file.ts';

export interface BackupsModuleOptions {
  /** See `Drill`. */
  readonly drillProgram: URL;
  /** Ends this keep, and starts one on what a restore has staged; of a keep of one process. */
  readonly replace?: () => void;
}

/**
 * Provides `BACKUPS` and `BACKUP_SCHEDULE` without STORAGE_URL, and `SETUP_RESTORE` where all is in DATA_DIR and the
 * keep can be replaced.
 */
export class BackupsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #backups: KeepBackups | undefined;
  readonly #schedule: KeepBackupSchedule | undefined;
  readonly #restore: KeepRestore | undefined;

  constructor(backups?: KeepBackups, schedule?: KeepBackupSchedule, restore?: KeepRestore) {
    this.#backups = backups;
    this.#schedule = schedule;
    this.#restore = restore;
  }

  /** Throws `ConfigError` for a schedule that could never make a backup. */
  static forRoot(config: Config, { drillProgram, replace }: BackupsModuleOptions): DynamicModule {
    const { dataDir, mongodbUri, storageUrl, backupKeep } = config;
    const configured = settingOf(config);
    if (storageUrl !== undefined) {
      if (configured !== undefined)
        throw new ConfigError(
          'BACKUP_SCHEDULE is set, and the events of this keep are at STORAGE_URL: unset it, ' +
            'and back up that program and DATA_DIR (docs/deployment.md).',
        );
      return { module: BackupsModule, global: true };
    }
    const providers: FactoryProvider[] = [
      {
        provide: BACKUPS,
        inject: [DATA_STORAGE, CLOCK, LOGGER],
        useFactory: (storage: DataStorage, clock: Clock, logger: Logger) =>
          new KeepBackups({ dataDir, mongodbUri, storage, drillProgram, clock, logger }),
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
            begin: (passphrase, isWanted) => backups.begin(passphrase, isWanted),
            drill: (name, passphrase) => backups.drill(name, passphrase),
          }),
      },
    ];
    if (mongodbUri === undefined && replace !== undefined)
      providers.push({
        provide: SETUP_RESTORE,
        inject: [LOGGER],
        useFactory: (logger: Logger) => new KeepRestore({ config, logger, replace }),
      });
    return { module: BackupsModule, global: true, providers, exports: providers.map(({ provide }) => provide) };
  }

  onApplicationBootstrap(): void {
    this.#backups?.clear();
    this.#schedule?.open();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#schedule?.close();
    await Promise.all([this.#backups?.close(), this.#restore?.close()]);
  }
}

// Decorators as functions: Node runs this lib from source in tests, where it strips types and knows no decorators.
for (const [index, token] of [BACKUPS, BACKUP_SCHEDULE, SETUP_RESTORE].entries()) {
  Inject(token)(BackupsModule, undefined, index);
  Optional()(BackupsModule, undefined, index);
}
Module({})(BackupsModule);

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
