import type {
  AuditEntry,
  Consent,
  Grantee,
  Paging,
  Permission,
  PermissionDesk,
  PermissionStatus,
  ProfileCatalogue,
  RecordPage,
  Right,
} from '@datakeep/contracts';
import { DocumentConflict, type Collection, type DocumentStore, type Where, type Write } from '@datakeep/documents';
import { DatakeepError, isId, type Clock, type Ids, type InputError } from '@datakeep/kernel';

import type { AuditLog } from '../audit/audit-log.ts';
import { ShortCache, type Found } from '../callers/short-cache.ts';
import { listPage } from '../lists/list-page.ts';
import { checkText } from '../lists/text-rules.ts';
import { checkFutureDate, checkGranted, checkRights } from './permission-checks.ts';
import { noEnd, permissionDefinition, showPermission, type PermissionRecord } from './permission-record.ts';

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
  /**
   * Whether decisions are taken in other processes only: then an answer without any right is not held, so that what was just approved counts here at once too. A revocation
   * counts within a second. Default: no.
   */
  readonly decidedElsewhere?: boolean;
}

interface Decision {
  readonly set: Partial<PermissionRecord>;
  readonly details: NonNullable<AuditEntry['details']>;
}

const noRights: ReadonlySet<Right> = new Set();
/** Decisions on one permission that may come between reading and writing it before the caller is told. */
const maxRetries = 20;
/** Permissions that are read at once. */
const step = 100;

/**
 * Permissions: what apps and view instances ask for and what the admin decides.
 *
 * A decision replaces the one before with all its dates and its reason. Approving and denying are legal in every state (a denial of an approved permission takes
 * its rights); revoking needs something that was approved, else `permission-decided`. Asking again is a new request.
 */
export class Permissions implements Consent, PermissionDesk {
  readonly #audit: AuditLog;
  readonly #profiles: ProfileCatalogue;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #records: Collection<PermissionRecord>;
  readonly #cache: ShortCache<ReadonlySet<Right>>;
  readonly #profileCache: ShortCache<ReadonlySet<string>>;
  readonly #decidedElsewhere: boolean;

  constructor(options: PermissionsOptions) {
    this.#audit = options.audit;
    this.#profiles = options.profiles;
    this.#clock = options.clock;
    this.#ids = options.ids;
    this.#records = options.documents.collection(permissionDefinition);
    this.#cache = new ShortCache(options.clock);
    this.#profileCache = new ShortCache(options.clock);
    this.#decidedElsewhere = options.decidedElsewhere ?? false;
  }

  rightsOf(grantee: Grantee, profile: string): ReadonlySet<Right> | Promise<ReadonlySet<Right>> {
    const key = grantee.kind === 'app' ? `a${grantee.appId}${profile}` : `v${grantee.viewInstanceId}${profile}`;
    return this.#cache.get(key, () => this.#loadRights(grantee, profile));
  }

