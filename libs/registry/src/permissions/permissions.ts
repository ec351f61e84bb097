import type {
  AuditEntry,
  Consent,
  Grantee,
  Paging,
  Permission,
  InstancePermissions,
  PermissionStatus,
  ProfileCatalogue,
  RecordPage,
  Right,
} from '@datakeep/contracts';
import { listPage, allOf, type Collection, type DocumentStore, type Where } from '@datakeep/documents';
import { checkAppLimit, type Clock, DatakeepError, type Ids, InputErrors, isId } from '@datakeep/kernel';

import type { AppQuota } from '../quota/app-quota.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { checkText } from '../lists/text-rules.ts';
import { GrantedRights } from './granted-rights.ts';
import { checkRights } from './permission-checks.ts';
import { PermissionDecisions } from './permission-decisions.ts';
import { PermissionEndings } from './permission-endings.ts';
import { permissionDefinition, requestEntry, showPermission, type PermissionRecord } from './permission-record.ts';

export interface PermissionRequest {
  readonly profile: string;
  readonly rights: readonly Right[];
  readonly message: string;
}

export interface PermissionFilter {
  readonly status?: PermissionStatus;
  readonly appId?: string;
  readonly profile?: string;
}

export interface PermissionsOptions {
  readonly documents: DocumentStore;
  readonly audit: AuditLog;
  readonly profiles: ProfileCatalogue;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly quota: AppQuota;
  /** See `GrantedRightsOptions`. */
  readonly decidedElsewhere?: boolean;
}

/**
 * Permissions: what apps and view instances ask for and what the admin decides. Asking again is a new request. What is
 * approved goes back to `pending` when another program is bound to the app's holder.
 */
export class Permissions implements Consent, InstancePermissions {
  readonly decisions: PermissionDecisions;
  readonly endings: PermissionEndings;
  readonly #records: Collection<PermissionRecord>;
  readonly #rights: GrantedRights;

