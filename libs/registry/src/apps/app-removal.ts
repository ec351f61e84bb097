import type { BeforeApplicationShutdown, OnApplicationShutdown } from '@nestjs/common';
import type { AuditEntry, DataStorage, ViewManager } from '@datakeep/contracts';
import { everyOf, tookPlace, type Collection, type DocumentStore, type Write } from '@datakeep/documents';
import { DatakeepError, isId, type Clock, type Logger, type Timer } from '@datakeep/kernel';

import type { AuditLog } from '../audit/audit-log.ts';
import type { Callers } from '../callers/callers.ts';
import { longestHold } from '../callers/short-cache.ts';
import type { Permissions } from '../permissions/permissions.ts';
import type { ProfileRemoval } from '../profiles/profile-removal.ts';
import { appDefinition, type AppRecord } from '../records/app-records.ts';
import type { Apps } from './apps.ts';

export interface AppRemovalOptions {
  readonly documents: DocumentStore;
  readonly audit: AuditLog;
  readonly callers: Callers;
  readonly apps: Apps;
  readonly permissions: Permissions;
  readonly profileRemoval: ProfileRemoval;
  readonly views: Pick<ViewManager, 'deleteInstancesOfApp'>;
  readonly storage: Pick<DataStorage, 'removeBySource'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often what is left of deletions is tried again, ms. */
const everyMs = 60_000;
const deletions = {
  where: { deletingSince: { gt: 0 } },
  sort: { field: 'deletingSince', direction: 'ascending' },
} as const;
/** After this no process admits the app or its view instances any more, and what was admitted is stored. */
const settledMs = longestHold + 500;

/**
 * Deletes apps.
 * An app loses its access in one durable commit; then its permissions are deleted, its view instances, its events where
 * requested, its profiles that no other app uses, and last the holder. Each step is idempotent: where one fails, or the
 * process dies, the deletion continues at the next request, at the next start, and each minute.
 */
export class AppRemoval implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #records: Collection<AppRecord>;
  readonly #underWay = new Map<string, Promise<void>>();
  #timer: Timer | undefined;
  #resuming: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #closing = Promise.withResolvers<never>();

  constructor(private readonly options: AppRemovalOptions) {
    this.#records = options.documents.collection(appDefinition);
    this.#closing.promise.catch(() => undefined);
  }

  /** Continues interrupted deletions, now and each minute. */
  start(): void {
    this.#resuming = this.#resumeAll();
  }

  /** What is under way ends, before requests in flight are waited for: the rest is done after the next start. */
  beforeApplicationShutdown(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#closing.reject(new DatakeepError('not-ready', 'The keep stops.'));
  }

