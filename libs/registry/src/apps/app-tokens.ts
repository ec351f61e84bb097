import type { AppCaller, TokenSigner } from '@datakeep/contracts';
import { DocumentConflict, type Collection, type DocumentStore, type Write } from '@datakeep/documents';
import { DatakeepError, isId, type Clock, type Ids, type Logger } from '@datakeep/kernel';

import type { AuditLog } from '../audit/audit-log.ts';
import type { Callers } from '../callers/callers.ts';
import { isoDate } from '../lists/list-page.ts';
import { checkName } from '../lists/text-rules.ts';
import { makeSecret, readSecretId, secretMatches } from '../secrets/opaque-secret.ts';
import {
  appDefinition,
  appTokenDefinition,
  associationTokenDefinition,
  type AppRecord,
  type AppTokenRecord,
  type AssociationTokenRecord,
} from './app-records.ts';

export interface AppTokensOptions {
  readonly documents: DocumentStore;
  readonly audit: AuditLog;
  readonly callers: Callers;
  readonly signer: TokenSigner;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** How long an app token lives. */
  readonly tokenLifetimeMs: number;
}

export interface NewAssociationToken {
  readonly associationToken: string;
  readonly expiresAt: string;
}

/** The token is shown this once. */
export interface NewAppToken {
  readonly token: string;
  readonly expiresAt: string;
}

export interface Association extends NewAppToken {
  readonly appId: string;
  /** The name that the app gave itself; the holder keeps the one that the admin gave. */
  readonly name: string;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Legal lifetimes of an association token, in seconds. */
export const associationLifetime = { min: 60, max: 604_800, default: 86_400 } as const;
/** How long a renewed token still works, in ms. */
export const renewalOverlapMs = day;
const maxRetries = 20;

/**
 * How a real app is bound to its holder: association tokens (one-time, voided by the next) and app tokens. A new association and a revocation end every token of the
 * app by one step of its generation.
 */
export class AppTokens {
  readonly #options: AppTokensOptions;
  readonly #apps: Collection<AppRecord>;
  readonly #tokens: Collection<AppTokenRecord>;
  readonly #associations: Collection<AssociationTokenRecord>;

  constructor(options: AppTokensOptions) {
    this.#options = options;
    this.#apps = options.documents.collection(appDefinition);
    this.#tokens = options.documents.collection(appTokenDefinition);
    this.#associations = options.documents.collection(associationTokenDefinition);
  }

  /** `expiresInSeconds`: 60…604,800, default 24 h. The token that was open before is void. */
  async createAssociationToken(
    appId: string,
    adminId: string,
    expiresInSeconds: number = associationLifetime.default,
  ): Promise<NewAssociationToken> {
    if (
      !Number.isInteger(expiresInSeconds) ||
      expiresInSeconds < associationLifetime.min ||
      expiresInSeconds > associationLifetime.max
    )
      throw DatakeepError.invalid([
        {
          pointer: '/expiresInSeconds',
          code: 'range',
          detail: `A whole number from ${associationLifetime.min} to ${associationLifetime.max} is expected.`,
        },
      ]);
    for (let attempt = 0; ; attempt += 1) {
      const app = await this.#readApp(appId);
      const open = await this.#associations.findOne({ openFor: appId });
      const secret = makeSecret('association');
      const now = this.#options.clock.now();
      const record: AssociationTokenRecord = {
        id: this.#options.ids.next(),
        secretId: secret.secretId,
        hash: secret.hash,
        appId,
        createdAt: now,
        expiresAt: now + expiresInSeconds * 1000,
        openFor: appId,
      };
      const writes = [
        // Holds the app in place: a deletion at the same moment makes this fail.
        this.#apps.update(appId, { set: { name: app.name } }),
        ...(open ? [this.#associations.update(open.id, { unset: ['openFor'] }, { openFor: appId })] : []),
        this.#associations.insert(record),
      ];
      try {
        await this.#options.audit.commit(writes, {
          action: 'association-token.created',
          actor: { kind: 'admin', id: adminId },
          subject: { kind: 'app', id: appId },
          details: { secretId: secret.secretId, expiresAt: isoDate(record.expiresAt) },
        });
        return { associationToken: secret.text, expiresAt: isoDate(record.expiresAt) };
      } catch (error) {
        if (!(error instanceof DocumentConflict) || attempt >= maxRetries) throw error;
      }
    }
  }

  /** Binds an app to its holder. Unknown or malformed token: 401; used, voided or expired: 410. Of two uses at once one wins. */
  async associate(request: { readonly associationToken: string; readonly name: string }): Promise<Association> {
    const name = checkName(request.name);
    const secretId = readSecretId('association', request.associationToken);
    const record = secretId === undefined ? undefined : await this.#associations.findOne({ secretId });
    if (!secretMatches(request.associationToken, record?.hash) || !record)
      throw new DatakeepError('association-token-unknown');
    const now = this.#options.clock.now();
    if (record.openFor === undefined || record.expiresAt <= now) throw new DatakeepError('association-token-spent');
    const { appId } = record;
    for (let attempt = 0; ; attempt += 1) {
      const app = await this.#apps.get(appId);
      if (!app) throw new DatakeepError('association-token-spent');
      const generation = app.tokenGeneration + 1;
      const token = this.#newToken(appId, generation, now);
      try {
        await this.#options.audit.commit(
          [
            this.#associations.update(record.id, { unset: ['openFor'] }, { openFor: appId }),
            this.#apps.update(
              appId,
              { set: { tokenGeneration: generation, associatedAt: now, associatedName: name, tokenMadeAt: now } },
              { tokenGeneration: app.tokenGeneration },
            ),
            this.#tokens.insert(token),
          ],
          {
            action: 'association.used',
            actor: { kind: 'app', id: appId },
            subject: { kind: 'app', id: appId },
            details: { name, secretId: record.secretId, tokenId: token.id, again: app.tokenGeneration > 0 },
          },
        );
      } catch (error) {
        if (!(error instanceof DocumentConflict) || error.kind !== 'condition') throw error;
        if (error.collection === associationTokenDefinition.name)
          throw new DatakeepError('association-token-spent', undefined, { cause: error });
        if (attempt >= maxRetries) throw error;
        continue;
      } finally {
        this.#options.callers.forgetApps();
      }
      this.#options.logger.info('an app was associated', { appId, tokenId: token.id });
      return { appId, name, ...this.#sign(token) };
    }
  }