  constructor(private readonly options: PermissionsOptions) {
    this.#records = options.documents.collection(permissionDefinition);
    this.#rights = new GrantedRights(this.#records, options);
    const forget = (): void => this.#rights.forget();
    this.decisions = new PermissionDecisions(this.#records, options, forget);
    this.endings = new PermissionEndings(this.#records, options, forget);
  }

  rightsOf(grantee: Grantee, profile: string): ReadonlySet<Right> | Promise<ReadonlySet<Right>> {
    return this.#rights.rightsOf(grantee, profile);
  }

  profilesWith(grantee: Grantee, right: Right): ReadonlySet<string> | Promise<ReadonlySet<string>> {
    return this.#rights.profilesWith(grantee, right);
  }

  /**
   * An app asks; what is pending with the same words is not asked twice. 422 when there is no such profile,
   * `app-limit-reached` where it has asked for as much as it may.
   */
  async request(
    appId: string,
    request: PermissionRequest,
  ): Promise<{ readonly permission: Permission; readonly created: boolean }> {
    const rights = checkRights(request.rights);
    const message = checkText(request.message, '/message', 1, 2000, { lines: true });
    await this.#checkProfile(request.profile, '/profile');
    const record = this.#newRecord(appId, undefined, request.profile, rights, message);
    const before = await this.#askedBefore(record);
    if (before) return before;
    return this.options.quota.add(appId, async (app) => {
      // Again, since the same request may have come at the same moment: additions go one after the other.
      const same = await this.#askedBefore(record);
      if (same) return { writes: [], entries: [], result: same };
      const limits = this.options.quota.limitsOf(app);
      const { pendingPermissions, permissions } = await this.usage(appId);
      checkAppLimit(limits, 'pendingPermissions', pendingPermissions);
      checkAppLimit(limits, 'permissions', permissions);
      const result = { permission: this.#show(record), created: true };
      return { writes: [this.#records.insert(record)], entries: [requestEntry(record)], result };
    });
  }

  /** What is pending with the same words. */
  async #askedBefore(record: PermissionRecord) {
    const { appId, profile } = record;
    const where = { appId, profile, status: 'pending', viewInstanceId: null } as const;
    const same = (await allOf(this.#records, { where })).find((other) => isSameRequest(other, record));
    return same && { permission: this.#show(same), created: false };
  }

  async requestForInstance(
    appId: string,
    viewInstanceId: string,
    needed: readonly { readonly profile: string; readonly rights: readonly Right[] }[],
    message: string,
  ): Promise<readonly Permission[]> {
    const errors = new InputErrors();
    for (const [index, { profile }] of needed.entries())
      if (!(await this.options.profiles.find(profile)))
        errors.add(`/permissions/${index}/profile`, 'unknown-profile', 'There is no profile of that name.');
    errors.throwIfAny();
    const records = needed.map(({ profile, rights }, index) =>
      this.#newRecord(appId, viewInstanceId, profile, checkRights(rights, `/permissions/${index}/rights`), message),
    );
    // Bounded by the app's instances, so not counted; but nothing is added to an app that is being deleted.
    return this.options.quota.add(appId, async () => {
      const pending = await allOf(this.#records, { where: { viewInstanceId, status: 'pending' } });
      const requested = records.map((record) => pending.find((each) => isSameRequest(each, record)) ?? record);
      const added = records.filter((record) => requested.includes(record));
      return {
        writes: added.map((record) => this.#records.insert(record)),
        entries: added.map(requestEntry),
        result: requested.map((record) => this.#show(record)),
      };
    });
  }

  dropInstance(viewInstanceId: string, actor: AuditEntry['actor']): Promise<void> {
    return this.endings.removeOfInstance(viewInstanceId, actor);
  }

  async ofInstance(viewInstanceId: string): Promise<readonly Permission[]> {
    const records = await allOf(this.#records, { where: { viewInstanceId } });
    return records.map((record) => this.#show(record));
  }

  /** With `appId`: only that app's own, for others it does not exist. */
  async get(id: string, appId?: string): Promise<Permission> {
    const record = isId(id) ? await this.#records.get(id) : undefined;
    if (!record || (appId !== undefined && record.appId !== appId)) throw new DatakeepError('not-found');
    return this.#show(record);
  }

  list(filter: PermissionFilter, paging: Paging): Promise<RecordPage<Permission>> {
    const now = this.options.clock.now();
    const { status } = filter;
    const where: Where<PermissionRecord> = {
      ...(filter.appId === undefined ? {} : { appId: filter.appId }),
      ...(filter.profile === undefined ? {} : { profile: filter.profile }),
      ...(status === undefined ? {} : { status: status === 'expired' ? 'approved' : status }),
      ...(status === 'expired' ? { liveUntil: { lte: now } } : {}),
      ...(status === 'approved' ? { liveUntil: { gt: now } } : {}),
    };
    return listPage(this.#records, 'requestedAt', where, paging, (record) => showPermission(record, now));
  }

  /** An app's permissions, its instances' too: the newest 1,000, newest first. */
  async ofApp(appId: string): Promise<readonly Permission[]> {
    const records = await this.#records.find({
      where: { appId },
      sort: { field: 'requestedAt', direction: 'descending' },
      limit: 1000,
    });
    return records.map((record) => this.#show(record));
  }

  /** What an app has of what its limits bound. */
  async usage(appId: string): Promise<{ readonly pendingPermissions: number; readonly permissions: number }> {
    const own = { appId, viewInstanceId: null };
    const [pendingPermissions, permissions] = await Promise.all([
      this.#records.count({ ...own, status: 'pending' }),
      this.#records.count(own),
    ]);
    return { pendingPermissions, permissions };
  }

  #newRecord(
    appId: string,
    viewInstanceId: string | undefined,
    profile: string,
    requested: readonly Right[],
    message: string,
  ): PermissionRecord {
    return {
      id: this.options.ids.next(),
      appId,
      viewInstanceId,
      profile,
      requested,
      granted: [],
      message,
      status: 'pending',
      requestedAt: this.options.clock.now(),
      decisions: 0,
    };
  }

  async #checkProfile(profile: string, pointer: string): Promise<void> {
    if (typeof profile !== 'string' || !(await this.options.profiles.find(profile)))
      throw DatakeepError.invalidAt(pointer, 'unknown-profile', 'There is no profile of that name.');
  }

  #show(record: PermissionRecord): Permission {
    return showPermission(record, this.options.clock.now());
  }
}

function isSameRequest(one: PermissionRecord, other: PermissionRecord): boolean {
  return (
    one.profile === other.profile && one.message === other.message && one.requested.join() === other.requested.join()
  );
}
