import type { AuditEntry } from '@datakeep/contracts';
import { everyOf, tookPlace, type Collection, type Find, type Where } from '@datakeep/documents';
import type { Clock } from '@datakeep/kernel';

import type { AuditLog } from '../audit/audit-log.ts';
import type { PermissionRecord } from './permission-record.ts';

/** Permissions that are read and changed at once. */
const step = 100;

/**
 * What becomes of many permissions at once: because an app, a view instance or a profile goes, or another program
 * comes. In bounded steps, after each of which rights are looked up anew (`forget`).
 */
export class PermissionEndings {
  constructor(
    private readonly records: Collection<PermissionRecord>,
    private readonly options: { readonly audit: AuditLog; readonly clock: Clock },
    private readonly forget: () => void,
  ) {}

  /**
   * Every permission of an app that is being deleted, its instances' too. The audit log has the app's deletion alone.
   */
  async removeOfApp(appId: string): Promise<void> {
    const oldestFirst = { field: 'requestedAt', direction: 'ascending' } as const;
    await this.#inSteps({ where: { appId }, sort: oldestFirst }, async (found) => {
      await this.options.audit.commit(found.map(({ id }) => this.records.delete(id)));
    });
  }

  /** Requests of apps, not of view instances, that were made before and on which nobody decided. */
  async removeUnanswered(before: number, actor: AuditEntry['actor']): Promise<void> {
    await this.#inSteps({ where: { ...unanswered(before), viewInstanceId: null } }, async (found) => {
      await this.options.audit.commit(
        found.map(({ id }) => this.records.delete(id, { status: 'pending', decisions: 0 })),
        ...found.map(({ id, appId, profile, requested }) => ({
          action: 'permission.lapsed',
          actor,
          subject: { kind: 'permission', id },
          details: { appId, profile, requested },
        })),
      );
    });
  }

  /** View instances that asked for something before, of which nothing was ever approved. */
  async *unapprovedInstances(before: number): AsyncGenerator<string, void, undefined> {
    const seen = new Set<string | undefined>();
    for await (const { viewInstanceId } of everyOf(this.records, {
      where: { ...unanswered(before), viewInstanceId: { gte: '' } },
    })) {
      if (viewInstanceId === undefined || seen.has(viewInstanceId)) continue;
      seen.add(viewInstanceId);
      if (!(await this.wasApproved({ viewInstanceId }))) yield viewInstanceId;
    }
  }

  async removeOfInstance(viewInstanceId: string, actor: AuditEntry['actor']): Promise<void> {
    await this.#inSteps({ where: { viewInstanceId } }, async (found) => {
      await this.options.audit.commit(
        found.map(({ id }) => this.records.delete(id)),
        {
          action: 'permission.dropped',
          actor,
          subject: { kind: 'view-instance', id: viewInstanceId },
          details: { permissions: found.length },
        },
      );
    });
  }

  /**
   * Another program was bound to the app's holder: approved permissions of the app and of its view instances become
   * `pending` until the admin approves them again. `reason` says what was granted before.
   */
  async suspendOfApp(appId: string, name: string): Promise<number> {
    const where = { appId, status: 'approved', liveUntil: { gt: this.options.clock.now() } } as const;
    let suspended = 0;
    await this.#inSteps({ where }, async (found) => {
      await this.options.audit.commit(
        found.map(({ id, granted, decisions }) =>
          this.records.update(
            id,
            {
              set: {
                status: 'pending',
                granted: [],
                reason:
                  `Approved before (${granted.join(', ')}); “${name}” was associated in the place of the ` +
                  `program that had it.`,
                decisions: decisions + 1,
              },
              unset: ['decidedAt', 'liveUntil'],
            },
            { decisions },
          ),
        ),
        ...found.map(({ id, profile, granted }) => ({
          action: 'permission.suspended',
          actor: { kind: 'app', id: appId } as const,
          subject: { kind: 'permission', id },
          details: { appId, profile, granted },
        })),
      );
      suspended += found.length;
    });
    return suspended;
  }

  /** A profile is being deleted: what waits is denied, what is approved is revoked. */
  async endOfProfile(profile: string, adminId: string): Promise<void> {
    const reason = 'The profile was deleted.';
    for (const [from, to] of [
      ['pending', 'denied'],
      ['approved', 'revoked'],
    ] as const)
      await this.#inSteps({ where: { profile, status: from } }, async (found) => {
        const decidedAt = this.options.clock.now();
        await this.options.audit.commit(
          found.map(({ id, decisions }) =>
            this.records.update(
              id,
              {
                set: { status: to, granted: [], reason, decidedAt, decisions: decisions + 1 },
                unset: ['liveUntil'],
              },
              { decisions },
            ),
          ),
          ...found.map(({ id, appId }) => ({
            action: `permission.${to}`,
            actor: { kind: 'admin', id: adminId } as const,
            subject: { kind: 'permission', id },
            details: { appId, profile, reason },
          })),
        );
      });
  }

  /** `act` takes what is found out of what is looked for. Where something of it changed meanwhile, it is read anew. */
  async #inSteps(
    find: Pick<Find<PermissionRecord>, 'where' | 'sort'>,
    act: (found: readonly PermissionRecord[]) => Promise<void>,
  ): Promise<void> {
    for (;;) {
      const found = await this.records.find({ ...find, limit: step });
      if (found.length === 0) return;
      await tookPlace(act(found)).finally(this.forget);
    }
  }

  /** Whether a permission on the profile is pending or approved; with `byView`: one of a view instance. */
  async isNamed(profile: string, { byView = false } = {}): Promise<boolean> {
    const where = { profile, ...(byView ? { viewInstanceId: { gte: '' } } : {}) };
    const liveUntil = { gt: this.options.clock.now() };
    return (
      (await this.records.findOne({ ...where, status: 'pending' })) !== undefined ||
      (await this.records.findOne({ ...where, status: 'approved', liveUntil })) !== undefined
    );
  }

  /** Whether any of these was ever approved. One that was denied more than once may have been. */
  async wasApproved(where: { readonly profile: string } | { readonly viewInstanceId: string }): Promise<boolean> {
    return (
      (await this.records.findOne({ ...where, status: { in: ['approved', 'revoked'] } })) !== undefined ||
      (await this.records.findOne({ ...where, status: 'pending', decisions: { gt: 0 } })) !== undefined ||
      (await this.records.findOne({ ...where, status: 'denied', decisions: { gt: 1 } })) !== undefined
    );
  }
}

/** A permission that goes back to `pending` for a new program was decided on. */
const unanswered = (before: number): Where<PermissionRecord> => ({
  status: 'pending',
  requestedAt: { lt: before },
  decisions: 0,
});
