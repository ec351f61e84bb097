import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  ExecutionService,
  NewViewTemplate,
  Run,
  RunRetention,
  ViewInstance,
  ViewTemplate,
} from '@datakeep/contracts';
import {
  SqliteDocuments,
  type Collection,
  type CollectionDefinition,
  type Document,
  type DocumentStore,
  type Durability,
  type Write,
} from '@datakeep/documents';
import { QueueWorker } from '@datakeep/execution';
import { type AppLimits, createLogger, defaultAppLimits, ObjectIds } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import {
  MemoryPermissions,
  MemoryQueue,
  RecordingAudit,
  RecordingEventService,
  ScriptedExecution,
} from '../testing.ts';
import type { ViewManagerOptions } from '../records/options.ts';
import { DefaultViewManager } from '../view-manager.ts';

export const appId = 'a'.repeat(24);
export const otherAppId = 'b'.repeat(24);
export const adminId = 'c'.repeat(24);

export const walks: NewViewTemplate = {
  name: 'Walks',
  runtime: 'javascript',
  permissions: [{ profile: 'location/visit', rights: ['read'] }],
  files: [{ path: 'main.js', content: 'module.exports = () => 1' }],
};

/** What has been committed, and a way to make a commit fail. */
class WatchedDocuments implements DocumentStore {
  readonly #inner: DocumentStore;
  readonly committed: Write[][] = [];
  failOn: ((writes: readonly Write[]) => boolean) | undefined;

  constructor(inner: DocumentStore) {
    this.#inner = inner;
  }

  /** Reads of single run records so far. */
  reads = 0;

  collection<T extends Document>(definition: CollectionDefinition<T>): Collection<T> {
    const collection = this.#inner.collection(definition);
    const get = collection.get.bind(collection);
    if (definition.name === 'view_runs')
      collection.get = (id) => {
        this.reads += 1;
        return get(id);
      };
    return collection;
  }

  async commit(writes: readonly Write[], durability?: Durability): Promise<void> {
    if (this.failOn?.(writes)) throw new Error('the disk is gone');
    await this.#inner.commit(writes, durability);
    this.committed.push([...writes]);
  }

  ping(): Promise<void> {
    return this.#inner.ping();
  }

  figures(): ReturnType<DocumentStore['figures']> {
    return this.#inner.figures();
  }

  counts(): ReturnType<DocumentStore['counts']> {
    return this.#inner.counts();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Terminal states stored for one run, in order. */
  terminalStates(runId: string): unknown[] {
    return this.committed
      .flat()
      .filter((write) => write.collection === 'view_runs' && write.id === runId)
      .map((write) => write.set?.['state'])
      .filter((state) => state !== undefined && state !== 'queued' && state !== 'running');
  }
}

/** A view manager and a worker of its queue, as in a keep of one process. */
class ViewManagerWithWorker extends DefaultViewManager {
  readonly #worker: QueueWorker;

  constructor(options: ViewManagerOptions) {
    super(options);
    this.#worker = new QueueWorker({ queue: options.queue, coordinator: this.coordinator, runtimes: options.runtimes });
  }

  override async start(): Promise<void> {
    await super.start();
    this.#worker.start();
  }

  override async close(): Promise<void> {
    await this.#worker.close(0);
    await super.close();
  }
}

interface ViewsOptions {
  readonly maxQueuedRuns?: number;
  readonly retention?: RunRetention;
  readonly appLimits?: Partial<AppLimits>;
}

/**
 * A view manager on a real SQLite file with stand-ins around it. `crash` keeps only the file, not even the queue's
 * jobs.
 */
export class Views {
  readonly #folder = mkdtempSync(join(tmpdir(), 'datakeep-views-'));
  clock = new ManualClock();
  queue = new MemoryQueue();
  readonly execution = new ScriptedExecution();
  readonly permissions = new MemoryPermissions();
  readonly events = new RecordingEventService();
  readonly audit = new RecordingAudit();
  readonly profiles = new Set(['location/visit', 'calendar/event']);
  documents: WatchedDocuments;
  manager: DefaultViewManager;

  readonly #retention: RunRetention | undefined;

  readonly #appLimits: AppLimits;

  private constructor({ maxQueuedRuns = 100, retention, appLimits }: ViewsOptions) {
    this.#retention = retention;
    this.#appLimits = { ...defaultAppLimits, queuedRuns: 100, ...appLimits };
    this.documents = this.#openDocuments();
    this.manager = this.#openManager(maxQueuedRuns);
  }

  static async open(options: ViewsOptions = {}): Promise<Views> {
    const views = new Views(options);
    await views.manager.start();
    return views;
  }

  async crash(replaced: { readonly runtimes?: ReadonlyMap<string, ExecutionService> } = {}): Promise<void> {
    await this.documents.close();
    this.documents = this.#openDocuments();
    this.queue = new MemoryQueue();
    this.clock = new ManualClock(this.clock.now());
    this.manager = this.#openManager(100, replaced.runtimes);
  }

  async close(): Promise<void> {
    await this.manager.close();
    await this.documents.close();
    rmSync(this.#folder, { recursive: true });
  }

  /** A second manager on the same records, as another process would have. */
  elsewhere(): DefaultViewManager {
    return this.#openManager(100);
  }

  /** Counts reads of run records from now on. */
  countReads(): () => number {
    const before = this.documents.reads;
    return () => this.documents.reads - before;
  }

  /** A template and an instance of it, with every permission approved. */
  async instance(
    template: Partial<NewViewTemplate> = {},
    configuration: unknown = null,
  ): Promise<{ template: ViewTemplate; instance: ViewInstance }> {
    const made = await this.manager.createTemplate({ ...walks, ...template }, adminId);
    const { instance } = await this.manager.createInstance(appId, made.id, configuration);
    for (const { profile, rights } of made.permissions) this.permissions.grant(instance.id, profile, rights);
    return { template: made, instance };
  }

  /** Starts a run and waits for its end. */
  async run(viewInstanceId: string, clientCustomData: unknown = null): Promise<Run> {
    const { id } = await this.manager.startRun(appId, viewInstanceId, clientCustomData);
    return this.manager.waitForRun(id, 30_000);
  }

  #openDocuments(): WatchedDocuments {
    return new WatchedDocuments(
      SqliteDocuments.open({ file: join(this.#folder, 'documents.sqlite'), synchronous: 'normal' }),
    );
  }

  #openManager(
    maxQueuedRuns: number,
    runtimes: ReadonlyMap<string, ExecutionService> = new Map([['javascript', this.execution]]),
  ): DefaultViewManager {
    const known = this.profiles;
    return new ViewManagerWithWorker({
      documents: this.documents,
      queue: this.queue,
      runtimes,
      permissions: this.permissions,
      consent: this.permissions,
      profiles: {
        find: (name) =>
          known.has(name)
            ? { name, schema: true, validate: () => undefined, fieldKind: () => ({ kind: 'any', arrays: true }) }
            : undefined,
      },
      events: this.events,
      audit: this.audit,
      signer: { sign: (...parts) => JSON.stringify(parts) },
      clock: this.clock,
      ids: new ObjectIds(),
      logger: createLogger('silent'),
      maxQueuedRuns,
      appLimits: { of: () => this.#appLimits },
      ...(this.#retention ? { retention: this.#retention } : {}),
      dataEndpoint: () => 'https://keep.example',
    });
  }
}
