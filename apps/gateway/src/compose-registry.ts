import { JwtTokenSigner, type SigningKeys } from '@datakeep/auth';
import type { DataStorage, ViewManager } from '@datakeep/contracts';
import type { DocumentStore } from '@datakeep/documents';
import { EncryptedCursorSealer } from '@datakeep/events';
import type { Clock, Config, Ids, Logger } from '@datakeep/kernel';
import {
  Admins,
  AppQuota,
  AppRemoval,
  Apps,
  AuditLog,
  Callers,
  Permissions,
  ProfileRemoval,
  Profiles,
} from '@datakeep/registry';

/** Who may do what, over the records. */
export interface RegistryParts {
  readonly signer: JwtTokenSigner;
  readonly cursors: EncryptedCursorSealer;
  readonly audit: AuditLog;
  readonly callers: Callers;
  readonly profiles: Profiles;
  readonly profileRemoval: ProfileRemoval;
  readonly permissions: Permissions;
  readonly admins: Admins;
  readonly apps: Apps;
}

const day = 86_400_000;

/** How apps are deleted, once the views are there. */
export function composeAppRemoval(given: {
  readonly documents: DocumentStore;
  readonly registry: RegistryParts;
  readonly storage: DataStorage;
  readonly views: ViewManager;
  readonly clock: Clock;
  readonly logger: Logger;
}): AppRemoval {
  const { registry, ...rest } = given;
  const { audit, callers, apps, permissions, profileRemoval } = registry;
  return new AppRemoval({ ...rest, audit, callers, apps, permissions, profileRemoval });
}

export function composeRegistry(given: {
  readonly config: Config;
  readonly documents: DocumentStore;
  readonly storage: DataStorage;
  readonly keys: SigningKeys;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}): RegistryParts {
  const { config, documents, storage, keys, clock, ids, logger } = given;
  const signer = new JwtTokenSigner(keys);
  const audit = new AuditLog({ documents, clock });
  const callers = new Callers({ documents, clock, logger });
  const quota = new AppQuota({ documents, audit, limits: config.appLimits });
  const profiles = new Profiles({ documents, audit, clock, ids, logger, quota });
  const permissions = new Permissions({ documents, audit, profiles, clock, ids, quota });
  return {
    signer,
    cursors: new EncryptedCursorSealer(keys.derive('cursor'), clock),
    audit,
    callers,
    profiles,
    profileRemoval: new ProfileRemoval({
      documents,
      audit,
      profiles,
      permissions,
      storage,
      clock,
      queryTimeoutMs: config.queryTimeoutMs,
    }),
    permissions,
    admins: new Admins({ documents, audit, callers, signer, clock, ids, logger }),
    apps: new Apps({
      documents,
      audit,
      callers,
      permissions,
      profiles,
      quota,
      signer,
      clock,
      ids,
      logger,
      tokenLifetimeMs: config.appTokenDays * day,
    }),
  };
}
