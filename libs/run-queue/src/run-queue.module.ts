import { join } from 'node:path';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { defaultRunQueueOptions, RUN_QUEUE, type RunQueue } from '@datakeep/contracts';
import { DOCUMENTS, type DocumentStore, SqliteDocuments } from '@datakeep/documents';
import { type Clock, CLOCK, type Config, type DataDirPart, type Logger, LOGGER } from '@datakeep/kernel';
import type { BullRunQueue, BullRunQueueSetup } from './bullmq/bull-run-queue.ts';
import { EmbeddedRunQueue } from './embedded/embedded-run-queue.ts';

export interface RunQueueModuleOptions {
  /** Runs that this process works on at once. */
  readonly concurrency?: number;
  readonly onNeverReached?: BullRunQueueSetup['onNeverReached'];
}

/** The file of the embedded queue where the records are on MongoDB, which may have several processes; else null. */
const OWN_DOCUMENTS = Symbol('DocumentStore of the queue');

/** What a queue has in DATA_DIR where it is not among the records. */
export const queuePart: DataDirPart = {
  name: 'run queue',
  entries: [
    { leftOut: /^queue\.sqlite(-wal|-shm)?$/, because: 'runs are queued again from their records' },
    { lock: 'queue.lock' },
  ],
};

/** Provides `RUN_QUEUE` to the whole application, and closes it at the end: on REDIS_URL, or in a file. */
export class RunQueueModule implements OnApplicationShutdown {
  readonly #queue: RunQueue;
  readonly #own: DocumentStore | null;

  constructor(queue: RunQueue, own: DocumentStore | null) {
    this.#queue = queue;
    this.#own = own;
  }

  static forRoot(config: Config, { concurrency, onNeverReached }: RunQueueModuleOptions = {}): DynamicModule {
    const options = { ...defaultRunQueueOptions, ...(concurrency === undefined ? {} : { concurrency }) };
    const { redisUrl, mongodbUri, dataDir } = config;
    const hasOwn = redisUrl === undefined && mongodbUri !== undefined;
    const queue: Provider = {
      provide: RUN_QUEUE,
      inject: [DOCUMENTS, OWN_DOCUMENTS, CLOCK, LOGGER],
      useFactory: (records: DocumentStore, own: DocumentStore | null, clock: Clock, logger: Logger) =>
        redisUrl === undefined
          ? EmbeddedRunQueue.open({ documents: own ?? records, clock, options, logger })
          : openBullRunQueue({ redisUrl, options, logger, onNeverReached }),
    };
    const own: Provider = {
      provide: OWN_DOCUMENTS,
      useFactory: () =>
        hasOwn ? SqliteDocuments.open({ file: join(dataDir, 'queue.sqlite'), synchronous: 'normal' }) : null,
    };
    return { module: RunQueueModule, global: true, providers: [own, queue], exports: [RUN_QUEUE] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#queue.close();
    await this.#own?.close();
  }
}

// Decorators as functions: Node runs this lib from source in tests, where it strips types and knows no decorators.
Inject(RUN_QUEUE)(RunQueueModule, undefined, 0);
Inject(OWN_DOCUMENTS)(RunQueueModule, undefined, 1);
Module({})(RunQueueModule);

/** `BullRunQueue.open`, loaded only where it is used: BullMQ costs a keep without Redis 60 ms of its start. */
export async function openBullRunQueue(setup: BullRunQueueSetup): Promise<BullRunQueue> {
  const { BullRunQueue } = await import('./bullmq/bull-run-queue.ts');
  return BullRunQueue.open(setup);
}

/** What is to be minded about the Redis at that URL; rejects with `ConfigError` as the start of a queue on it does. */
export async function examineRedis(redisUrl: string): Promise<readonly string[]> {
  const redis = await import('./bullmq/examine-redis.ts');
  return redis.examineRedis(redisUrl);
}
