import type { Paging, RecordPage } from '@datakeep/contracts';
import { listPage, tookPlace, type Collection } from '@datakeep/documents';
import { type AppLimits, DatakeepError, type Id, isId, isoDate, type Timestamp } from '@datakeep/kernel';

import { checkName, checkText } from '../lists/text-rules.ts';
import { appDefinition, type AppRecord } from '../records/app-records.ts';
import { AppTokens } from './app-tokens.ts';
import { Associations } from './associations.ts';
import { checkOrigins } from './web-origins.ts';
import type { AppsOptions } from './apps-options.ts';

/** An app holder as the admin reads it. */
export interface App {
  readonly id: Id;
  readonly name: string;
  readonly description?: string | undefined;
  /**
   * `waiting`: no app is bound to the holder (yet, or any more). `deleting`: it has no power any more, and something of
   * it is still there.
   */
  readonly state: 'waiting' | 'associated' | 'deleting';
  readonly createdAt: Timestamp;
  readonly associatedAt?: Timestamp | undefined;
  /** The name that the app gave itself. */
  readonly associatedName?: string | undefined;
  /** The end, which may be past, of the newest association token, while that is neither used nor void. */
  readonly associationTokenExpiresAt?: Timestamp | undefined;
  readonly tokenExpiresAt?: Timestamp | undefined;
  /** The admin's own numbers for this app; absent where it has the configuration's. */
  readonly limits?: Partial<AppLimits> | undefined;
  /** Web pages that may call as this app. */
  readonly origins: readonly string[];
  /** Rounded down to the hour. */
  readonly lastUsedAt?: Timestamp | undefined;
}

/** What an app has of records, and how much of everything it may have. */
export interface AppUsage {
  readonly used: Readonly<
    Record<'profiles' | 'profileBytes' | 'pendingPermissions' | 'permissions' | 'tokens', number>
  >;
  readonly limits: AppLimits;
}

/** App holders: the named places that the admin makes for apps, and the apps that are associated with them. */
export class Apps {
  readonly tokens: AppTokens;
  readonly associations: Associations;
  readonly #apps: Collection<AppRecord>;

  constructor(private readonly options: AppsOptions) {
    this.#apps = options.documents.collection(appDefinition);
    this.tokens = new AppTokens(options);
    this.associations = new Associations(options, this.tokens);
  }

  async create(
    app: { readonly name: string; readonly description?: string; readonly origins?: readonly string[] },
    adminId: string,
  ): Promise<App> {
    const record: AppRecord = {
      id: this.options.ids.next(),
      name: checkName(app.name),
      description: app.description === undefined ? undefined : checkDescription(app.description),
      origins: app.origins && checkOrigins(app.origins),
      createdAt: this.options.clock.now(),
      tokenGeneration: 0,
    };
    await this.options.audit.commit([this.#apps.insert(record)], {
      action: 'app.created',
      actor: { kind: 'admin', id: adminId },
      subject: { kind: 'app', id: record.id },
      details: { name: record.name },
    });
    return this.#show(record);
  }

