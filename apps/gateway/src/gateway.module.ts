import { type DynamicModule, type FactoryProvider, Module, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AuthModule } from '@datakeep/auth';
import {
  BACKUP_SCHEDULE,
  BACKUPS,
  type Backups,
  type BackupSchedule,
  DATA_STORAGE,
  type DataStorage,
  type ExecutionService,
  RUNTIMES,
  VIEW_MANAGER,
  type ViewManager,
} from '@datakeep/contracts';
import { DOCUMENTS } from '@datakeep/documents';
import { CLOCK, type Config, LOGGER, type Logger, provideWith } from '@datakeep/kernel';
import {
  AppRemoval,
  Apps,
  AuditLog,
  Callers,
  Permissions,
  ProfileRemoval,
  UnapprovedRemoval,
} from '@datakeep/registry';
import { measureRuntimes, Readiness } from '@datakeep/service-host';
import { AdminApiModule } from './admin-api/admin-api.module.ts';
import { AppApiModule } from './app-api/app-api.module.ts';
import { Answers } from './http/admission/answers.ts';
import { BulkAnswers } from './http/bulk-answer.ts';
import { EdgeProblemFilter } from './http/edge-problem-filter.ts';
import { EventStreams } from './http/event-streams.ts';
import type { Edge } from './http/fastify-adapter.ts';
import { InputsGuard } from './http/inputs-guard.ts';
import { RelyingParties } from './http/relying-party.ts';
import { UsedLimits } from './http/used-limits.ts';
import { measureBackups } from './system-api/backup-metrics.ts';
import { Metrics } from './system-api/metrics.ts';
import { SystemApiModule } from './system-api/system-api.module.ts';

export interface GatewayModuleOptions {
  readonly config: Config;
  readonly edge: Edge;
  /** What the process must reach before it is ready. */
  readonly checks: Omit<FactoryProvider<ConstructorParameters<typeof Readiness>[0]>, 'provide'>;
}

/** Once for the process: `EventStreams` bounds what both open. */
const ofBothApis = [BulkAnswers, EventStreams, UsedLimits];

/** The public HTTP edge. The ports that it calls come from the modules beside it. */
@Module({})
export class GatewayModule {
  static forRoot({ config, edge: { routes, admission }, checks }: GatewayModuleOptions): DynamicModule {
    const { rateLimits, publicUrl } = config;
    const removing = {
      documents: DOCUMENTS,
      permissions: Permissions,
      profileRemoval: ProfileRemoval,
      views: VIEW_MANAGER,
      clock: CLOCK,
      logger: LOGGER,
    };
    const own: FactoryProvider[] = [
      { provide: RelyingParties, useFactory: () => new RelyingParties(publicUrl) },
      { provide: Answers, useFactory: () => admission.answers },
      {
        ...checks,
        provide: Readiness,
        useFactory: async (...parts) => new Readiness(await checks.useFactory(...parts)),
      },
      {
        provide: Metrics,
        inject: [
          DATA_STORAGE,
          VIEW_MANAGER,
          ...[RUNTIMES, BACKUPS, BACKUP_SCHEDULE].map((token) => ({ token, optional: true })),
        ],
        useFactory: (
          storage: DataStorage,
          views: ViewManager,
          runtimes?: ReadonlyMap<string, ExecutionService>,
          backups?: Backups,
          schedule?: BackupSchedule,
        ) =>
          new Metrics(storage, views, (registry) => {
            if (runtimes) measureRuntimes(registry, runtimes);
            if (backups && schedule) measureBackups(registry, backups, schedule);
          }),
      },
      provideWith(AppRemoval, AppRemoval, {
        ...removing,
        audit: AuditLog,
        callers: Callers,
        apps: Apps,
        storage: DATA_STORAGE,
      }),
      provideWith(UnapprovedRemoval, UnapprovedRemoval, removing),
    ];
    const filter: Provider = {
      provide: APP_FILTER,
      inject: [LOGGER],
      useFactory: (logger: Logger) => new EdgeProblemFilter(logger, routes),
    };
    const guard: Provider = { provide: APP_GUARD, useFactory: () => new InputsGuard(admission.bodyRounds) };
    return {
      module: GatewayModule,
      global: true,
      imports: [AuthModule.forRoot(rateLimits), AppApiModule, AdminApiModule, SystemApiModule],
      providers: [...own, ...ofBothApis, filter, guard],
      exports: [...own.map(({ provide }) => provide), ...ofBothApis],
    };
  }
}
