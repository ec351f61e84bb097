import { randomBytes } from 'node:crypto';
import { isDuplicateKey, type Logger, type UpdateGuard } from '@datakeep/kernel';
import type { mongo } from 'mongoose';
import type { ChangeLog } from '../changes/change-log.ts';
import type { EventRecord } from '../event-record.ts';

/*
 * A list of events without a transaction.
 *
 * 1. `event_batches` gets a record with the batch's id: whoever finds it later knows that something was begun.
 * 2. The events are inserted, each with the batch's id as its mark. A marked event counts for a reader only if its batch was committed
 *    when that reader began, so until step 3 nobody sees any of them.
 * 3. `event_decisions` gets one record under the batch's id: `committed: true`. This insert is the commit. Who finds a batch open for longer
 *    than `abandonedMs` inserts `committed: false` under the same id instead. The unique id lets one of them win: a decision is never changed.
 * 4. Later than the longest query lasts, the marks of a committed batch are taken off and its two records go: a reader who
 *    began before the commit must still find the marks on all of the events. The events of an undone batch are deleted at once; its records
 *    stay for an hour, so that a writer that was held up that long cannot commit what is gone.
 *
 * Before 4 the log of changes has a record of the batch (changes/change-record.ts).
 *
 * A crash at any place leaves an open batch (invisible, undone by the next sweep) or a committed one (whole, settled by the next sweep). Time
 * is measured by how long one sweeper has watched a batch, on its own monotonic clock, so that clocks of machines need not agree.
 */

export interface BatchLimits {
  /** No query lasts longer. */
  readonly longestQueryMs: number;
  /** Open for longer than this, a batch is taken for abandoned. */
  readonly abandonedMs: number;
  readonly sweepMs: number;
}

interface BatchRecord {
  readonly _id: string;
}
interface Decision {
  readonly _id: string;
  readonly committed: boolean;
}

export type BatchState = 'open' | 'committed' | 'undone';

/** The decision that stands while there are, or were, events without a shadow. Readers get it with the batches, so that they know in time. */
export const unshadowedMark = 'unshadowed';

const undoneKeptMs = 3_600_000;
const settleMarginMs = 1000;

export class Batches {
  readonly #begun: mongo.Collection<BatchRecord>;
  readonly #decisions: mongo.Collection<Decision>;
  readonly #events: mongo.Collection<EventRecord>;
  readonly #guard: UpdateGuard;
  readonly #limits: BatchLimits;
  readonly #log: ChangeLog;
  readonly #logger: Logger;
  readonly #watched = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | undefined;
  #stopped = false;

  constructor(
    database: mongo.Db,
    events: mongo.Collection<EventRecord>,
    guard: UpdateGuard,
    limits: BatchLimits,
    log: ChangeLog,
    logger: Logger,
  ) {
    this.#begun = database.collection('event_batches');
    this.#decisions = database.collection('event_decisions');
    this.#events = events;
    this.#guard = guard;
    this.#limits = limits;
    this.#log = log;
    this.#logger = logger;
  }

  get abandonedMs(): number {
    return this.#limits.abandonedMs;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#sweeping ??= this.sweep()
        .catch((error: unknown) => {
          if (!this.#stopped)
            this.#logger.error('A sweep of event batches failed; the next one goes on.', { engine: 'mongodb' }, error);
        })
        .finally(() => (this.#sweeping = undefined));
    }, this.#limits.sweepMs);
    this.#timer.unref();
  }

  /** Resolves when the batch that a sweep is at is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#sweeping;
  }

  /** The batches that count for a reader that begins now. */
  async committed(maxTimeMS: number): Promise<Set<string>> {
    const decisions = await this.#decisions.find({ committed: true }, { projection: { _id: 1 }, maxTimeMS }).toArray();
    return new Set(decisions.map((decision) => decision._id));
  }

  async begin(): Promise<string> {
    const batch = randomBytes(12).toString('hex');
    await this.#begun.insertOne({ _id: batch });
    return batch;
  }

  /** Before these are stored: readers learn that there are events without a shadow. */
  async markUnshadowed(records: readonly Pick<EventRecord, 'unshadowed'>[]): Promise<void> {
    if (records.some((record) => record.unshadowed !== undefined)) await this.decide(unshadowedMark, true);
  }

  /** Whether the batch is decided so now; false where another decision stood already. */
  async decide(batch: string, committed: boolean): Promise<boolean> {
    try {
      await this.#decisions.insertOne({ _id: batch, committed });
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return (await this.#decisions.findOne({ _id: batch }))?.committed === committed;
    }
  }

  async state(batch: string): Promise<BatchState> {
    const decision = await this.#decisions.findOne({ _id: batch });
    if (!decision) return 'open';
    return decision.committed ? 'committed' : 'undone';
  }

  /** Undoes a batch unless it is committed. */
  async undo(batch: string): Promise<void> {
    if (await this.decide(batch, false)) await this.#events.deleteMany({ batch });
  }

  /** One round over all batches: settles, undoes and forgets what is due. */
  async sweep(): Promise<void> {
    await this.#log.sweep(this.#limits.abandonedMs);
    const begun = await this.#begun.find({}, { projection: { _id: 1 } }).toArray();
    if (begun.length === 0) return this.#watched.clear();
    const decided = new Map(
      (await this.#decisions.find({}).toArray()).map((decision) => [decision._id, decision.committed]),
    );
    const seen = new Set<string>();
    for (const { _id: batch } of begun) {
      if (this.#stopped) return;
      const committed = decided.get(batch);
      const key = `${batch} ${String(committed)}`;
      seen.add(key);
      const watchedMs = this.#watch(key);
      if (committed === undefined && watchedMs > this.#limits.abandonedMs) await this.undo(batch);
      else if (committed === true && watchedMs > this.#limits.longestQueryMs + settleMarginMs)
        await this.#settle(batch);
      else if (committed === false) await this.#forget(batch, watchedMs);
    }
    for (const key of this.#watched.keys()) if (!seen.has(key)) this.#watched.delete(key);
  }

  #watch(key: string): number {
    const now = performance.now();
    const since = this.#watched.get(key) ?? now;
    this.#watched.set(key, since);
    return now - since;
  }

  async #settle(batch: string): Promise<void> {
    await this.#log.ensureTold(batch);
    await this.#guard.guarded('events', () => this.#events.updateMany({ batch }, { $unset: { batch: '' } }));
    // The decision first: a record without one and without events is undone by the next sweep, which does nothing then.
    await this.#decisions.deleteOne({ _id: batch });
    await this.#begun.deleteOne({ _id: batch });
  }

  async #forget(batch: string, watchedMs: number): Promise<void> {
    await this.#events.deleteMany({ batch });
    if (watchedMs < undoneKeptMs) return;
    await this.#begun.deleteOne({ _id: batch });
    await this.#decisions.deleteOne({ _id: batch });
  }
}
