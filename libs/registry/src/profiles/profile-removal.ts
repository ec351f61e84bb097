import type { AuditEntry, DataStorage, EventQuery } from '@datakeep/contracts';
import { DocumentConflict, pagesOf, tookPlace, type Collection, type DocumentStore } from '@datakeep/documents';
import { DatakeepError, type Clock } from '@datakeep/kernel';

import type { AuditLog } from '../audit/audit-log.ts';
import { longestHold } from '../callers/short-cache.ts';
import type { Permissions } from '../permissions/permissions.ts';
import { profileDefinition, type StoredProfile } from './profile-record.ts';
import type { Profiles } from './profiles.ts';

export interface ProfileRemovalOptions {
  readonly documents: DocumentStore;
  readonly audit: AuditLog;
  readonly profiles: Profiles;
  readonly permissions: Permissions;
  readonly storage: Pick<DataStorage, 'query'>;
  readonly clock: Clock;
  /** Time budget of the look for events, ms. */
  readonly queryTimeoutMs: number;
}

/** How long a profile stays closed unless its deletion ends before: one that a crash left closed reopens then. */
const closedMs = 60_000;
/** Until then no process holds the profile as open any more, and what it let in before that is stored. */
const settledMs = longestHold + 1000;
const step = 100;

const anEvent: Omit<EventQuery, 'profile' | 'timeoutMs'> = {
  sort: [{ field: 'metadata.createdDate', direction: 'ascending' }],
  kinds: { 'metadata.createdDate': 'date' },
  arrays: [],
  limit: 1,
};

/**
 * Deletes profiles without events. A profile is closed first, so that no event can be stored while the storage is
 * checked; where there is one already, the profile is opened again.
 */
export class ProfileRemoval {
  readonly #records: Collection<StoredProfile>;

  constructor(private readonly options: ProfileRemovalOptions) {
    this.#records = options.documents.collection(profileDefinition);
  }

  /**
   * `profile-in-use` (409) while there are events of it, or view instances with a permission on it. Apps' permissions
   * on it end. Takes two seconds.
   */
  async remove(name: string, adminId: string): Promise<void> {
    for (;;) {
      const record = await this.#records.findOne({ name });
      if (!record) throw new DatakeepError('not-found');
      await this.#refuseUse(name);
      await this.#close([record]);
      try {
        await this.#refuseUse(name);
        await this.options.permissions.endings.endOfProfile(name, adminId);
        if (await this.#delete(record, { kind: 'admin', id: adminId })) return;
      } catch (error) {
        await this.#open(record);
        throw error;
      }
    }
  }

  /**
   * Deletes the profiles that an app registered and that nothing names: no event, and no permission that is
   * approved or waits. Resolves with their number. Whatever else there is stays; with `unapprovedBefore` so do younger
   * ones, and those on which a permission was ever approved.
   */
  async removeUnusedOf(appId: string, actor: AuditEntry['actor'], unapprovedBefore?: number): Promise<number> {
    const where = {
      createdBy: appId,
      ...(unapprovedBefore === undefined ? {} : { createdAt: { lt: unapprovedBefore } }),
    };
    const isUsed = async ({ name }: StoredProfile): Promise<boolean> =>
      (await this.#isUsed(name)) ||
      (unapprovedBefore !== undefined && (await this.options.permissions.endings.wasApproved({ profile: name })));
    let removed = 0;
    for await (const records of pagesOf(this.#records, { where }, step)) {
      const unused: StoredProfile[] = [];
      for (const record of records) if (!(await isUsed(record))) unused.push(record);
      if (unused.length > 0) await this.#close(unused);
      for (const record of unused) {
        if (await isUsed(record)) await this.#open(record);
        else if (await this.#delete(record, actor)) removed += 1;
      }
    }
    return removed;
  }

  async #refuseUse(name: string): Promise<void> {
    if (await this.#hasEvents(name))
      throw new DatakeepError('profile-in-use', 'There are events of this profile: delete them first.');
    if (await this.options.permissions.endings.isNamed(name, { byView: true }))
      throw new DatakeepError(
        'profile-in-use',
        'View instances ask for this profile, or may use it: delete the instances first.',
      );
  }

  async #isUsed(name: string): Promise<boolean> {
    return (await this.options.permissions.endings.isNamed(name)) || (await this.#hasEvents(name));
  }

  /** Reads one row by an index. Where that is late, the storage is busy, and there is nothing to narrow. */
  async #hasEvents(profile: string): Promise<boolean> {
    const { storage, queryTimeoutMs: timeoutMs } = this.options;
    const { length } = await storage.query({ ...anEvent, profile, timeoutMs }).catch((cause: unknown) => {
      if (DatakeepError.from(cause)?.code !== 'query-timeout') throw cause;
      throw new DatakeepError('storage-busy', undefined, { cause, retryAfterSeconds: 5 });
    });
    return length > 0;
  }

  /** Resolves when no process takes events of them any more. */
  async #close(records: readonly StoredProfile[]): Promise<void> {
    const { documents, profiles, clock } = this.options;
    const closedUntil = clock.now() + closedMs;
    await documents.commit(records.map(({ id }) => this.#records.update(id, { set: { closedUntil } })));
    for (const { name } of records) profiles.forget(name);
    await new Promise<void>((resolve) => void clock.setTimer(settledMs, resolve));
  }

  /** If this fails, the profile reopens after `closedMs`. */
  async #open({ id, name }: StoredProfile): Promise<void> {
    try {
      await this.options.documents.commit([this.#records.update(id, { unset: ['closedUntil'] })]);
    } catch (error) {
      if (!(error instanceof DocumentConflict) && DatakeepError.from(error) === undefined) throw error;
    } finally {
      this.options.profiles.forget(name);
    }
  }

  /** False where it is not closed any more, or gone. */
  #delete({ id, name, hash }: StoredProfile, actor: AuditEntry['actor']): Promise<boolean> {
    const { audit, profiles, clock } = this.options;
    const deleted = audit.commit([this.#records.delete(id, { closedUntil: { gt: clock.now() } })], {
      action: 'profile.deleted',
      actor,
      subject: { kind: 'profile', id: name },
      details: { hash },
    });
    return tookPlace(deleted).finally(() => profiles.forget(name));
  }
}
