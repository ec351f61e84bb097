import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SigningKeys } from '@datakeep/auth';
import { type DataStorage, defaultRunQueueOptions, type RunQueue } from '@datakeep/contracts';
import { type DocumentStore, SqliteDocuments } from '@datakeep/documents';
import { openMongoStorage, SqliteStorage } from '@datakeep/storage';
import { FileSourceStore, QueueWorker } from '@datakeep/execution';
import { type Clock, type Config, type Logger, ObjectIds } from '@datakeep/kernel';
import { openBullRunQueue, EmbeddedRunQueue } from '@datakeep/run-queue';
import { closeAll, measureRuntimes, Readiness } from '@datakeep/service-host';
import { foreignStorage } from '@datakeep/transport';
import { DefaultViewManager, runRetention } from '@datakeep/view-manager';
import { openRuntimes } from '../../executors/src/index.ts';
import {
  composeAppRemoval,
  composeEventServices,
  composeRegistry,
  type GatewayParts,
} from '../../gateway/src/index.ts';
import { openDocuments } from './open-documents.ts';

/** The keep's parts over its engines, and how to let go of them. */
export interface Keep {
  readonly parts: GatewayParts;
  /** Reconciles what a crash left, and starts to work on runs. */
  start(): Promise<void>;
  /** Once the HTTP server has closed, in this order: runs, execution services, storage, documents. */
  close(): Promise<void>;
}

export interface Surroundings {
  readonly config: Config;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The keep's URL as apps see it; asked at each run, since the port may be known only after listening. */
  readonly publicUrl: () => string;
  /** Where this process listens. */
  readonly localUrl: () => string;
  /** See `ProcessStart`; so for `selfTest`. */
  readonly giveUp?: ((error: Error) => void) | undefined;
  readonly selfTest?: boolean | undefined;
}

/** What running views get to finish at a shutdown, ms (docs/deployment.md). */
const runGraceMs = 8000;

type Closers = (() => Promise<void>)[];

async function openStorage(config: Config, clock: Clock, logger: Logger): Promise<DataStorage> {
  const { mongodbUri, dataDir, sqliteSynchronous, storageReaders } = config;
  const indexing = { logger, timeFactor: config.indexTimeFactor };
  const foreign = foreignStorage(config, clock);
  if (foreign) return foreign;
  return mongodbUri === undefined
    ? SqliteStorage.open({
        directory: join(dataDir, 'events'),
        synchronous: sqliteSynchronous,
        readers: storageReaders,
        clock,
        indexing,
      })
    : openMongoStorage({ uri: mongodbUri, logger, indexing });
}

async function openQueue(
  { config, clock, logger, giveUp }: Surroundings,
  keepDocuments: DocumentStore,
  concurrency: number,
  closers: Closers,
): Promise<RunQueue> {
  const options = { ...defaultRunQueueOptions, concurrency };
  if (config.redisUrl !== undefined) {
    const queue = await openBullRunQueue({ redisUrl: config.redisUrl, options, logger, onNeverReached: giveUp });
    closers.push(() => queue.close());
    return queue;
  }
  // In the file of the other records, whose commits the queue's then share. MongoDB's may have several processes.
  let documents = keepDocuments;
  if (config.mongodbUri !== undefined) {
    const own = SqliteDocuments.open({ file: join(config.dataDir, 'queue.sqlite'), synchronous: 'normal' });
    closers.push(() => own.close());
    documents = own;
  }
  const queue = await EmbeddedRunQueue.open({ documents, clock, options, logger });
  closers.push(() => queue.close());
  return queue;
}

/** Opens the engines (embedded under DATA_DIR, but for those that MONGODB_URI and REDIS_URL name) and wires the keep over them. */
export async function composeKeep(surroundings: Surroundings): Promise<Keep> {
  const { config, version, clock, logger, publicUrl, localUrl, selfTest } = surroundings;
  const ids = new ObjectIds();
  const { dataDir } = config;
  // In the order in which they are let go of: the last opened first.
  const closers: Closers = [];
  const close = (): Promise<void> => closeAll(closers.toReversed());
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const keys = SigningKeys.open({ dataDir, signingKey: config.signingKey, clock });
    const documents = await openDocuments(config);
    closers.push(() => documents.close());
    const storage = await openStorage(config, clock, logger);
    closers.push(() => storage.close());

    const registry = composeRegistry({ config, documents, storage, keys, clock, ids, logger });
    closers.push(() => registry.callers.settled());
    const { audit, profiles, permissions, signer } = registry;
    const eventServices = composeEventServices({ config, storage, registry, clock, ids });

    const sources = await FileSourceStore.open(join(dataDir, 'source-code'));
    const runtimes = await openRuntimes({ config, sources, clock, ids, logger, selfTest });
    closers.push(() => runtimes.close());
    const queue = await openQueue(surroundings, documents, runtimes.concurrency, closers);
    const views = new DefaultViewManager({
      documents,
      queue,
      runtimes: runtimes.services,
      permissions,
      consent: permissions,
      profiles,
      events: eventServices.events,
      audit,
      signer,
      clock,
      ids,
      logger,
      maxQueuedRuns: config.maxQueuedRuns,
      appLimits: config.appLimits,
      retention: runRetention(config),
      get dataEndpoint() {
        return publicUrl();
      },
    });
    closers.push(() => views.close());
    const appRemoval = composeAppRemoval({ documents, registry, storage, views, clock, logger });
    closers.push(() => appRemoval.close());
    const worker = new QueueWorker({
      queue,
      coordinator: views,
      runtimes: runtimes.services,
      gatewayUrl: () => config.gatewayUrl ?? localUrl(),
    });
    closers.push(() => worker.close(runGraceMs));

    const readiness = new Readiness({ storage: () => storage.ping(), documents: () => documents.ping() });
    return {
      parts: {
        ...registry,
        appRemoval,
        config,
        version,
        clock,
        logger,
        keys,
        documents,
        storage,
        ...eventServices,
        views,
        runs: views,
        readiness,
        measure: (metrics) => measureRuntimes(metrics, runtimes.services),
      },
      start: async () => {
        await views.start();
        // Ready before that: until the self-tests have ended, runs stay queued.
        void runtimes.prove().then(() => worker.start());
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