  async list(paging: Paging): Promise<RecordPage<App>> {
    const page = await listPage(this.#apps, 'createdAt', {}, paging, (record) => record);
    return { ...page, items: await Promise.all(page.items.map((record) => this.#show(record))) };
  }

  async get(id: string): Promise<App> {
    return this.#show(await this.#read(id));
  }

  /** `description: null` takes it away; `origins` are all that there are then. */
  async patch(
    id: string,
    change: { readonly name?: string; readonly description?: string | null; readonly origins?: readonly string[] },
    adminId: string,
  ): Promise<App> {
    await this.#read(id);
    const set = {
      ...(change.name === undefined ? {} : { name: checkName(change.name) }),
      ...(typeof change.description === 'string' ? { description: checkDescription(change.description) } : {}),
      ...(change.origins === undefined ? {} : { origins: checkOrigins(change.origins) }),
    };
    const unset = change.description === null ? (['description'] as const) : [];
    const members = [...Object.keys(set), ...unset];
    if (members.length > 0) {
      const changed = this.options.audit.commit([this.#apps.update(id, { set, unset })], {
        action: 'app.changed',
        actor: { kind: 'admin', id: adminId },
        subject: { kind: 'app', id },
        details: { members },
      });
      if (!(await tookPlace(changed))) throw new DatakeepError('not-found');
      this.options.callers.forgetApps();
    }
    return this.get(id);
  }

  /**
   * Sets the admin's own numbers for an app, all at once: a limit that is left out is the configuration's. A number
   * below what the app has takes nothing away, and refuses more.
   */
  async setLimits(id: string, limits: Partial<AppLimits>, adminId: string): Promise<App> {
    const { audit, quota } = this.options;
    await this.#read(id);
    const change = Object.keys(limits).length === 0 ? ({ unset: ['limits'] } as const) : { set: { limits } };
    const changed = audit.commit([this.#apps.update(id, change)], {
      action: 'app.limits-changed',
      actor: { kind: 'admin', id: adminId },
      subject: { kind: 'app', id },
      details: { ...limits },
    });
    if (!(await tookPlace(changed))) throw new DatakeepError('not-found');
    quota.forgetLimits();
    return this.get(id);
  }

  /** Every token of the app is dead at once, by one step of its generation; it must be associated anew. */
  async revokeToken(id: string, adminId: string): Promise<void> {
    const { audit, callers } = this.options;
    for (;;) {
      const { tokenGeneration } = await this.#read(id);
      const writes = [
        this.#apps.update(id, { unset: ['associatedAt'], inc: { tokenGeneration: 1 } }, { tokenGeneration }),
        ...(await this.associations.writesToVoid(id)),
      ];
      const revoked = audit.commit(writes, {
        action: 'app-token.revoked',
        actor: { kind: 'admin', id: adminId },
        subject: { kind: 'app', id },
      });
      if (!(await tookPlace(revoked).finally(() => callers.forgetApps()))) continue;
      return this.tokens.removeDead(id, tokenGeneration + 1);
    }
  }

  /** What an app has of what its limits bound, and the limits. */
  async usage(id: string): Promise<AppUsage> {
    const { profiles, permissions, quota } = this.options;
    const record = await this.#read(id);
    const limits = quota.limitsOf(record);
    const [ofProfiles, ofPermissions, tokens] = await Promise.all([
      profiles.usage(id),
      permissions.usage(id),
      this.tokens.count(record),
    ]);
    return { used: { ...ofProfiles, ...ofPermissions, tokens }, limits };
  }

  async #read(id: string): Promise<AppRecord> {
    const record = isId(id) ? await this.#apps.get(id) : undefined;
    if (!record) throw new DatakeepError('not-found');
    return record;
  }

  async #show(record: AppRecord): Promise<App> {
    const [token, associationEnd] = await Promise.all([
      record.associatedAt === undefined ? undefined : this.tokens.newest(record.id, record.tokenGeneration),
      this.associations.endOfOpenToken(record.id),
    ]);
    return {
      id: record.id,
      name: record.name,
      description: record.description,
      state:
        record.deletingSince !== undefined ? 'deleting' : record.associatedAt === undefined ? 'waiting' : 'associated',
      createdAt: isoDate(record.createdAt),
      associatedAt: isoDate(record.associatedAt),
      associatedName: record.associatedName,
      associationTokenExpiresAt: isoDate(associationEnd),
      tokenExpiresAt: isoDate(token?.expiresAt),
      limits: record.limits,
      origins: record.origins ?? [],
      lastUsedAt: isoDate(token?.lastUsedAt),
    };
  }
}

const checkDescription = (value: unknown): string => checkText(value, '/description', 1, 2000, { lines: true });
