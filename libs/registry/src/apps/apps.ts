import type { AppCaller, Paging, RecordPage, TokenSigner } from '@datakeep/contracts';
import { DocumentConflict, type Collection, type DocumentStore } from '@datakeep/documents';
import { DatakeepError, isId, type Clock, type Ids, type Logger } from '@datakeep/kernel';

import type { AuditLog } from '../audit/audit-log.ts';
import type { Callers } from '../callers/callers.ts';
import { isoDate, listPage } from '../lists/list-page.ts';
import { checkName, checkText } from '../lists/text-rules.ts';
import type { Permissions } from '../permissions/permissions.ts';
import { appDefinition, type AppRecord } from './app-records.ts';
import { AppTokens, type Association, type NewAppToken, type NewAssociationToken } from './app-tokens.ts';

/** An app holder as the admin reads it. */
export interface App {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** `waiting`: no app is bound to the holder (yet, or any more). */
  readonly state: 'waiting' | 'associated';
  readonly createdAt: string;
  readonly associatedAt?: string;
  /** The name that the app gave itself. */
  readonly associatedName?: string;
  readonly tokenExpiresAt?: string;
  /** Rounded down to the hour. */
  readonly lastUsedAt?: string;
}

export interface AppsOptions {
  readonly documents: DocumentStore;
  readonly audit: AuditLog;
  readonly callers: Callers;
  readonly permissions: Permissions;
  readonly signer: TokenSigner;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** How long an app token lives, in ms. */
  readonly tokenLifetimeMs: number;
}

/** App holders: the named places that the admin makes for apps, and the apps that come to them. */
export class Apps {
  readonly #options: AppsOptions;
  readonly #apps: Collection<AppRecord>;
  readonly #tokens: AppTokens;

  constructor(options: AppsOptions) {
    this.#options = options;
    this.#apps = options.documents.collection(appDefinition);
    this.#tokens = new AppTokens(options);
  }

  async create(app: { readonly name: string; readonly description?: string }, adminId: string): Promise<App> {
    const record: AppRecord = {
      id: this.#options.ids.next(),
      name: checkName(app.name),
      ...(app.description === undefined ? {} : { description: checkDescription(app.description) }),
      createdAt: this.#options.clock.now(),
      tokenGeneration: 0,
    };
    await this.#options.audit.commit([this.#apps.insert(record)], {
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

  /** `description: null` takes it away. */
  async patch(
    id: string,
    change: { readonly name?: string; readonly description?: string | null },
    adminId: string,
  ): Promise<App> {
    await this.#read(id);
    const set = {
      ...(change.name === undefined ? {} : { name: checkName(change.name) }),
      ...(typeof change.description === 'string' ? { description: checkDescription(change.description) } : {}),
    };
    const unset = change.description === null ? (['description'] as const) : [];
    const members = [...Object.keys(set), ...unset];
    if (members.length > 0) {
      const entry = {
        action: 'app.changed',
        actor: { kind: 'admin', id: adminId },
        subject: { kind: 'app', id },
        details: { members },
      } as const;
      try {
        await this.#options.audit.commit([this.#apps.update(id, { set, unset })], entry);
      } catch (error) {
        throw isGone(error) ? new DatakeepError('not-found', undefined, { cause: error }) : error;
      }
      this.#options.callers.forgetApps();
    }
    return this.get(id);
  }

  /** The holder, its tokens and its permissions are gone at once. Its events and view instances are others' to remove. */
  async delete(id: string, adminId: string): Promise<void> {
    for (;;) {
      const record = await this.#read(id);
      const writes = [
        ...(await this.#tokens.writesToForget(id)),
        ...(await this.#options.permissions.writesToForget(id)),
        this.#apps.delete(id),
      ];
      const entry = {
        action: 'app.deleted',
        actor: { kind: 'admin', id: adminId },
        subject: { kind: 'app', id },
        details: { name: record.name },
      } as const;
      try {
        await this.#options.audit.commit(writes, entry);
        return;
      } catch (error) {
        // Something of the app was removed meanwhile: what is left is read anew.
        if (!isGone(error)) throw error;
      } finally {
        this.#options.callers.forgetApps();
        this.#options.permissions.forgetRights();
      }
    }
  }

  /** `expiresInSeconds`: 60…604,800, default 24 h. The token is shown this once; it voids the one before. */
  createAssociationToken(
    id: string,
    terms: { readonly expiresInSeconds?: number },
    adminId: string,
  ): Promise<NewAssociationToken> {
    return this.#tokens.createAssociationToken(id, adminId, terms.expiresInSeconds);
  }

  /** Binds an app to its holder. Unknown or malformed token: 401; used, voided or expired: 410. Of two uses at once one wins. */
  associate(request: { readonly associationToken: string; readonly name: string }): Promise<Association> {
    return this.#tokens.associate(request);
  }

  /** A new token; the one that asked works for 24 h more, or until it expires. */
  renewToken(caller: Pick<AppCaller, 'appId' | 'tokenId'>): Promise<NewAppToken> {
    return this.#tokens.renew(caller);
  }

  /** Every token of the app is dead at once; it must be associated anew. */
  revokeToken(id: string, adminId: string): Promise<void> {
    return this.#tokens.revoke(id, adminId);
  }

  async #read(id: string): Promise<AppRecord> {
    const record = isId(id) ? await this.#apps.get(id) : undefined;
    if (!record) throw new DatakeepError('not-found');
    return record;
  }

  async #show(record: AppRecord): Promise<App> {
    const token =
      record.associatedAt === undefined ? undefined : await this.#tokens.newest(record.id, record.tokenGeneration);
    return {
      id: record.id,
      name: record.name,
      ...(record.description === undefined ? {} : { description: record.description }),
      state: record.associatedAt === undefined ? 'waiting' : 'associated',
      createdAt: isoDate(record.createdAt),
      ...(record.associatedAt === undefined ? {} : { associatedAt: isoDate(record.associatedAt) }),
      ...(record.associatedName === undefined ? {} : { associatedName: record.associatedName }),
      ...(token === undefined ? {} : { tokenExpiresAt: isoDate(token.expiresAt) }),
      ...(token?.lastUsedAt === undefined ? {} : { lastUsedAt: isoDate(token.lastUsedAt) }),
    };
  }
}

const isGone = (error: unknown): boolean => error instanceof DocumentConflict && error.kind === 'condition';
const checkDescription = (value: unknown): string => checkText(value, '/description', 1, 2000, { lines: true });
