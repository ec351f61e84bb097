import {
  groupLimits,
  transferPage,
  type Aggregation,
  type AppendResult,
  type ChangePage,
  type ChangesQuery,
  type EventQuery,
  type NewEvent,
  type RestoredEvent,
  type SourceUsage,
  type StorageFigures,
  type StoredEvent,
} from '@datakeep/contracts';
import { DatakeepError, type Clock, type Logger, makePrivateFolder } from '@datakeep/kernel';
import { FileLock } from '@datakeep/sqlite';
import { payloadUnits, type WaitingLimits } from '../waiting-room.ts';
import { changesGone, placeFrom, placeText } from '../change-place.ts';
import { refusalError } from '../aggregate/refusal-error.ts';
import type { IndexingOptions } from '../../advised-storage.ts';
import type { MeasuredGroups, MeasuredPage, StorageEngine } from '../../storage-engine.ts';
import { SqliteIndexEngine } from './advice/sqlite-index-engine.ts';
import { lockPath, prepareDirectory, type Synchronous } from './database-file.ts';
import { databaseSize } from './database-size.ts';
import { ReaderPool } from './reader/reader-pool.ts';
import type { ReadTask, ReadTasks } from './reader/read-messages.ts';
import { storageError } from './storage-error.ts';
import { WriteQueue } from './writer/write-queue.ts';
import { flatten, type RestoredPart } from './writer/flat-events.ts';
import type { WriteRequest, WriteTasks, Written } from './writer/write-messages.ts';

export interface SqliteLimits extends WaitingLimits {
  /** Reads that may wait for a reader. Default 1,000. */
  readonly waitingReads?: number;
  /** Largest size of the database file; beyond it writes fail with `storage-full`. Default: what the disk holds. */
  readonly maxBytes?: number;
  /** From a deletion on, until SQLite's log, which has what was deleted, is emptied. Default 60,000. */
  readonly emptyLogAfterMs?: number;
}

export interface SqliteStorageOptions {
  /** Made if missing; holds `events.sqlite`. */
  readonly directory: string;
  /**
   * `full` loses no acknowledged commit; `normal` may lose the last commits on power loss, never on a crash of the
   * process.
   */
  readonly synchronous: Synchronous;
  /** Threads that answer queries. */
  readonly readers: number;
  readonly clock: Clock;
  readonly limits?: SqliteLimits;
  readonly logger?: Logger;
  /** Its mode is `auto` by default. */
  readonly indexing?: IndexingOptions;
}

/** Default budget of a read, ms. */
const shortReadMs = 5000;

/** One writer thread with group commit, and reader threads (ADR 12). */
export class SqliteEngine implements StorageEngine {
  readonly indexEngine: SqliteIndexEngine;
  readonly #directory: string;
  readonly #writes: WriteQueue;
  readonly #reads: ReaderPool;
  readonly #lock: FileLock;
  readonly #clock: Clock;
  readonly #watchers = new Set<() => void>();
  #closed: Promise<void> | undefined;

  private constructor(
    directory: string,
    lock: FileLock,
    writes: WriteQueue,
    reads: ReaderPool,
    clock: Clock,
    indexEngine: SqliteIndexEngine,
  ) {
    this.#clock = clock;
    this.indexEngine = indexEngine;
    this.#directory = directory;
    this.#lock = lock;
    this.#writes = writes;
    this.#reads = reads;
  }

  static async open({
    directory,
    synchronous,
    readers,
    clock,
    limits = {},
  }: Omit<SqliteStorageOptions, 'indexing' | 'logger'>): Promise<SqliteEngine> {
    makePrivateFolder(directory);
    prepareDirectory(directory);
    const lock = FileLock.take(lockPath(directory), 'Another process has the event storage open.');
    const { maxBytes = 0, emptyLogAfterMs } = limits;
    const settings = { directory, synchronous, maxBytes, emptyLogAfterMs };
    const [writes, reads] = await Promise.allSettled([
      WriteQueue.open(settings, limits),
      ReaderPool.open({ directory, readers, clock, waitingReads: limits.waitingReads ?? 1000 }),
    ]);
    if (writes.status === 'rejected' || reads.status === 'rejected') {
      // A half-opened engine ends its threads, which would keep the process alive.
      if (reads.status === 'fulfilled') await reads.value.close();
      if (writes.status === 'fulfilled') await writes.value.close();
      lock.release();
      const cause: unknown = writes.status === 'rejected' ? writes.reason : (reads as PromiseRejectedResult).reason;
      throw new DatakeepError('storage-unreachable', undefined, { cause });
    }
    const indexEngine = new SqliteIndexEngine(settings, writes.value);
    return new SqliteEngine(directory, lock, writes.value, reads.value, clock, indexEngine);
  }

  get isCrowded(): boolean {
    return this.#writes.room.isCrowded;
  }

  append(events: readonly NewEvent[]): Promise<AppendResult[]> {
    return this.#append(events);
  }

