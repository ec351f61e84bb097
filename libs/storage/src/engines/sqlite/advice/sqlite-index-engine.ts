import { Worker } from 'node:worker_threads';
import type { EventQuery } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import type {
  AdviceStore,
  ExistingIndex,
  IndexCapabilities,
  IndexDefinition,
  IndexEngine,
  PairedRun,
  QueryPlan,
  StorageSpace,
} from '../../../advisor/index-engine.ts';
import { storageError } from '../storage-error.ts';
import type { WriteQueue } from '../writer/write-queue.ts';
import type { AdviceAnswer, AdviceSettings, AdviceTasks, ToAdvice } from './advice-messages.ts';
import type { BuilderSettings } from './index-builder.ts';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The index advisor's side of the SQLite engine: one worker thread, started on first use, that builds, plans, replays
 * and keeps the records.
 */
export class SqliteIndexEngine implements IndexEngine {
  readonly engine = 'sqlite';
  readonly records: AdviceStore = {
    put: (entries) => this.#call('put', entries),
    swap: (entry) => this.#call('put', [entry]).then(() => true),
    all: (kind, from) => this.#call('all', kind, from),
    remove: (kind, before) => this.#call('remove', kind, before),
    delete: (kind, key) => this.#call('delete', kind, key),
    forget: (profile) => this.#call('forget', profile),
    // As with `swap`: the folder's lock lets in one process alone.
    lease: () => Promise.resolve(true),
  };
  readonly #settings: BuilderSettings;
  readonly #writes: WriteQueue;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #capabilities: Promise<IndexCapabilities> | undefined;
  #last = 0;
  #closed = false;

  constructor(settings: BuilderSettings, writes: WriteQueue) {
    this.#settings = settings;
    this.#writes = writes;
  }

  capabilities(): Promise<IndexCapabilities> {
    this.#capabilities ??= this.#call('writeMs').then((writeMs) => ({
      replay: true,
      hidden: false,
      arrays: false,
      sortedIn: false,
      negation: false,
      buildBlocksWrites: true,
      writeMs,
      buildMs: 0.001,
      perProfile: 16,
      // SQLite has no limit; the planner examines each index of the table for each query that it plans.
      inAll: 128,
      shapeMs: 10_000,
    }));
    return this.#capabilities;
  }

  list(): Promise<readonly ExistingIndex[]> {
    return this.#call('list');
  }

  create(definition: IndexDefinition): Promise<number> {
    return this.#writes.exclusively(() => this.#call('create', definition));
  }

  drop(name: string): Promise<void> {
    return this.#writes.exclusively(() => this.#call('drop', name));
  }

  hide(): Promise<void> {
    return Promise.reject(new Error('SQLite has no hidden indexes'));
  }

  rows(profile: string): Promise<number> {
    return this.#call('rows', profile);
  }

  space(): Promise<StorageSpace> {
    return this.#call('space');
  }

  plan(query: EventQuery): Promise<QueryPlan> {
    return this.#call('plan', query);
  }

  foresee(queries: readonly EventQuery[], definition: IndexDefinition): Promise<readonly QueryPlan[]> {
    return this.#call('foresee', queries, definition);
  }

  replay(query: EventQuery, _index: IndexDefinition, former: string | null): Promise<PairedRun> {
    return this.#call('replay', query, former);
  }

  tend(): Promise<void> {
    return this.#writes.exclusively(() => this.#call('tend'));
  }

  /** Ends a replay that is under way; it and later ones reject with `not-ready`. */
  interrupt(): void {
    Atomics.store(this.#stop, 0, 1);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (!worker) return;
    const exit = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage('close' satisfies ToAdvice, []);
    await exit;
  }

  #call<T extends keyof AdviceTasks>(
    task: T,
    ...values: Parameters<AdviceTasks[T]>
  ): Promise<ReturnType<AdviceTasks[T]>> {
    if (this.#closed) return Promise.reject(new DatakeepError('not-ready'));
    const worker = (this.#worker ??= this.#begin());
    const id = (this.#last += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      worker.postMessage({ id, task, values } satisfies ToAdvice, []);
    });
  }

  #begin(): Worker {
    const file = import.meta.url.endsWith('.ts') ? './advice.worker.ts' : './advice.worker.js';
    const workerData: AdviceSettings = { ...this.#settings, stop: this.#stop.buffer as SharedArrayBuffer };
    const worker = new Worker(new URL(file, import.meta.url), { workerData, name: 'index-advice' });
    worker.on('message', ({ id, outcome }: AdviceAnswer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (outcome.kind === 'done') waiting?.resolve(outcome.value);
      else
        waiting?.reject(
          outcome.kind === 'failed' ? storageError(outcome.failure, outcome.reason) : new DatakeepError('not-ready'),
        );
    });
    // 'exit' follows and does the rest.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const waiting of this.#waiting.values()) waiting.reject(storageError('storage-unreachable'));
      this.#waiting.clear();
      this.#capabilities = undefined;
    });
    return worker;
  }
}
