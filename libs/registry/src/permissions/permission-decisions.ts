import type { AuditDetails, AuditEntry, Permission, Right } from '@datakeep/contracts';
import { tookPlace, type Collection } from '@datakeep/documents';
import { type Clock, DatakeepError, isId, isoDate } from '@datakeep/kernel';

import type { AuditLog } from '../audit/audit-log.ts';
import { checkText } from '../lists/text-rules.ts';
import { checkFutureDate, checkGranted, checkRights } from './permission-checks.ts';
import { noEnd, type PermissionRecord, showPermission } from './permission-record.ts';

interface Approval {
  readonly rights?: readonly Right[];
  readonly expiresAt?: string;
}

interface Decision {
  readonly set: Partial<PermissionRecord>;
  readonly details: AuditDetails;
}

/**
 * The admin's decisions, each on one permission, and an app's on its own. A decision replaces the one before with all
 * its dates and its reason; after it rights are looked up anew (`forget`). Approving and denying are legal in every
 * state (a denial of an approved permission takes its rights).
 */
export class PermissionDecisions {
  constructor(
    private readonly records: Collection<PermissionRecord>,
    private readonly options: { readonly audit: AuditLog; readonly clock: Clock },
    private readonly forget: () => void,
  ) {}

  /**
   * Grants what was asked, or the part named by `rights` (more: 422 `not-requested`). `expiresAt` is an RFC 3339 date
   * in the future.
   */
  approve(id: string, adminId: string, terms: Approval = {}): Promise<Permission> {
    return this.#decide(id, { kind: 'admin', id: adminId }, 'approved', (record, now) => {
      const granted = terms.rights === undefined ? record.requested : checkRights(terms.rights);
      checkGranted(granted, record.requested);
      const liveUntil = terms.expiresAt === undefined ? noEnd : checkFutureDate(terms.expiresAt, now, '/expiresAt');
      const end = liveUntil === noEnd ? {} : { expiresAt: isoDate(liveUntil) };
      return { set: { granted, liveUntil }, details: { granted, ...end } };
    });
  }

  deny(id: string, adminId: string, reason?: string): Promise<Permission> {
    const details = this.#reason(reason);
    return this.#decide(id, { kind: 'admin', id: adminId }, 'denied', () => ({
      set: { granted: [], ...details },
      details,
    }));
  }

  /** Needs something that was approved, else `permission-decided`. */
  revoke(id: string, adminId: string, reason?: string): Promise<Permission> {
    const details = this.#reason(reason);
    return this.#decide(id, { kind: 'admin', id: adminId }, 'revoked', (record) => {
      if (record.status === 'pending' || record.status === 'denied')
        throw new DatakeepError('permission-decided', `A permission that is ${record.status} has nothing to revoke.`);
      return { set: { granted: [], ...details }, details };
    });
  }

  /**
   * The app withdraws a pending request, which is deleted, or gives up what it was granted. Of a view
   * instance's permissions, and of what has ended: `permission-decided`.
   */
  async giveUp(id: string, appId: string): Promise<void> {
    const record = isId(id) ? await this.records.get(id) : undefined;
    if (!record || record.appId !== appId) throw new DatakeepError('not-found');
    const actor = { kind: 'app', id: appId } as const;
    if (record.viewInstanceId !== undefined)
      throw new DatakeepError('permission-decided', 'It is a view instance’s: delete that instead.');
    if (record.status === 'pending') {
      const { profile, requested, decisions } = record;
      const withdrawn = this.options.audit.commit([this.records.delete(id, { status: 'pending', decisions })], {
        action: 'permission.withdrawn',
        actor,
        subject: { kind: 'permission', id },
        details: { appId, profile, requested },
      });
      // Else the admin has decided meanwhile.
      if (await tookPlace(withdrawn)) return;
    }
    await this.#decide(id, actor, 'revoked', (found, now) => {
      if (found.status !== 'approved' || (found.liveUntil ?? noEnd) <= now)
        throw new DatakeepError('permission-decided', 'It gives no right any more: there is nothing to give up.');
      const details = { reason: 'The app gave it up.' };
      return { set: { granted: [], ...details }, details };
    });
  }

  async #decide(
    id: string,
    actor: AuditEntry['actor'],
    status: 'approved' | 'denied' | 'revoked',
    make: (record: PermissionRecord, now: number) => Decision,
  ): Promise<Permission> {
    for (;;) {
      const record = isId(id) ? await this.records.get(id) : undefined;
      if (!record) throw new DatakeepError('not-found');
      const now = this.options.clock.now();
      const decision = make(record, now);
      const { reason: _reason, liveUntil: _liveUntil, ...kept } = record;
      const set = { ...decision.set, status, decidedAt: now, decisions: record.decisions + 1 };
      const decided: PermissionRecord = { ...kept, ...set };
      const unset = (['reason', 'liveUntil'] as const).filter(
        (member) => decided[member] === undefined && record[member] !== undefined,
      );
      const write = this.records.update(id, { set, unset }, { decisions: record.decisions });
      const stored = this.options.audit.commit([write], {
        action: `permission.${status}`,
        actor,
        subject: { kind: 'permission', id },
        details: { appId: record.appId, profile: record.profile, ...decision.details },
      });
      if (await tookPlace(stored).finally(this.forget)) return showPermission(decided, now);
    }
  }

  #reason(reason: string | undefined): { readonly reason?: string } {
    return reason === undefined ? {} : { reason: checkText(reason, '/reason', 1, 2000, { lines: true }) };
  }
}
