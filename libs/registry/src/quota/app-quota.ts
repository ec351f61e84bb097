import type { AppLimitDirectory, AuditEntry } from '@datakeep/contracts';
import { DocumentConflict, type Collection, type DocumentStore, type Write } from '@datakeep/documents';
import { type AppLimits, type Clock, DatakeepError, isId } from '@datakeep/kernel';

import { type AuditLog, outrun } from '../audit/audit-log.ts';
import { ShortCache } from '../callers/short-cache.ts';
import { appDefinition, type AppRecord } from '../records/app-records.ts';

/** What is added to an app: committed as one unit with the step of its record. */
export interface Addition<T> {
  readonly writes: readonly Write[];
  readonly entries: readonly AuditEntry[];
  readonly result: T;
}

/** Additions that other processes may make to one app between counting and storing before the caller is refused. */
const maxRetries = 50;

/**
 * Keeps what an app piles up within its limits. Each addition goes with a step of the app's record (`additions`),
 * compared and set: of two at once the later one is counted anew, and nothing is added to an app that is being deleted.
 */
export class AppQuota implements AppLimitDirectory {
  readonly #defaults: AppLimits;
  readonly #limits: ShortCache<AppLimits>;
  readonly #apps: Collection<AppRecord>;
  /** In this process, additions to one app go one after the other. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(
    private readonly options: {
      readonly documents: DocumentStore;
      readonly audit: AuditLog;
      readonly clock: Clock;
      readonly limits: AppLimits;
    },
  ) {
    this.#defaults = options.limits;
    this.#limits = new ShortCache(options.clock);
    this.#apps = options.documents.collection(appDefinition);
  }

  of(appId: string): AppLimits | Promise<AppLimits> {
    return this.#limits.get(appId, async () => ({ value: this.limitsOf((await this.#apps.get(appId)) ?? {}) }));
  }

  /** The limits of an app as its record is. */
  limitsOf({ limits }: Pick<AppRecord, 'limits'>): AppLimits {
    return { ...this.#defaults, ...limits };
  }

  /** The numbers of an app have changed: the next call reads anew. */
  forgetLimits(): void {
    this.#limits.clear();
  }

  /**
   * Commits what `prepare` answers for the app's record as it is; prepares anew where something was added meanwhile.
   * `unauthenticated` where there is no such app any more.
   */
  add<T>(appId: string, prepare: (app: AppRecord) => Promise<Addition<T>>): Promise<T> {
    const added = (this.#turns.get(appId) ?? Promise.resolve()).then(() => this.#add(appId, prepare));
    const turn: Promise<void> = Promise.allSettled([added]).then(() => {
      if (this.#turns.get(appId) === turn) this.#turns.delete(appId);
      return undefined;
    });
    this.#turns.set(appId, turn);
    return added;
  }

  async #add<T>(appId: string, prepare: (app: AppRecord) => Promise<Addition<T>>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      const app = isId(appId) ? await this.#apps.get(appId) : undefined;
      if (!app || app.deletingSince !== undefined) throw new DatakeepError('unauthenticated');
      const { writes, entries, result } = await prepare(app);
      const step = this.#apps.update(
        appId,
        { inc: { additions: 1 } },
        { additions: app.additions ?? null, tokenGeneration: app.tokenGeneration, deletingSince: null },
      );
      try {
        await this.options.audit.commit([step, ...writes], ...entries);
        return result;
      } catch (error) {
        if (!(error instanceof DocumentConflict) || error.kind !== 'condition') throw error;
        if (attempt >= maxRetries) throw outrun(error);
      }
    }
  }
}
