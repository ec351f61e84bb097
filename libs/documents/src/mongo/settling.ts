import type { Logger } from '@datakeep/kernel';
import type { mongo } from 'mongoose';
import type { Decisions } from './decisions.ts';
import type { Locks } from './locks.ts';
import type { StoredRecord } from './record.ts';

export interface SettlingLimits {
  /** No read lasts longer. */
  readonly longestReadMs: number;
  /** A lock without a decision for longer than this is abandoned. */
  readonly abandonedMs: number;
  readonly sweepMs: number;
}

const marginMs = 1000;
/** A writer that was held up for longer than this could commit what was undone. */
const undoneKeptMs = 3_600_000;

/**
 * Folds committed units into their documents once no reader can need what was before, and undoes abandoned ones. Each process of the keep does it for
 * what it committed, so that they do not all reach for the same documents, and later for what another left. Times are how long this sweeper has watched a thing, on its own clock, so that clocks of machines need not agree.
 */
export class Settling {
  readonly #database: mongo.Db;
  readonly #collections: () => Iterable<string>;
  readonly #decisions: Decisions;
  readonly #locks: Locks;
  readonly #limits: SettlingLimits;
  readonly #logger: Logger;
  #watched = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | undefined;
  #stopped = false;

  constructor(
    database: mongo.Db,
    collections: () => Iterable<string>,
    { decisions, locks }: { readonly decisions: Decisions; readonly locks: Locks },
    limits: SettlingLimits,
    logger: Logger,
  ) {
    this.#database = database;
    this.#collections = collections;
    this.#decisions = decisions;
    this.#locks = locks;
    this.#limits = limits;
    this.#logger = logger;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#sweeping ??= this.sweep()
        .catch((error: unknown) => {
          if (!this.#stopped)
            this.#logger.error('A sweep of document units failed; the next one goes on.', { engine: 'mongodb' }, error);
        })
        .finally(() => (this.#sweeping = undefined));
    }, this.#limits.sweepMs);
    this.#timer.unref();
  }

  /** Resolves when the document that a sweep is at is done; the rest is for another process or the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#sweeping;
  }

  /** One round: settles, undoes and forgets what is due. */
  async sweep(): Promise<void> {
    const seen = new Map<string, number>();
    const watch = (key: string): number => {
      const now = performance.now();
      const since = this.#watched.get(key) ?? now;
      seen.set(key, since);
      return now - since;
    };
    const decided = new Map((await this.#decisions.all()).map((decision) => [decision._id, decision.committed]));
    for (const [batch, committed] of decided) {
      if (this.#stopped) return;
      const watchedMs = watch(batch);
      const unreadMs = watchedMs - this.#limits.longestReadMs - marginMs;
      if (committed && unreadMs > (this.#decisions.isOwn(batch) ? 0 : this.#limits.abandonedMs))
        await this.#settle(batch);
      if (!committed && watchedMs > undoneKeptMs) await this.#decisions.forget(batch);
    }
    for (const collection of this.#collections())
      if (!this.#stopped) await this.#breakLocks(collection, decided, watch);
    this.#watched = seen;
  }

  async #settle(batch: string): Promise<void> {
    const decision = await this.#decisions.find(batch);
    if (!decision) return;
    for (const { collection, id, image } of decision.outcomes) {
      if (this.#stopped) return;
      await this.#locks.takeOff(collection, id, batch, { image });
    }
    await this.#decisions.forget(batch);
  }

  async #breakLocks(
    collection: string,
    decided: ReadonlyMap<string, boolean>,
    watch: (key: string) => number,
  ): Promise<void> {
    const locked = await this.#database
      .collection<StoredRecord>(collection)
      .find({ _l: { $exists: true } }, { projection: { _l: 1, _h: 1 } })
      .toArray();
    for (const { _id, _l, _h } of locked) {
      if (this.#stopped) return;
      const undone = (_h ?? []).filter((batch) => decided.get(batch) === false);
      for (const batch of undone) await this.#locks.takeOff(collection, _id, batch, undefined);
      if (_l !== undefined && !decided.has(_l) && watch(`${collection} ${_id} ${_l}`) > this.#limits.abandonedMs)
        await this.#decisions.decide(_l, undefined);
    }
  }
}
