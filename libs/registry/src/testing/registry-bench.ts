import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TokenSigner } from '@datakeep/contracts';
import { SqliteDocuments } from '@datakeep/documents';
import { createLogger, ObjectIds } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';

import { Admins } from '../admins/admins.ts';
import { Apps } from '../apps/apps.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { Callers } from '../callers/callers.ts';
import { Permissions } from '../permissions/permissions.ts';
import { SchemaTrial } from '../profiles/schema-trial.ts';
import { Profiles } from '../profiles/profiles.ts';

/** Signs nothing: the token tells what it was made of. */
export const plainSigner: TokenSigner = {
  sign: (kind, subject, tokenId, issuedAt, expiresAt) => [kind, subject, tokenId, issuedAt, expiresAt].join('|'),
};

export const tokenLifetimeMs = 90 * 86_400_000;
export const adminId = 'ad'.repeat(12);

/** Shared by the registries of a test file, whose thread it does not keep alive. */
const trial = new SchemaTrial();

/** The registry over a real SQLite file in a folder of its own, on a clock that the test moves; for tests. */
export function openRegistry(folder = mkdtempSync(join(tmpdir(), 'datakeep-registry-')), clock = new ManualClock()) {
  const logLines: string[] = [];
  const logger = createLogger('debug', { write: (line: string) => void logLines.push(line) });
  const documents = SqliteDocuments.open({ file: join(folder, 'registry.sqlite'), synchronous: 'normal' });
  const ids = new ObjectIds();
  const audit = new AuditLog({ documents, clock });
  const callers = new Callers({ documents, clock, logger });
  const profiles = new Profiles({ documents, audit, clock, ids, logger, trial });
  const permissions = new Permissions({ documents, audit, profiles, clock, ids });
  const apps = new Apps({
    documents,
    audit,
    callers,
    permissions,
    signer: plainSigner,
    clock,
    ids,
    logger,
    tokenLifetimeMs,
  });
  // The cheapest legal cost: what is tested is not how slow a hash is.
  const admins = new Admins({
    documents,
    audit,
    callers,
    signer: plainSigner,
    clock,
    ids,
    logger,
    hashCost: { memory: 8, passes: 1, parallelism: 1 },
  });
  const close = async (): Promise<void> => {
    await callers.settled();
    await documents.close();
  };
  return {
    folder, logLines, documents, clock, ids, audit, callers, profiles, permissions, apps, admins, close,
    async [Symbol.asyncDispose](): Promise<void> {
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  }; // prettier-ignore
}

/** `[kind, subject, tokenId]` of a token of `plainSigner`. */
export function readPlainToken(token: string): {
  readonly kind: string;
  readonly subject: string;
  readonly tokenId: string;
} {
  const [kind = '', subject = '', tokenId = ''] = token.split('|');
  return { kind, subject, tokenId };
}
