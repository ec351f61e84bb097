import { DocumentConflict, tookPlace, type Collection, type Write } from '@datakeep/documents';
import { DatakeepError, isId, isoDate, type Timestamp } from '@datakeep/kernel';

import { outrun } from '../audit/audit-log.ts';
import { longestHold } from '../callers/short-cache.ts';
import { checkName } from '../lists/text-rules.ts';
import { makeSecret, readSecretId, secretMatches } from '../secrets/opaque-secret.ts';
import {
  appDefinition,
  associationTokenDefinition,
  type AppRecord,
  type AssociationTokenRecord,
} from '../records/app-records.ts';
import type { AppTokens, NewAppToken } from './app-tokens.ts';
import { checkOrigins } from './web-origins.ts';
import type { AppsOptions } from './apps-options.ts';

export interface NewAssociationToken {
  readonly associationToken: string;
  readonly expiresAt: Timestamp;
}

export interface AssociationRequest {
  readonly associationToken: string;
  readonly name: string;
  /** Web pages that may call as this app, in place of those that the holder has. */
  readonly origins?: readonly string[] | undefined;
}

export interface Association extends NewAppToken {
  readonly appId: string;
  /** The name that the app gave itself; the holder keeps the one that the admin gave. */
  readonly name: string;
}

/** Legal lifetimes of an association token, in seconds. */
export const associationLifetime = { min: 60, max: 604_800, default: 86_400 } as const;
const maxRetries = 20;

/**
 * How a real app is bound to its holder: by an association token (one-time, voided by the next). A new association ends
 * every token of the app that was bound before, and its approved permissions wait for the admin's word again, on every
 * process by the time that the new token is handed out.
 */
export class Associations {
  readonly #apps: Collection<AppRecord>;
  readonly #records: Collection<AssociationTokenRecord>;

  constructor(
    private readonly options: AppsOptions,
    private readonly tokens: AppTokens,
  ) {
    this.#apps = options.documents.collection(appDefinition);
    this.#records = options.documents.collection(associationTokenDefinition);
  }

  /** The token is shown this once; the one that was open before is void. */
  async createToken(
    appId: string,
    { expiresInSeconds = associationLifetime.default }: { readonly expiresInSeconds?: number },
    adminId: string,
  ): Promise<NewAssociationToken> {
    const { min, max } = associationLifetime;
    if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < min || expiresInSeconds > max)
      throw DatakeepError.invalidAt('/expiresInSeconds', 'range', `A whole number from ${min} to ${max} is expected.`);
    for (;;) {
      const app = isId(appId) ? await this.#apps.get(appId) : undefined;
      if (!app) throw new DatakeepError('not-found');
      if (app.deletingSince !== undefined) throw new DatakeepError('not-found', 'The app is being deleted.');
      const secret = makeSecret('association');
      const now = this.options.clock.now();
      const record: AssociationTokenRecord = {
        id: this.options.ids.next(),
        secretId: secret.secretId,
        hash: secret.hash,
        appId,
        createdAt: now,
        expiresAt: now + expiresInSeconds * 1000,
        openFor: appId,
      };
      const writes = [
        // Holds the app in place: a deletion at the same moment makes this fail.
        this.#apps.update(appId, { set: { name: app.name } }, { name: app.name, deletingSince: null }),
        ...(await this.writesToVoid(appId)),
        this.#records.insert(record),
      ];
      const expiresAt = isoDate(record.expiresAt);
      const created = this.options.audit.commit(writes, {
        action: 'association-token.created',
        actor: { kind: 'admin', id: adminId },
        subject: { kind: 'app', id: appId },
        details: { secretId: secret.secretId, expiresAt },
      });
      if (await tookPlace(created)) return { associationToken: secret.text, expiresAt };
    }
  }

  /** Unknown or malformed token: 401; used, voided or expired: 410. Of two uses at once one wins. */
  async associate(request: AssociationRequest): Promise<Association> {
    const name = checkName(request.name);
    const origins = request.origins === undefined ? {} : { origins: checkOrigins(request.origins) };
    const secretId = readSecretId('association', request.associationToken);
    const record = secretId === undefined ? undefined : await this.#records.findOne({ secretId });
    if (!secretMatches(request.associationToken, record?.hash) || !record)
      throw new DatakeepError('association-token-unknown');
    const now = this.options.clock.now();
    if (record.openFor === undefined || record.expiresAt <= now) throw new DatakeepError('association-token-spent');
    const { appId } = record;
    for (let attempt = 0; ; attempt += 1) {
      const app = await this.#apps.get(appId);
      if (!app) throw new DatakeepError('association-token-spent');
      const again = app.tokenGeneration > 0;
      const generation = app.tokenGeneration + 1;
      const token = this.tokens.make(appId, generation, now);
      try {
        await this.options.audit.commit(
          [
            this.#records.update(record.id, { unset: ['openFor'] }, { openFor: appId }),
            this.#apps.update(
              appId,
              {
                set: {
                  tokenGeneration: generation,
                  associatedAt: now,
                  associatedName: name,
                  tokenMadeAt: now,
                  ...origins,
                },
              },
              { tokenGeneration: app.tokenGeneration, deletingSince: null },
            ),
            this.tokens.insert(token),
          ],
          {
            action: 'association.used',
            actor: { kind: 'app', id: appId },
            subject: { kind: 'app', id: appId },
            details: { name, secretId: record.secretId, tokenId: token.id, again, ...origins },
          },
        );
      } catch (error) {
        if (!(error instanceof DocumentConflict) || error.kind !== 'condition') throw error;
        if (error.collection === associationTokenDefinition.name)
          throw new DatakeepError('association-token-spent', undefined, { cause: error });
        if (attempt >= maxRetries) throw outrun(error);
        continue;
      } finally {
        this.options.callers.forgetApps();
      }
      // The token is handed out only after this: a crash in between leaves a token that no program holds.
      if (again) await this.#suspend(appId, name);
      await this.tokens.removeDead(appId, generation);
      this.options.logger.info('an app was associated', { appId, tokenId: token.id });
      return { appId, name, ...this.tokens.sign(token) };
    }
  }

  /** Resolves when no process holds what was approved any more. */
  async #suspend(appId: string, name: string): Promise<void> {
    const { permissions, clock } = this.options;
    if ((await permissions.endings.suspendOfApp(appId, name)) > 0)
      await new Promise<void>((resolve) => void clock.setTimer(longestHold, resolve));
  }

  /** When the app's open association token ends or ended, ms since the epoch. */
  async endOfOpenToken(appId: string): Promise<number | undefined> {
    return (await this.#records.findOne({ openFor: appId }))?.expiresAt;
  }

  /** The writes that void the app's open association token, at most one. */
  async writesToVoid(appId: string): Promise<readonly Write[]> {
    const open = await this.#records.findOne({ openFor: appId });
    return open ? [this.#records.update(open.id, { unset: ['openFor'] }, { openFor: appId })] : [];
  }
}
