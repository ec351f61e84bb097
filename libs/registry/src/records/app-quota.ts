import type { AuditEntry } from '@datakeep/contracts';
import { DocumentConflict, type Collection, type DocumentStore, type Write } from '@datakeep/documents';
import { type AppLimits, DatakeepError, isId } from '@datakeep/kernel';

import type { AuditLog } from '../audit/audit-log.ts';
import { appDefinition, type AppRecord } from './app-records.ts';

/** What one app may have, and how much of it is taken. */
export interface Used {
  readonly used: number;
  readonly limit: number;
}

/** What is added to an app: committed as one unit with the step of its record. */
export interface Addition<T> {
  readonly writes: readonly Write[];
  readonly entries: readonly AuditEntry[];
  readonly result: T;
}

/** Additions that other processes may make to one app between counting and storing before the caller is refused. */
const maxRetries = 50;

/** What to do where a limit is met, for the app's author. */
const remedies: Readonly<Record<keyof AppLimits, string>> = {
  profiles: 'The admin can delete profiles of which there are no events, or allow more.',
  profileBytes: 'The admin can delete profiles of which there are no events, or allow more.',
  pendingPermissions: 'Wait until the admin has decided on some of them.',
  permissions: 'Ask the admin to allow more.',
  tokens: 'Renew a token that is alive.',
  viewInstances: 'Delete view instances that are no longer needed.',
  queuedRuns: 'Wait until some have ended.',
};

const words: Readonly<Record<keyof AppLimits, string>> = {
  profiles: 'profiles',
  profileBytes: 'bytes of schemas',
  pendingPermissions: 'requests for permissions that wait for a decision',
  permissions: 'requests for permissions',
  tokens: 'live tokens',
  viewInstances: 'view instances',
  queuedRuns: 'runs that have not ended',
};

/**
 * Keeps what an app piles up within its limits. Each addition goes with a step of the app's record (`additions`),
 * compared and set: of two at once the later one is counted anew, and nothing is added to an app that is being deleted.
 */
export class AppQuota {
  readonly limits: AppLimits;
  readonly #audit: AuditLog;
  readonly #apps: Collection<AppRecord>;
  /** In this process, additions to one app go one after the other. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(options: { readonly documents: DocumentStore; readonly audit: AuditLog; readonly limits: AppLimits }) {
    this.limits = options.limits;
    this.#audit = options.audit;
    this.#apps = options.documents.collection(appDefinition);
  }

  /** Throws `app-limit-reached` where `adding` more would be more than the limit. */
  check(name: keyof AppLimits, used: number, adding = 1): void {
    const limit = this.limits[name];
    if (used + adding <= limit) return;
    throw new DatakeepError(
      'app-limit-reached',
      `The limit \`${name}\` is ${limit} ${words[name]}; ` +
        `this app has ${used}${adding === 1 ? '' : `, and ${adding} more were asked for`}. ${remedies[name]}`,
    );
  }

  used(name: keyof AppLimits, used: number): Used {
    return { used, limit: this.limits[name] };
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
        await this.#audit.commit([step, ...writes], ...entries);
        return result;
      } catch (error) {
        if (!(error instanceof DocumentConflict) || error.kind !== 'condition' || attempt >= maxRetries) throw error;
      }
    }
  }
}
