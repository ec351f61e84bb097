import type { TokenSigner } from '@datakeep/contracts';
import type { DocumentStore } from '@datakeep/documents';
import type { Clock, Ids, Logger } from '@datakeep/kernel';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Callers } from '../callers/callers.ts';
import type { Permissions } from '../permissions/permissions.ts';
import type { Profiles } from '../profiles/profiles.ts';
import type { AppQuota } from '../quota/app-quota.ts';

export interface AppsOptions {
  readonly documents: DocumentStore;
  readonly audit: AuditLog;
  readonly callers: Callers;
  readonly permissions: Permissions;
  readonly profiles: Profiles;
  readonly quota: AppQuota;
  readonly signer: TokenSigner;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** How long an app token lives, in ms. */
  readonly tokenLifetimeMs: number;
}