  restore(events: readonly RestoredEvent[]): Promise<AppendResult[]> {
    return this.#append(
      events,
      events.map(({ version, modifiedBy }) => ({ version, modifiedBy })),
    );
  }

  async #append(events: readonly NewEvent[], restored?: readonly RestoredPart[]): Promise<AppendResult[]> {
    if (events.length === 0) return [];
    const units = payloadUnits(events);
    const flat = flatten(events);
    const exceptions = restored
      ? await this.#write('restore', [flat, restored], units, events.length)
      : await this.#write('append', [flat], units, events.length);
    const results: AppendResult[] = events.map((event) => ({
      id: event.id,
      acceptedAt: event.acceptedAt,
      status: 'created',
    }));
    for (const { index, ...result } of exceptions) results[index] = result;
    this.#wake();
    return results;
  }

  query(query: EventQuery): Promise<MeasuredPage> {
    return this.#read('query', [query], query.timeoutMs, query.fairnessKey);
  }

  aggregate(aggregation: Aggregation): Promise<MeasuredGroups> {
    return this.#read('aggregate', [aggregation, groupLimits], aggregation.timeoutMs, aggregation.fairnessKey);
  }

  get(id: string): Promise<StoredEvent | undefined> {
    return this.#read('get', [id]);
  }

  stored(after = ''): Promise<readonly RestoredEvent[]> {
    return this.#read('stored', [{ after, ...transferPage }]);
  }

  async outdate(place: string): Promise<void> {
    await this.#write('outdate', [placeFrom(place).sequence]);
  }

  async replace(id: string, payload: string, ifVersion?: number, modifiedBy?: string): Promise<StoredEvent> {
    const values = [id, payload, ifVersion, modifiedBy, this.#clock.now()] as const;
    const replaced = await this.#write('replace', [...values], payload.length);
    this.#wake();
    return replaced;
  }

  async remove(id: string, ifVersion?: number): Promise<void> {
    await this.#write('remove', [id, ifVersion, this.#clock.now()]);
    this.#wake();
  }

  async removeBySource(source: string): Promise<number> {
    let removed = 0;
    let after = 0;
    let until = -1;
    for (;;) {
      const step = await this.#write('sweep', [source, after, until, this.#clock.now()]);
      removed += step.removed;
      this.#wake();
      ({ after, until } = step);
      if (step.done) return removed;
    }
  }

  async changes({ profiles, after, limit, fairnessKey }: ChangesQuery): Promise<ChangePage> {
    const task = { after: after === undefined ? undefined : placeFrom(after), profiles, limit };
    const answer = await this.#read('changes', [task], shortReadMs, fairnessKey);
    if (answer.gone) throw changesGone();
    const changes = answer.changes.map(({ sequence, ...change }) => ({
      ...change,
      place: placeText({ sequence, began: answer.began }),
    }));
    return { changes, next: placeText(answer), more: answer.more };
  }

  async lastChange(): Promise<string> {
    return placeText({ sequence: await this.#read('lastChange', []), began: 0 });
  }

  watchChanges(wake: () => void): () => void {
    // A new function for each call, so that a caller that watches twice stops one watch at a time.
    const watcher = (): void => wake();
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  #wake(): void {
    for (const wake of this.#watchers) wake();
  }

  usageOf(source: string): Promise<SourceUsage> {
    return this.#read('usage', [source]);
  }

  async figures(): Promise<StorageFigures> {
    return {
      engine: 'sqlite',
      engineVersion: process.versions['sqlite'] ?? 'unknown',
      events: await this.#read('tally', []),
      bytes: await databaseSize(this.#directory),
      waitingBytes: this.#writes.room.bytes,
    };
  }

  async ping(): Promise<void> {
    if (!this.#writes.alive && !this.#closed) throw storageError('storage-unreachable');
    await this.#read('tally', []);
  }

  close(): Promise<void> {
    // The checkpoint at the end of the writer transfers the whole WAL only without readers.
    this.#closed ??= Promise.all([this.#reads.close(), this.#writes.drain()])
      .then(() => this.#writes.close())
      .finally(() => this.#lock.release());
    return this.#closed;
  }

  async #write<T extends keyof WriteTasks>(
    task: T,
    values: Parameters<WriteTasks[T]>,
    bytes = 0,
    events = 1,
  ): Promise<Written<T>> {
    const answer = await this.#writes.write({ task, values } as WriteRequest, bytes, events);
    if (answer.kind === 'failed') throw storageError(answer.failure, answer.reason);
    return answer.value as Written<T>;
  }

  async #read<T extends keyof ReadTasks>(
    task: T,
    values: Parameters<ReadTasks[T]>,
    budgetMs = shortReadMs,
    fairnessKey?: string,
  ): Promise<ReturnType<ReadTasks[T]>> {
    const answer = await this.#reads.read({ task, values } as ReadTask, budgetMs, fairnessKey);
    if (answer.kind === 'done') return answer.value as ReturnType<ReadTasks[T]>;
    if (answer.kind === 'refused') throw refusalError(answer.refusal);
    throw answer.kind === 'failed' ? storageError(answer.failure, answer.reason) : storageError('internal');
  }
}