  profilesWith(grantee: Grantee, right: Right): ReadonlySet<string> | Promise<ReadonlySet<string>> {
    if (this.#decidedElsewhere) return this.#loadProfiles(grantee, right).then(({ value }) => value);
    const holder = grantee.kind === 'app' ? `a${grantee.appId}` : `v${grantee.viewInstanceId}`;
    return this.#profileCache.get(`${right} ${holder}`, () => this.#loadProfiles(grantee, right));
  }

  /** An app asks; 422 when there is no such profile. */
  async request(appId: string, request: PermissionRequest): Promise<Permission> {
    const rights = checkRights(request.rights);
    const message = checkText(request.message, '/message', 1, 2000, { lines: true });
    await this.#checkProfile(request.profile, '/profile');
    const record = this.#newRecord(appId, undefined, request.profile, rights, message);
    await this.#audit.commit([this.#records.insert(record)], this.#requestEntry(record));
    return this.#show(record);
  }

  async requestForInstance(
    appId: string,
    viewInstanceId: string,
    needed: readonly { readonly profile: string; readonly rights: readonly Right[] }[],
    message: string,
  ): Promise<readonly Permission[]> {
    const errors: InputError[] = [];
    for (const [index, { profile }] of needed.entries())
      if (!(await this.#profiles.find(profile)))
        errors.push({
          pointer: `/permissions/${index}/profile`,
          code: 'unknown-profile',
          detail: 'There is no profile of that name.',
        });
    if (errors.length > 0) throw DatakeepError.invalid(errors);
    const records = needed.map(({ profile, rights }, index) =>
      this.#newRecord(appId, viewInstanceId, profile, checkRights(rights, `/permissions/${index}/rights`), message),
    );
    await this.#audit.commit(
      records.map((record) => this.#records.insert(record)),
      ...records.map((record) => this.#requestEntry(record)),
    );
    return records.map((record) => this.#show(record));
  }

  async dropInstance(viewInstanceId: string, actor: AuditEntry['actor']): Promise<void> {
    const records = await this.#records.find({ where: { viewInstanceId } });
    if (records.length === 0) return;
    await this.#audit.commit(
      records.map((record) => this.#records.delete(record.id)),
      {
        action: 'permission.dropped',
        actor,
        subject: { kind: 'view-instance', id: viewInstanceId },
        details: { permissions: records.length },
      },
    );
    this.forgetRights();
  }

  async ofInstance(viewInstanceId: string): Promise<readonly Permission[]> {
    const records = await this.#records.find({ where: { viewInstanceId } });
    return records.map((record) => this.#show(record));
  }

  /** With `appId`: only that app's own, for others it does not exist. */
  async get(id: string, appId?: string): Promise<Permission> {
    const record = isId(id) ? await this.#records.get(id) : undefined;
    if (!record || (appId !== undefined && record.appId !== appId)) throw new DatakeepError('not-found');
    return this.#show(record);
  }

  list(filter: PermissionFilter, paging: Paging): Promise<RecordPage<Permission>> {
    const now = this.#clock.now();
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

  /** Grants what was asked, or the part named by `rights` (more: 422 `not-requested`). `expiresAt` is an RFC 3339 date in the future. */
  approve(
    id: string,
    adminId: string,
    terms: { readonly rights?: readonly Right[]; readonly expiresAt?: string } = {},
  ): Promise<Permission> {
    return this.#decide(id, adminId, 'approved', (record, now) => {
      const granted = terms.rights === undefined ? record.requested : checkRights(terms.rights);
      checkGranted(granted, record.requested);
      const liveUntil = terms.expiresAt === undefined ? noEnd : checkFutureDate(terms.expiresAt, now, '/expiresAt');
      return {
        set: { granted, liveUntil },
        details: {
          granted,
          ...(terms.expiresAt === undefined ? {} : { expiresAt: new Date(liveUntil).toISOString() }),
        },
      };
    });
  }

  deny(id: string, adminId: string, reason?: string): Promise<Permission> {
    const told = this.#reason(reason);
    return this.#decide(id, adminId, 'denied', () => ({ set: { granted: [], ...told }, details: told }));
  }

  revoke(id: string, adminId: string, reason?: string): Promise<Permission> {
    const told = this.#reason(reason);
    return this.#decide(id, adminId, 'revoked', (record) => {
      if (record.status === 'pending' || record.status === 'denied')
        throw new DatakeepError('permission-decided', `A permission that is ${record.status} has nothing to revoke.`);
      return { set: { granted: [], ...told }, details: told };
    });
  }

  /** Whether anybody asks for the profile, or may use it. */
  async isNamed(profile: string): Promise<boolean> {
    const now = this.#clock.now();
    return (
      (await this.#records.findOne({ profile, status: 'pending' })) !== undefined ||
      (await this.#records.findOne({ profile, status: 'approved', liveUntil: { gt: now } })) !== undefined
    );
  }

  /** Whether a view instance asks for the profile, or may use it. */
  async isNeededByView(profile: string): Promise<boolean> {
    const ofView = { profile, viewInstanceId: { gte: '' } };
    return (
      (await this.#records.findOne({ ...ofView, status: 'pending' })) !== undefined ||
      (await this.#records.findOne({ ...ofView, status: 'approved', liveUntil: { gt: this.#clock.now() } })) !==
        undefined
    );
  }

  /** A profile is being deleted: what waits is denied, what is approved is revoked. */
  async endOfProfile(profile: string, adminId: string): Promise<void> {
    const reason = 'The profile was deleted.';
    for (const status of ['pending', 'approved'] as const)
      for (;;) {
        const records = await this.#records.find({ where: { profile, status }, limit: step });
        for (const { id } of records)
          try {
            await (status === 'pending' ? this.deny(id, adminId, reason) : this.revoke(id, adminId, reason));
          } catch (error) {
            // It went with its app or its view instance meanwhile.
            if (DatakeepError.from(error)?.code !== 'not-found') throw error;
          }
        if (records.length < step) break;
      }
  }

  /** The writes that remove every permission of an app; whoever commits them calls `forgetRights` after. */
  async writesToForget(appId: string): Promise<readonly Write[]> {
    const records = await this.#records.find({ where: { appId } });
    return records.map((record) => this.#records.delete(record.id));
  }

  forgetRights(): void {
    this.#cache.clear();
    this.#profileCache.clear();
  }

  async #decide(
    id: string,
    adminId: string,
    status: 'approved' | 'denied' | 'revoked',
    make: (record: PermissionRecord, now: number) => Decision,
  ): Promise<Permission> {
    for (let attempt = 0; ; attempt += 1) {
      const record = isId(id) ? await this.#records.get(id) : undefined;
      if (!record) throw new DatakeepError('not-found');
      const now = this.#clock.now();
      const decision = make(record, now);
      const { reason: _reason, liveUntil: _liveUntil, ...kept } = record;
      const decided: PermissionRecord = {
        ...kept,
        ...decision.set,
        status,
        decidedAt: now,
        decisions: record.decisions + 1,
      };
      const unset = (['reason', 'liveUntil'] as const).filter(
        (member) => decided[member] === undefined && record[member] !== undefined,
      );
      const write = this.#records.update(
        id,
        { set: { ...decision.set, status, decidedAt: now, decisions: decided.decisions }, unset },
        { decisions: record.decisions },
      );
      try {
        await this.#audit.commit([write], {
          action: `permission.${status}`,
          actor: { kind: 'admin', id: adminId },
          subject: { kind: 'permission', id },
          details: { appId: record.appId, profile: record.profile, ...decision.details },
        });
      } catch (error) {
        if (error instanceof DocumentConflict && error.kind === 'condition' && attempt < maxRetries) continue;
        throw error;
      } finally {
        this.forgetRights();
      }
      return this.#show(decided);
    }
  }

  async #loadRights(grantee: Grantee, profile: string): Promise<Found<ReadonlySet<Right>>> {
    const now = this.#clock.now();
    const records = await this.#records.find({
      where: {
        ...(grantee.kind === 'app'
          ? { appId: grantee.appId, viewInstanceId: null }
          : { viewInstanceId: grantee.viewInstanceId }),
        profile,
        status: 'approved',
        liveUntil: { gt: now },
      },
    });
    if (records.length === 0) return { value: noRights, ...(this.#decidedElsewhere ? { trueForMs: 0 } : {}) };
    const firstEnd = Math.min(...records.map((record) => record.liveUntil ?? noEnd));
    return { value: new Set(records.flatMap((record) => record.granted)), trueForMs: firstEnd - now };
  }

  async #loadProfiles(grantee: Grantee, right: Right): Promise<Found<ReadonlySet<string>>> {
    const now = this.#clock.now();
    const records = await this.#records.find({
      where: {
        ...(grantee.kind === 'app'
          ? { appId: grantee.appId, viewInstanceId: null }
          : { viewInstanceId: grantee.viewInstanceId }),
        status: 'approved',
        liveUntil: { gt: now },
      },
    });
    const granting = records.filter((record) => record.granted.includes(right));
    return {
      value: new Set(granting.map((record) => record.profile)),
      ...(granting.length === 0
        ? {}
        : { trueForMs: Math.min(...granting.map((record) => record.liveUntil ?? noEnd)) - now }),
    };
  }