  /** A new token; the one that asked works for 24 h more, or until it expires. */
  async renew(caller: Pick<AppCaller, 'appId' | 'tokenId'>): Promise<NewAppToken> {
    const now = this.#options.clock.now();
    const [app, old] = await Promise.all([this.#apps.get(caller.appId), this.#tokens.get(caller.tokenId)]);
    if (!app || !old || old.appId !== app.id || old.generation !== app.tokenGeneration || old.expiresAt <= now)
      throw new DatakeepError('unauthenticated');
    const token = this.#newToken(app.id, app.tokenGeneration, now);
    const worksUntil = Math.min(old.expiresAt, now + renewalOverlapMs);
    try {
      await this.#options.audit.commit(
        [
          // Compare-and-set on the generation: a revocation at the same moment leaves no token behind.
          this.#apps.update(app.id, { set: { tokenMadeAt: now } }, { tokenGeneration: app.tokenGeneration }),
          this.#tokens.update(old.id, { set: { expiresAt: worksUntil } }),
          this.#tokens.insert(token),
        ],
        {
          action: 'app-token.renewed',
          actor: { kind: 'app', id: app.id },
          subject: { kind: 'app', id: app.id },
          details: { oldTokenId: old.id, tokenId: token.id },
        },
      );
    } catch (error) {
      if (error instanceof DocumentConflict && error.kind === 'condition')
        throw new DatakeepError('unauthenticated', undefined, { cause: error });
      throw error;
    } finally {
      this.#options.callers.forgetApps();
    }
    await this.#removeExpired(app.id, now);
    return this.#sign(token);
  }

  /** Every token of the app is dead at once; the app must be associated anew. */
  async revoke(appId: string, adminId: string): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const app = await this.#readApp(appId);
      const open = await this.#associations.findOne({ openFor: appId });
      const dead = await this.#tokens.find({ where: { appId } });
      try {
        await this.#options.audit.commit(
          [
            this.#apps.update(
              appId,
              { unset: ['associatedAt'], inc: { tokenGeneration: 1 } },
              { tokenGeneration: app.tokenGeneration },
            ),
            ...(open ? [this.#associations.update(open.id, { unset: ['openFor'] }, { openFor: appId })] : []),
            ...dead.map((token) => this.#tokens.delete(token.id)),
          ],
          {
            action: 'app-token.revoked',
            actor: { kind: 'admin', id: adminId },
            subject: { kind: 'app', id: appId },
            details: { tokens: dead.length },
          },
        );
        return;
      } catch (error) {
        if (!(error instanceof DocumentConflict) || attempt >= maxRetries) throw error;
      } finally {
        this.#options.callers.forgetApps();
      }
    }
  }

  /** The newest live token's record of a generation. */
  async newest(appId: string, generation: number): Promise<AppTokenRecord | undefined> {
    const [newest] = await this.#tokens.find({
      where: { appId, generation },
      sort: { field: 'createdAt', direction: 'descending' },
      limit: 1,
    });
    return newest;
  }

  /** The writes that remove an app's tokens and void its association tokens. */
  async writesToForget(appId: string): Promise<readonly Write[]> {
    const [tokens, associations] = await Promise.all([
      this.#tokens.find({ where: { appId } }),
      this.#associations.find({ where: { openFor: appId } }),
    ]);
    return [
      ...tokens.map((token) => this.#tokens.delete(token.id)),
      ...associations.map((association) =>
        this.#associations.update(association.id, { unset: ['openFor'] }, { openFor: appId }),
      ),
    ];
  }

  async #removeExpired(appId: string, now: number): Promise<void> {
    const expired = await this.#tokens.find({ where: { appId, expiresAt: { lte: now } } });
    for (const token of expired)
      await this.#options.documents.commit([this.#tokens.delete(token.id)]).catch((error: unknown) => {
        this.#options.logger.warn('an expired token was not removed', {
          tokenId: token.id,
          reason: error instanceof Error ? error.name : 'unknown',
        });
      });
  }

  #newToken(appId: string, generation: number, now: number): AppTokenRecord {
    return {
      id: this.#options.ids.next(),
      appId,
      generation,
      createdAt: now,
      expiresAt: now + this.#options.tokenLifetimeMs,
    };
  }

  #sign(token: AppTokenRecord): NewAppToken {
    return {
      token: this.#options.signer.sign('app', token.appId, token.id, token.createdAt, token.expiresAt),
      expiresAt: isoDate(token.expiresAt),
    };
  }

  async #readApp(appId: string): Promise<AppRecord> {
    const app = isId(appId) ? await this.#apps.get(appId) : undefined;
    if (!app) throw new DatakeepError('not-found');
    return app;
  }
}
