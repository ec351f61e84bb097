import type { TokenSigner } from '@datakeep/contracts';
import type { DocumentStore } from '@datakeep/documents';
import type { Clock, Ids, Logger } from '@datakeep/kernel';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Callers } from '../callers/callers.ts';
import type { HashCost } from './password-hasher.ts';

export interface AdminsOptions {
  readonly documents: DocumentStore;
  readonly audit: AuditLog;
  readonly callers: Callers;
  readonly signer: TokenSigner;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Of the challenges of passkeys: the current one, then former ones. */
  readonly challengeKeys: () => readonly Buffer[];
  /** Default: `owaspCost`. */
  readonly hashCost?: HashCost;
}
