import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { JwtTokenSigner, SigningKeys } from '@datakeep/auth';
import { defaultRunQueueOptions, type ExecutionService } from '@datakeep/contracts';
import { SqliteDocuments } from '@datakeep/documents';
import { DefaultEventDoor, HmacCursorSealer, SqliteStorage } from '@datakeep/event-store';
import { FileSourceStore, JavaScriptExecutionService, QueueWorker } from '@datakeep/execution';
import { type Clock, type Config, type Logger, ObjectIds } from '@datakeep/kernel';
import { Admins, Apps, AuditLog, Callers, Permissions, Profiles } from '@datakeep/registry';
import { EmbeddedRunQueue } from '@datakeep/run-queue';
import { DefaultViewManager } from '@datakeep/view-manager';
import { type GatewayParts, Readiness } from '../../gateway/src/index.ts';
import { closeAll } from './close-all.ts';

/** The keep's parts over the embedded engines, and how to let go of them. */
export interface Keep {
  readonly parts: GatewayParts;
  /** Reconciles what a crash left, and starts to work on runs. */
  start(): Promise<void>;
  /** In the order of notes/security.md §8, once the HTTP server has closed: runs, execution services, storage, documents. */
  close(): Promise<void>;
}

export interface Surroundings {
  readonly config: Config;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The keep's URL as apps see it; asked at each run, since the port may be known only after listening. */
  readonly publicUrl: () => string;
}

const day = 86_400_000;
/** What running views get to finish at a shutdown, ms (notes/security.md §8). */
const runGraceMs = 8000;

/** Opens the embedded engines under DATA_DIR and wires the keep over them. */
export async function composeKeep({ config, version, clock, logger, publicUrl }: Surroundings): Promise<Keep> {
  const ids = new ObjectIds();
  const { dataDir } = config;
  // In the order in which they are let go of: the last opened first.
  const closers: (() => Promise<void>)[] = [];
  const close = (): Promise<void> => closeAll(closers.toReversed());
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const keys = SigningKeys.open({ dataDir, signingKey: config.signingKey, clock });
    const signer = new JwtTokenSigner(keys);
    const cursors = new HmacCursorSealer(keys.derive('cursor'), clock);

    const queueDocuments = SqliteDocuments.open({ file: join(dataDir, 'queue.sqlite'), synchronous: 'normal' });
    closers.push(() => queueDocuments.close());
    const documents = SqliteDocuments.open({ file: join(dataDir, 'documents.sqlite'), synchronous: config.sqliteSynchronous });
    closers.push(() => documents.close());
    const storage = await SqliteStorage.open({
      directory: join(dataDir, 'events'),
      synchronous: config.sqliteSynchronous,
      readers: config.storageReaders,
      clock,
    });
    closers.push(() => storage.close());

    const audit = new AuditLog({ documents, clock, ids });
    const callers = new Callers({ documents, clock, logger });
    closers.push(() => callers.settled());
    const profiles = new Profiles({ documents, audit, clock, ids, logger });
    const permissions = new Permissions({ documents, audit, profiles, clock, ids });
    const admins = new Admins({ documents, audit, callers, signer, clock, ids, logger });
    const apps = new Apps({ documents, audit, callers, permissions, signer, clock, ids, logger, tokenLifetimeMs: config.appTokenDays * day });
    const door = new DefaultEventDoor({ storage, consent: permissions, profiles, cursors, clock, ids, queryTimeoutMs: config.queryTimeoutMs });

    const processes = config.viewProcesses === 0 ? Math.min(4, availableParallelism()) : config.viewProcesses;
    const javascript = await JavaScriptExecutionService.open({
      sources: await FileSourceStore.open(join(dataDir, 'source-code')),
      clock,
      ids,
      logger,
      processes,
      nodePath: process.execPath,
      limits: { wallTimeMs: config.viewWallTimeMs, memoryMiB: config.viewMemoryMiB },
    });
    closers.push(() => javascript.close());
    const runtimes = new Map<string, ExecutionService>([[javascript.runtime, javascript]]);
    const queue = await EmbeddedRunQueue.open({
      documents: queueDocuments,
      clock,
      options: { ...defaultRunQueueOptions, concurrency: processes },
      logger,
    });
    closers.push(() => queue.close());
    const views = new DefaultViewManager({
      documents,
      queue,
      runtimes,
      permissions,
      consent: permissions,
      profiles,
      door,
      audit,
      signer,
      clock,
      ids,
      logger,
      maxQueuedRuns: config.maxQueuedRuns,
      get dataEndpoint() {
        return publicUrl();
      },
    });
    closers.push(() => views.close());
    const worker = new QueueWorker({ queue, desk: views, runtimes });
    closers.push(() => worker.close(runGraceMs));

    const readiness = new Readiness({ storage: () => storage.ping(), documents: () => documents.ping() });
    return {
      parts: {
        config,
        version,
        clock,
        logger,
        keys,
        documents,
        storage,
        door,
        views,
        runs: views,
        callers,
        cursors,
        admins,
        apps,
        profiles,
        permissions,
        audit,
        readiness,
      },
      start: async () => {
        await views.start();
        worker.start();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
