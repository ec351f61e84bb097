import type { AdminCaller, AppCaller, CallerDirectory } from '@datakeep/contracts';
import { DocumentConflict, everyOf, type Collection, type DocumentStore, type Write } from '@datakeep/documents';
import { type Clock, DatakeepError, isId, isoDate, type Logger } from '@datakeep/kernel';

import {
  adminDefinition,
  sessionDefinition,
  sessionTimes,
  type AdminRecord,
  type SessionRecord,
} from '../records/admin-records.ts';
import { appDefinition, appTokenDefinition, type AppRecord, type AppTokenRecord } from '../records/app-records.ts';
import { hashSecret } from '../secrets/opaque-secret.ts';
import { ShortCache, type Found } from './short-cache.ts';

const hour = 3_600_000;

/** Finds the caller that a verified token identifies; see `CallerDirectory`. */
export class Callers implements CallerDirectory {
  readonly #apps: Collection<AppRecord>;
  readonly #tokens: Collection<AppTokenRecord>;
  readonly #admins: Collection<AdminRecord>;
  readonly #sessions: Collection<SessionRecord>;
  readonly #appCache: ShortCache<AppCaller | undefined>;
  readonly #adminCache: ShortCache<AdminCaller | undefined>;
  readonly #originCache: ShortCache<ReadonlySet<string>>;
  readonly #marks = new Set<Promise<void>>();

  constructor(
    private readonly options: { readonly documents: DocumentStore; readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#apps = options.documents.collection(appDefinition);
    this.#tokens = options.documents.collection(appTokenDefinition);
    this.#admins = options.documents.collection(adminDefinition);
    this.#sessions = options.documents.collection(sessionDefinition);
    this.#appCache = new ShortCache(options.clock);
    this.#adminCache = new ShortCache(options.clock);
    this.#originCache = new ShortCache(options.clock);
  }

  app(appId: string, tokenId: string): AppCaller | undefined | Promise<AppCaller | undefined> {
    return this.#appCache.get(`${appId}${tokenId}`, () => this.#loadApp(appId, tokenId));
  }

  admin(adminId: string, sessionId: string): AdminCaller | undefined | Promise<AdminCaller | undefined> {
    return this.#adminCache.get(`${adminId}${sessionId}`, () => this.#loadAdmin(adminId, sessionId));
  }

  /** The origins of all apps. A browser asks before it sends a token, so that the app is not known yet. */
  origins(): ReadonlySet<string> | Promise<ReadonlySet<string>> {
    return this.#originCache.get('', async () => {
      const all = new Set<string>();
      for await (const { origins } of everyOf(this.#apps)) for (const origin of origins ?? []) all.add(origin);
      return { value: all };
    });
  }

  async requireConfirmation({ sessionId }: AdminCaller): Promise<void> {
    const session = await this.#sessions.findOne({ hash: hashSecret(sessionId) });
    const confirmedAt = session?.confirmedAt ?? session?.createdAt ?? 0;
    if (confirmedAt + sessionTimes.confirmedMs <= this.options.clock.now())
      throw new DatakeepError('confirmation-needed');
  }

  /** An app or a token of one has changed: the next call reads anew. */
  forgetApps(): void {
    this.#appCache.clear();
    this.#originCache.clear();
  }

  /** A session or an admin has changed: the next call reads anew. */
  forgetSessions(): void {
    this.#adminCache.clear();
  }

  /** Resolves when the marks of use that are on their way are stored; before the documents are closed. */
  async settled(): Promise<void> {
    await Promise.all(this.#marks);
  }

  async #loadApp(appId: string, tokenId: string): Promise<Found<AppCaller | undefined>> {
    if (!isId(appId) || !isId(tokenId)) return { value: undefined };
    const [app, token] = await Promise.all([this.#apps.get(appId), this.#tokens.get(tokenId)]);
    const now = this.options.clock.now();
    if (!app || !token || token.appId !== appId || token.generation !== app.tokenGeneration || token.expiresAt <= now)
      return { value: undefined };
    const usedAt = now - (now % hour);
    if ((token.lastUsedAt ?? 0) < usedAt) this.#mark(this.#tokens.update(tokenId, { set: { lastUsedAt: usedAt } }));
    return {
      value: {
        kind: 'app',
        appId,
        appName: app.associatedName ?? app.name,
        tokenId,
        tokenExpiresAt: isoDate(token.expiresAt),
        origins: app.origins,
      },
      trueForMs: token.expiresAt - now,
    };
  }

  async #loadAdmin(adminId: string, sessionId: string): Promise<Found<AdminCaller | undefined>> {
    if (!isId(adminId)) return { value: undefined };
    const [admin, session] = await Promise.all([
      this.#admins.get(adminId),
      this.#sessions.findOne({ hash: hashSecret(sessionId) }),
    ]);
    const now = this.options.clock.now();
    if (
      !admin ||
      !session ||
      session.adminId !== adminId ||
      session.generation !== admin.sessionGeneration ||
      session.endsAt <= now ||
      session.usedAt + sessionTimes.idleMs <= now
    )
      return { value: undefined };
    if (now - session.usedAt >= sessionTimes.renewalMs)
      this.#mark(this.#sessions.update(session.id, { set: { usedAt: now } }));
    return {
      value: { kind: 'admin', adminId, adminName: admin.name, sessionId },
      trueForMs: Math.min(session.endsAt, session.usedAt + sessionTimes.idleMs) - now,
    };
  }

  /** A mark of use is not worth waiting for, nor failing a call over; one whose record is gone meanwhile is moot. */
  #mark(write: Write): void {
    const mark = this.options.documents.commit([write]).catch((error: unknown) => {
      if (!(error instanceof DocumentConflict))
        this.options.logger.warn('a mark of use was not stored', {
          reason: error instanceof Error ? error.name : 'unknown',
        });
    });
    this.#marks.add(mark);
    void mark.finally(() => this.#marks.delete(mark));
  }
}
