import type { OnApplicationShutdown } from '@nestjs/common';
import type { Deleter, ViewManager } from '@datakeep/contracts';
import { everyOf, type Collection, type DocumentStore } from '@datakeep/documents';
import { DatakeepError, type Clock, type Logger, type Timer } from '@datakeep/kernel';

import type { Permissions } from '../permissions/permissions.ts';
import type { ProfileRemoval } from '../profiles/profile-removal.ts';
import { appDefinition, type AppRecord } from '../records/app-records.ts';

export interface UnapprovedRemovalOptions {
  readonly documents: DocumentStore;
  readonly permissions: Permissions;
  readonly profileRemoval: ProfileRemoval;
  readonly views: Pick<ViewManager, 'deleteInstance'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long what an app made waits for the admin's word, ms. */
const waitsMs = 30 * 86_400_000;
const everyMs = 3_600_000;
const actor: Deleter = { kind: 'keep', id: 'unapproved' };

/**
 * Removes what apps made and nobody approved within 30 days: requests for permissions, view instances of which nothing
 * was ever approved, and profiles of which there are no events and on which nothing was ever approved. Each hour; every
 * step is conditional on what it found, so that several processes may do so at once.
 */
export class UnapprovedRemoval implements OnApplicationShutdown {
  readonly #apps: Collection<AppRecord>;
  #timer: Timer | undefined;
  #pass: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(private readonly options: UnapprovedRemovalOptions) {
    this.#apps = options.documents.collection(appDefinition);
  }

  /** Resolves when a first pass was made; the others follow each hour. */
  start(): Promise<void> {
    this.#pass = this.#guarded();
    return this.#pass;
  }

  /** Resolves when nothing is under way any more. */
  async onApplicationShutdown(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#pass;
  }

  async #guarded(): Promise<void> {
    const { clock, logger } = this.options;
    try {
      await this.#remove(clock.now() - waitsMs);
    } catch (error) {
      logger.warn('What nobody approved could not be removed; it is tried again within the hour', {
        reason: DatakeepError.from(error)?.code ?? 'internal',
      });
    }
    if (this.#closed) return;
    this.#timer = clock.setTimer(everyMs, () => {
      this.#pass = this.#guarded();
    });
  }

  async #remove(before: number): Promise<void> {
    const { permissions, profileRemoval, views } = this.options;
    await permissions.endings.removeUnanswered(before, actor);
    for await (const viewInstanceId of permissions.endings.unapprovedInstances(before)) {
      if (this.#closed) return;
      await views.deleteInstance(viewInstanceId, actor).catch(unlessGone);
    }
    for await (const { id } of everyOf(this.#apps)) {
      if (this.#closed) return;
      await profileRemoval.removeUnusedOf(id, actor, before);
    }
  }
}

function unlessGone(error: unknown): void {
  if (DatakeepError.from(error)?.code !== 'not-found') throw error;
}
