import { type DynamicModule, Inject, Module, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import {
  APP_LIMIT_DIRECTORY,
  AUDIT,
  CALLER_DIRECTORY,
  CHALLENGE_KEYS,
  CONSENT,
  DATA_STORAGE,
  INSTANCE_PERMISSIONS,
  PROFILES,
  TOKEN_SIGNER,
} from '@datakeep/contracts';
import { DOCUMENTS } from '@datakeep/documents';
import { CLOCK, type Config, IDS, LOGGER, provideWith } from '@datakeep/kernel';
import { Admins } from './admins/admins.ts';
import { Apps } from './apps/apps.ts';
import { AuditLog } from './audit/audit-log.ts';
import { Callers } from './callers/callers.ts';
import { Permissions } from './permissions/permissions.ts';
import { ProfileRemoval } from './profiles/profile-removal.ts';
import { Profiles } from './profiles/profiles.ts';
import { AppQuota } from './quota/app-quota.ts';

const day = 86_400_000;
const documents = DOCUMENTS;
const clock = CLOCK;
const ids = IDS;
const logger = LOGGER;
const audit = AuditLog;
const common = { documents, audit, clock };

/** Provides the records of apps, admins, profiles, permissions and audit to the whole application. */
@Module({})
export class RegistryModule implements OnApplicationShutdown {
  constructor(@Inject(Callers) private readonly callers: Callers) {}

  static forRoot({ appLimits, appTokenDays, queryTimeoutMs }: Config): DynamicModule {
    const providers: Provider[] = [
      ...consent({ appLimits }, false),
      provideWith(Callers, Callers, { documents, clock, logger }),
      { provide: CALLER_DIRECTORY, useExisting: Callers },
      provideWith(
        ProfileRemoval,
        ProfileRemoval,
        { ...common, profiles: Profiles, permissions: Permissions, storage: DATA_STORAGE },
        { queryTimeoutMs },
      ),
      provideWith(Admins, Admins, {
        ...common,
        callers: Callers,
        signer: TOKEN_SIGNER,
        ids,
        logger,
        challengeKeys: CHALLENGE_KEYS,
      }),
      provideWith(
        Apps,
        Apps,
        {
          ...common,
          callers: Callers,
          permissions: Permissions,
          profiles: Profiles,
          quota: AppQuota,
          signer: TOKEN_SIGNER,
          ids,
          logger,
        },
        { tokenLifetimeMs: appTokenDays * day },
      ),
    ];
    return { module: RegistryModule, global: true, providers, exports: providers.map(tokenOf) };
  }

  /** What a process needs that asks for consent, and decides nothing. */
  static forConsent(config: Pick<Config, 'appLimits'>): DynamicModule {
    const providers = consent(config, true);
    return { module: ConsentModule, global: true, providers, exports: providers.map(tokenOf) };
  }

  onApplicationShutdown(): Promise<void> {
    return this.callers.settled();
  }
}

class ConsentModule {}

function consent({ appLimits: limits }: Pick<Config, 'appLimits'>, decidedElsewhere: boolean): Provider[] {
  return [
    provideWith(AuditLog, AuditLog, { documents, clock }),
    { provide: AUDIT, useExisting: AuditLog },
    provideWith(AppQuota, AppQuota, common, { limits }),
    { provide: APP_LIMIT_DIRECTORY, useExisting: AppQuota },
    provideWith(Profiles, Profiles, { ...common, ids, logger, quota: AppQuota }),
    { provide: PROFILES, useExisting: Profiles },
    provideWith(
      Permissions,
      Permissions,
      { ...common, profiles: Profiles, ids, quota: AppQuota },
      { decidedElsewhere },
    ),
    { provide: CONSENT, useExisting: Permissions },
    { provide: INSTANCE_PERMISSIONS, useExisting: Permissions },
  ];
}

const tokenOf = (provider: Provider) => (typeof provider === 'function' ? provider : provider.provide);
