import type { AppCaller } from '@datakeep/contracts';
import { tookPlace, type Collection, type Where, type Write } from '@datakeep/documents';
import { DatakeepError, isoDate } from '@datakeep/kernel';

import { appTokenDefinition, type AppRecord, type AppTokenRecord } from '../records/app-records.ts';
import type { AppsOptions } from './apps-options.ts';

/** The token is shown this once. */
export interface NewAppToken {
  readonly token: string;
  readonly expiresAt: string;
}

/** How long a renewed token still works, in ms. */
export const renewalOverlapMs = 86_400_000;

/** Tokens that are read and removed at once. */
const step = 500;

/** App tokens. Those of an earlier generation than their app's are dead, whether they are still stored or not. */
export class AppTokens {
  readonly #records: Collection<AppTokenRecord>;

  constructor(private readonly options: AppsOptions) {
    this.#records = options.documents.collection(appTokenDefinition);
  }

  /**
   * A new token; the one that asked works for 24 h more, or until it expires. Where the app has as many live tokens as
   * it may, the oldest others end at once: neither the new one nor the one that asked, so that an app can always renew,
   * and again where the answer was lost.
   */
  async renew(caller: Pick<AppCaller, 'appId' | 'tokenId'>): Promise<NewAppToken> {
    const { quota, callers, clock } = this.options;
    const now = clock.now();
    try {
      const { token, app } = await quota.add(caller.appId, async (appNow) => {
        const old = await this.#records.get(caller.tokenId);
        if (!old || old.appId !== appNow.id || old.generation !== appNow.tokenGeneration || old.expiresAt <= now)
          throw new DatakeepError('unauthenticated');
        const made = this.make(appNow.id, appNow.tokenGeneration, now);
        const surplus = await this.#surplus(appNow, old, now);
        return {
          writes: [
            this.#records.update(old.id, { set: { expiresAt: Math.min(old.expiresAt, now + renewalOverlapMs) } }),
            ...surplus.map(({ id }) => this.#records.delete(id)),
            this.#records.insert(made),
          ],
          entries: [
            {
              action: 'app-token.renewed',
              actor: { kind: 'app', id: appNow.id },
              subject: { kind: 'app', id: appNow.id },
              details: { oldTokenId: old.id, tokenId: made.id, ended: surplus.length },
            },
          ],
          result: { token: made, app: appNow },
        };
      });
      await this.removeDead(app.id, app.tokenGeneration);
      return this.sign(token);
    } finally {
      callers.forgetApps();
    }
  }

  /** The live tokens that one more leaves no room for, oldest first, `step` at most. */
  async #surplus(app: AppRecord, old: AppTokenRecord, now: number): Promise<readonly AppTokenRecord[]> {
    const where = this.#alive(app, now);
    // The new one and the one that asked, whatever the limit.
    const room = Math.max(2, this.options.quota.limitsOf(app).tokens) - 1;
    const surplus = (await this.#records.count(where)) - room;
    if (surplus <= 0) return [];
    const oldest = await this.#records.find({
      where,
      sort: { field: 'createdAt', direction: 'ascending' },
      limit: Math.min(surplus, step) + 1,
    });
    return oldest.filter(({ id }) => id !== old.id).slice(0, surplus);
  }

  /** How many of the app's tokens are alive. */
  count(app: AppRecord): Promise<number> {
    return this.#records.count(this.#alive(app, this.options.clock.now()));
  }

  /** The newest token's record of a generation. */
  async newest(appId: string, generation: number): Promise<AppTokenRecord | undefined> {
    const [newest] = await this.#records.find({
      where: { appId, generation },
      sort: { field: 'createdAt', direction: 'descending' },
      limit: 1,
    });
    return newest;
  }

  make(appId: string, generation: number, now: number): AppTokenRecord {
    const { ids, tokenLifetimeMs } = this.options;
    return { id: ids.next(), appId, generation, createdAt: now, expiresAt: now + tokenLifetimeMs };
  }

  insert(token: AppTokenRecord): Write {
    return this.#records.insert(token);
  }

  sign(token: AppTokenRecord): NewAppToken {
    return {
      token: this.options.signer.sign('app', token.appId, token.id, token.createdAt, token.expiresAt),
      expiresAt: isoDate(token.expiresAt),
    };
  }

  /** Tidies: tokens without power, some at each call. What is not removed now is removed later. */
  async removeDead(appId: string, generation: number): Promise<void> {
    const now = this.options.clock.now();
    try {
      await this.#removeSome({ appId, expiresAt: { lte: now } });
      await this.#removeSome({ appId, generation: { lt: generation } });
    } catch (error) {
      this.options.logger.warn('tokens without power were not removed', {
        appId,
        reason: error instanceof Error ? error.name : 'unknown',
      });
    }
  }

  /** Every token of an app that is being deleted, in bounded steps. */
  async removeAll(appId: string): Promise<void> {
    while ((await this.#removeSome({ appId })) === step);
  }

  #alive(app: AppRecord, now: number): Where<AppTokenRecord> {
    return { appId: app.id, generation: app.tokenGeneration, expiresAt: { gt: now } };
  }

  async #removeSome(where: Where<AppTokenRecord>): Promise<number> {
    const found = await this.#records.find({
      where,
      sort: { field: 'createdAt', direction: 'ascending' },
      limit: step,
    });
    await Promise.all(
      found.map(({ id }) =>
        // They have no power any more: where a power loss brings one back, it is found again.
        tookPlace(this.options.documents.commit([this.#records.delete(id)], 'relaxed')),
      ),
    );
    return found.length;
  }
}
