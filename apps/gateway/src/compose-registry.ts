import { JwtTokenSigner, type SigningKeys } from '@datakeep/auth';
import type { DataStorage } from '@datakeep/contracts';
import type { DocumentStore } from '@datakeep/documents';
import { HmacCursorSealer } from '@datakeep/event-store';
import type { Clock, Config, Ids, Logger } from '@datakeep/kernel';
import { Admins, Apps, AuditLog, Callers, Permissions, ProfileRemoval, Profiles } from '@datakeep/registry';

/** Who may do what, over the records. */
export interface RegistryParts {
  readonly signer: JwtTokenSigner;
  readonly cursors: HmacCursorSealer;
  readonly audit: AuditLog;
  readonly callers: Callers;
  readonly profiles: Profiles;
  readonly profileRemoval: ProfileRemoval;
  readonly permissions: Permissions;
  readonly admins: Admins;
  readonly apps: Apps;
}

const day = 86_400_000;

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
  const profiles = new Profiles({ documents, audit, clock, ids, logger });
  const permissions = new Permissions({ documents, audit, profiles, clock, ids });
  return {
    signer,
    cursors: new HmacCursorSealer(keys.derive('cursor'), clock),
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
      signer,
      clock,
      ids,
      logger,
      tokenLifetimeMs: config.appTokenDays * day,
    }),
  };
}
