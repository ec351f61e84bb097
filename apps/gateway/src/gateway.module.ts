import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { Registry } from 'prom-client';
import { AuthModule, type SigningKeys } from '@datakeep/auth';
import type {
  BulkService,
  CallerDirectory,
  ChangeFeedService,
  CursorSealer,
  DataStorage,
  EventService,
  RunDirectory,
  ViewManager,
} from '@datakeep/contracts';
import type { DocumentStore } from '@datakeep/documents';
import type { Clock, Config, Logger } from '@datakeep/kernel';
import { Admins, AppRemoval, Apps, AuditLog, Permissions, ProfileRemoval, Profiles } from '@datakeep/registry';
import { Readiness } from '@datakeep/service-host';
import { AdminApiModule } from './admin-api/admin-api.module.ts';
import { AppApiModule } from './app-api/app-api.module.ts';
import { Answers } from './http/admission/answers.ts';
import { EdgeProblemFilter } from './http/edge-problem-filter.ts';
import type { Edge } from './http/fastify-adapter.ts';
import {
  APP_LIMITS,
  BULK_SERVICE,
  CHANGE_FEED_SERVICE,
  CLOCK,
  CURSORS,
  DATA_STORAGE,
  DOCUMENTS,
  EVENT_SERVICE,
  LOGGER,
  INSTANCE_PERMISSIONS,
  RATE_LIMITS,
  VERSION,
  VIEW_MANAGER,
} from './services.ts';
import { Metrics } from './system-api/metrics.ts';
import { SystemApiModule } from './system-api/system-api.module.ts';

/** Everything that the gateway calls, made by the process that composes it. */
export interface GatewayParts {
  readonly config: Config;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keys: SigningKeys;
  readonly documents: DocumentStore;
  readonly storage: DataStorage;
  readonly events: EventService;
  readonly bulk: BulkService;
  readonly changes: ChangeFeedService;
  readonly views: ViewManager;
  readonly runs: RunDirectory;
  readonly callers: CallerDirectory;
  readonly cursors: CursorSealer;
  readonly admins: Admins;
  readonly apps: Apps;
  readonly appRemoval: AppRemoval;
  readonly profiles: Profiles;
  readonly profileRemoval: ProfileRemoval;
  readonly permissions: Permissions;
  readonly audit: AuditLog;
  readonly readiness: Readiness;
  /** Adds to the metrics what else is in this process. */
  readonly measure?: (registry: Registry) => void;
}

/** The public HTTP edge. */
@Module({})
export class GatewayModule {
  static forParts(parts: GatewayParts, { routes, admission }: Edge): DynamicModule {
    const values: [unknown, unknown][] = [
      [EVENT_SERVICE, parts.events],
      [BULK_SERVICE, parts.bulk],
      [CHANGE_FEED_SERVICE, parts.changes],
      [APP_LIMITS, parts.config.appLimits],
      [RATE_LIMITS, parts.config.rateLimits],
      [CLOCK, parts.clock],
      [LOGGER, parts.logger],
      [VIEW_MANAGER, parts.views],
      [DATA_STORAGE, parts.storage],
      [DOCUMENTS, parts.documents],
      [CURSORS, parts.cursors],
      [INSTANCE_PERMISSIONS, parts.permissions],
      [VERSION, parts.version],
      [Admins, parts.admins],
      [Apps, parts.apps],
      [AppRemoval, parts.appRemoval],
      [Profiles, parts.profiles],
      [ProfileRemoval, parts.profileRemoval],
      [Permissions, parts.permissions],
      [AuditLog, parts.audit],
      [Readiness, parts.readiness],
      [Answers, admission.answers],
      [Metrics, new Metrics(parts.storage, parts.views, parts.measure)],
    ];
    const services: DynamicModule = {
      module: ServicesModule,
      global: true,
      providers: values.map(([provide, useValue]) => ({ provide: provide as symbol, useValue })),
      exports: values.map(([provide]) => provide as symbol),
    };
    return {
      module: GatewayModule,
      imports: [
        services,
        AuthModule.forRoot({
          keys: parts.keys,
          clock: parts.clock,
          rateLimits: parts.config.rateLimits,
          callers: parts.callers,
          runs: parts.runs,
        }),
        AppApiModule,
        AdminApiModule,
        SystemApiModule,
      ],
      providers: [{ provide: APP_FILTER, useValue: new EdgeProblemFilter(parts.logger, routes) }],
    };
  }
}

@Module({})
class ServicesModule {}