  #newRecord(
    appId: string,
    viewInstanceId: string | undefined,
    profile: string,
    requested: readonly Right[],
    message: string,
  ): PermissionRecord {
    return {
      id: this.#ids.next(),
      appId,
      ...(viewInstanceId === undefined ? {} : { viewInstanceId }),
      profile,
      requested,
      granted: [],
      message,
      status: 'pending',
      requestedAt: this.#clock.now(),
      decisions: 0,
    };
  }

  #requestEntry(record: PermissionRecord): AuditEntry {
    return {
      action: 'permission.requested',
      actor: { kind: 'app', id: record.appId },
      subject: { kind: 'permission', id: record.id },
      details: {
        profile: record.profile,
        requested: record.requested,
        ...(record.viewInstanceId === undefined ? {} : { viewInstanceId: record.viewInstanceId }),
      },
    };
  }

  #reason(reason: string | undefined): { readonly reason?: string } {
    return reason === undefined ? {} : { reason: checkText(reason, '/reason', 1, 2000, { lines: true }) };
  }

  async #checkProfile(profile: string, pointer: string): Promise<void> {
    if (typeof profile !== 'string' || !(await this.#profiles.find(profile)))
      throw DatakeepError.invalid([{ pointer, code: 'unknown-profile', detail: 'There is no profile of that name.' }]);
  }

  #show(record: PermissionRecord): Permission {
    return showPermission(record, this.#clock.now());
  }
}
