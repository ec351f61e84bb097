import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { EventPage, EventQuery, TokenSigner } from '@datakeep/contracts';
import { type DocumentStore, SqliteDocuments } from '@datakeep/documents';
import { type AppLimits, createLogger, defaultAppLimits, ObjectIds } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';

import { Admins } from '../admins/admins.ts';
import { AppQuota, type Addition } from '../quota/app-quota.ts';
import { appDefinition, type AppRecord } from '../records/app-records.ts';
import { AppRemoval } from '../apps/app-removal.ts';
import { Apps } from '../apps/apps.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { Callers } from '../callers/callers.ts';
import { Permissions } from '../permissions/permissions.ts';
import { ProfileRemoval } from '../profiles/profile-removal.ts';
import { SchemaTrial } from '../profiles/schema-trial.ts';
import { Profiles } from '../profiles/profiles.ts';

/** Signs nothing: the token is its claims as text. */
export const plainSigner: TokenSigner = {
  sign: (kind, subject, tokenId, issuedAt, expiresAt) => [kind, subject, tokenId, issuedAt, expiresAt].join('|'),
};

export const tokenLifetimeMs = 90 * 86_400_000;
export const adminId = 'ad'.repeat(12);
/** Apps that are there in every registry of a test. */
export const knownApp = 'aa'.repeat(12);
export const otherApp = 'bb'.repeat(12);

/** Of a storage, what deletions ask: events are their profile and source. */
export class ListedEvents {
  events: readonly { readonly profile: string; readonly source: string }[] = [];

  query({ profile }: Pick<EventQuery, 'profile'>): Promise<EventPage> {
    const { length } = this.events.filter((event) => event.profile === profile).slice(0, 1);
    return Promise.resolve({ itemsJson: '[]', length, next: null });
  }

  removeBySource(source: string): Promise<number> {
    const left = this.events.filter((event) => event.source !== source);
    const removed = this.events.length - left.length;
    this.events = left;
    return Promise.resolve(removed);
  }
}

/** Adds nothing before the apps that tests speak for without making them are stored. */
class SettledQuota extends AppQuota {
  settled: Promise<unknown> = Promise.resolve();

  override async add<T>(appId: string, prepare: (app: AppRecord) => Promise<Addition<T>>): Promise<T> {
    await this.settled;
    return super.add(appId, prepare);
  }
}

/** Shared by the registries of a test file, whose thread it does not keep alive. */
const trial = new SchemaTrial();

const openFile = (folder: string): SqliteDocuments =>
  SqliteDocuments.open({ file: join(folder, 'registry.sqlite'), synchronous: 'normal' });

/** The registry over a real SQLite file in a temporary folder, or another store, on a manual clock; for tests. */
export function openRegistry(
  folder = mkdtempSync(join(tmpdir(), 'datakeep-registry-')),
  clock = new ManualClock(),
  limits: Partial<AppLimits> = {},
  documents: DocumentStore = openFile(folder),
) {
  const logLines: string[] = [];
  const logger = createLogger('debug', { write: (line: string) => void logLines.push(line) });
  const ids = new ObjectIds();
  const audit = new AuditLog({ documents, clock });
  const callers = new Callers({ documents, clock, logger });
  const quota = new SettledQuota({ documents, audit, clock, limits: { ...defaultAppLimits, ...limits } });
  // A folder that is opened again has them already.
  quota.settled = Promise.allSettled(
    [knownApp, otherApp].map((id) =>
      documents.commit([
        documents.collection(appDefinition).insert({ id, name: 'Known', createdAt: 0, tokenGeneration: 0 }),
      ]),
    ),
  );
  const profiles = new Profiles({ documents, audit, clock, ids, logger, quota, trial });
  const permissions = new Permissions({ documents, audit, profiles, clock, ids, quota });
  const apps = new Apps({
    documents,
    audit,
    callers,
    permissions,
    profiles,
    quota,
    signer: plainSigner,
    clock,
    ids,
    logger,
    tokenLifetimeMs,
  });
  const storage = new ListedEvents();
  const profileRemoval = new ProfileRemoval({
    documents,
    audit,
    profiles,
    permissions,
    storage,
    clock,
    queryTimeoutMs: 1000,
  });
  const views = { deleteInstancesOfApp: (): Promise<boolean> => Promise.resolve(true) };
  const appRemoval = new AppRemoval({
    documents,
    audit,
    callers,
    apps,
    permissions,
    profileRemoval,
    views,
    storage,
    clock,
    logger,
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
    challengeKeys: () => [Buffer.alloc(32, 1)],
    hashCost: { memory: 8, passes: 1, parallelism: 1 },
  });
  /** Lets time pass until the work is done: what waits for other processes to forget waits by the clock. */
  const passing = async <T>(work: Promise<T>): Promise<T> => {
    const state = { over: false };
    void work.catch(() => undefined).finally(() => (state.over = true));
    while (!state.over) await clock.advance(500);
    return work;
  };
  const close = async (): Promise<void> => {
    await callers.settled();
    await documents.close();
  };
  return {
    folder, logger, logLines, documents, clock, ids, audit, callers, quota, profiles, permissions, apps, admins,
    storage, profileRemoval,
    views, appRemoval, passing, close,
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