  /** Resolves when nothing is under way any more. */
  async onApplicationShutdown(): Promise<void> {
    this.beforeApplicationShutdown();
    await this.#resuming;
    await Promise.allSettled(this.#underWay.values());
  }

  /**
   * Resolves when the app is deleted, except its events with `keep`. Its tokens are revoked even where it rejects. A
   * deletion that was begun with its events continues with them.
   */
  async remove(appId: string, adminId: string, events: 'keep' | 'delete'): Promise<void> {
    await this.#begin(appId, adminId, events);
    try {
      await this.#finish(appId);
    } catch (error) {
      const known = DatakeepError.from(error);
      if (!known) throw error;
      const { code, message, retryAfterSeconds } = known;
      throw new DatakeepError(
        code,
        `${message.replace(/(\. Nothing was done)?\.$/, '')}. The app's tokens have stopped; the rest of its ` +
          `deletion is tried again each minute, and when it is asked for again.`,
        { cause: error, retryAfterSeconds },
      );
    }
  }

  /** One commit takes the app's power. */
  async #begin(appId: string, adminId: string, events: 'keep' | 'delete'): Promise<void> {
    const { audit, apps, callers, clock } = this.options;
    for (;;) {
      const app = isId(appId) ? await this.#records.get(appId) : undefined;
      if (!app) throw new DatakeepError('not-found');
      const begun = app.deletingSince !== undefined;
      if (begun && (events === 'keep' || app.deleteEvents === true)) return;
      const { tokenGeneration } = app;
      const writes: Write[] = [
        this.#records.update(
          appId,
          {
            set: {
              deletingSince: clock.now(),
              deletedBy: adminId,
              tokenGeneration: tokenGeneration + 1,
              deleteEvents: events === 'delete' || undefined,
            },
            unset: ['associatedAt'],
          },
          { tokenGeneration, deletingSince: app.deletingSince ?? null },
        ),
        ...(await apps.associations.writesToVoid(appId)),
      ];
      const done = audit.commit(writes, {
        action: 'app.deletion-begun',
        actor: { kind: 'admin', id: adminId },
        subject: { kind: 'app', id: appId },
        details: { name: app.name, events },
      });
      if (await tookPlace(done).finally(() => callers.forgetApps())) return;
    }
  }

  /** In this process, once at a time for an app. A shutdown does not wait for it. */
  #finish(appId: string): Promise<void> {
    const underWay = this.#underWay.get(appId);
    if (underWay) return underWay;
    const finishing = Promise.race([this.#closing.promise, this.#removeAll(appId)]).finally(() =>
      this.#underWay.delete(appId),
    );
    this.#underWay.set(appId, finishing);
    return finishing;
  }

  async #removeAll(appId: string): Promise<void> {
    const { permissions, views, profileRemoval, apps } = this.options;
    for (let app = await this.#records.get(appId); app; app = await this.#records.get(appId)) {
      const actor: AuditEntry['actor'] = { kind: 'admin', id: app.deletedBy ?? '' };
      await permissions.endings.removeOfApp(appId);
      while (!(await views.deleteInstancesOfApp(appId))) this.#checkOpen();
      if (app.deleteEvents) {
        await this.#settled(app);
        await this.#removeEvents(appId);
      }
      const profiles = await profileRemoval.removeUnusedOf(appId, actor);
      await apps.tokens.removeAll(appId);
      await this.#removeHolder(appId, app.deleteEvents, actor, profiles);
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new DatakeepError('not-ready', 'The keep stops.');
  }

  async #settled({ deletingSince = 0 }: AppRecord): Promise<void> {
    const { clock } = this.options;
    // At most, since the clock may have been set back.
    const leftMs = Math.min(deletingSince - clock.now(), 0) + settledMs;
    if (leftMs > 0) await new Promise<void>((resolve) => void clock.setTimer(leftMs, resolve));
  }

  /**
   * Repeats until a query finds none. The record counts the deleted events, so that the count survives an interrupted
   * deletion.
   */
  async #removeEvents(appId: string): Promise<void> {
    const { storage, documents } = this.options;
    for (;;) {
      const removed = await storage.removeBySource(appId);
      if (removed === 0) return;
      await tookPlace(documents.commit([this.#records.update(appId, { inc: { eventsRemoved: removed } })]));
      this.#checkOpen();
    }
  }

  /** Conditional on the record as it was when its events were queried: a request may have set `deleteEvents` since. */
  async #removeHolder(
    appId: string,
    deleteEvents: boolean | undefined,
    actor: AuditEntry['actor'],
    profiles: number,
  ): Promise<void> {
    const app = await this.#records.get(appId);
    if (!app) return;
    const removed = this.options.audit.commit([this.#records.delete(appId, { deleteEvents: deleteEvents ?? null })], {
      action: 'app.deleted',
      actor,
      subject: { kind: 'app', id: appId },
      details: {
        name: app.name,
        events: deleteEvents ? 'deleted' : 'kept',
        ...(deleteEvents ? { eventsDeleted: app.eventsRemoved ?? 0 } : {}),
        profilesDeleted: profiles,
      },
    });
    await tookPlace(removed);
  }

  async #resumeAll(): Promise<void> {
    const { logger, clock } = this.options;
    try {
      for await (const { id } of everyOf(this.#records, deletions)) {
        if (this.#closed) return;
        await this.#finish(id).catch((error: unknown) =>
          logger.warn('the deletion of an app is not at its end yet', {
            appId: id,
            reason: DatakeepError.from(error)?.code ?? 'internal',
          }),
        );
      }
    } catch (error) {
      logger.warn('deletions of apps could not be looked for', {
        reason: DatakeepError.from(error)?.code ?? 'internal',
      });
    }
    if (!this.#closed)
      this.#timer = clock.setTimer(everyMs, () => {
        this.#resuming = this.#resumeAll();
      });
  }
}
