import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  BackupError,
  backupName,
  backupsFolder,
  type BackupsFolder,
  beginBackup,
  checkPassphrase,
  clearBackups,
  isBackupUnderWay,
  partialEnding,
  systemFault,
  takeSnapshot,
} from '@datakeep/backup';
import type { BackupFile, Backups, BackupsState, DataStorage } from '@datakeep/contracts';
import { type Clock, DatakeepError, type Logger, version, makePrivateFolder } from '@datakeep/kernel';
import { dataDirParts } from '../data-dir-parts.ts';
import { Drill } from '../drill/drill.ts';
import type { BackupWork, FromBackup, ToBackup } from './backup-messages.ts';
import { type BackupProgress, endedEarly, ProgressFile } from './progress-file.ts';

export interface KeepBackupsOptions {
  readonly dataDir: string;
  /** Of a keep on MongoDB, of which a thread makes a copy. */
  readonly mongodbUri?: string | undefined;
  readonly storage: Pick<DataStorage, 'figures'>;
  /** See `Drill`. */
  readonly drillProgram: URL;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type BackupOutcome = { readonly name: string } | { readonly reason: string };

export interface BegunBackup {
  readonly ended: Promise<BackupOutcome>;
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,200}\.tar\.zst\.age$/;
/** Between two writes of the progress file, ms. */
const storeEveryMs = 500;

/** Backups in DATA_DIR/backups, which several processes may share. A worker thread makes each. */
export class KeepBackups implements Backups {
  readonly #options: KeepBackupsOptions;
  readonly #folder: string;
  readonly #file: ProgressFile;
  #progress: BackupProgress = { making: null, failed: null };
  #storedAt = 0;
  /** What could not be written counts as long as the process. */
  #isUnstored = false;
  #worker: Worker | undefined;
  #isCopying = false;
  #ended: Promise<BackupOutcome> | undefined;
  #drill: Drill | undefined;
  #drilled: Promise<string | undefined> | undefined;

  constructor(options: KeepBackupsOptions) {
    this.#options = { ...options, dataDir: resolve(options.dataDir) };
    this.#folder = backupsFolder(this.#options.dataDir);
    this.#file = new ProgressFile(this.#options.dataDir);
  }

  /** Clears what a killed process left. */
  clear(): void {
    try {
      clearBackups(this.#options.dataDir);
    } catch (error) {
      // Another process may begin one at this moment.
      this.#options.logger.warn('what a former backup left could not be removed', { reason: systemFault(error) });
    }
  }

  async refuseElsewhere(): Promise<void> {
    const { storage, mongodbUri } = this.#options;
    // A storage that is away says nothing; a database without events refuses a copy.
    const engine = await storage.figures().then(
      (figures) => figures.engine,
      () => undefined,
    );
    if (engine !== undefined && engine !== (mongodbUri === undefined ? 'sqlite' : 'mongodb'))
      throw new DatakeepError('backups-elsewhere');
  }

  async state(): Promise<BackupsState> {
    const isOwn = this.#worker !== undefined || this.#isUnstored;
    return { ...(isOwn ? this.#progress : this.#file.read()), items: this.#files() };
  }

  async start(passphrase: string): Promise<void> {
    const { ended } = (await this.begin(passphrase))!;
    void this.#remember(ended);
  }

  /**
   * As `start`, for a caller that waits for its end. `isWanted` is asked once no other process can begin one; where it
   * is not, there is none.
   */
  async begin(passphrase: string, isWanted: () => boolean = () => true): Promise<BegunBackup | undefined> {
    try {
      checkPassphrase(passphrase);
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      throw DatakeepError.invalidAt('/passphrase', 'range', error.message);
    }
    await this.refuseElsewhere();
    const { dataDir, mongodbUri, logger } = this.#options;
    if (this.#worker || isBackupUnderWay(dataDir)) throw new DatakeepError('backup-under-way');
    let folder: BackupsFolder;
    try {
      // A gateway has nothing else in it.
      if (mongodbUri !== undefined) makePrivateFolder(dataDir);
      folder = beginBackup(dataDir);
    } catch (error) {
      // Of two processes whose schedule is due at the same moment, one comes too late.
      if (isTaken(error)) throw new DatakeepError('backup-under-way', undefined, { cause: error });
      const reason = systemFault(error);
      logger.error('a backup was not made', { reason }, error);
      return { ended: Promise.resolve({ reason }) };
    }
    if (isWanted()) return { ended: (this.#ended = this.#make(folder, passphrase)) };
    folder.end();
    return undefined;
  }

  async #make(folder: BackupsFolder, passphrase: string): Promise<BackupOutcome> {
    const { dataDir, mongodbUri, logger } = this.#options;
    const startedAt = this.#now();
    const target = join(folder.path, backupName(startedAt));
    const work: BackupWork = { dataDir, mongodbUri, passphrase, version, target };
    this.#update({ making: { startedAt: startedAt.toISOString(), step: 'begin', done: 0 }, failed: null });
    const file = import.meta.url.endsWith('.ts') ? './backup.worker.ts' : './backup.worker.js';
    const worker = new Worker(new URL(file, import.meta.url), { workerData: work, name: 'backup' });
    this.#worker = worker;
    let outcome: BackupOutcome = { reason: endedEarly };
    const fail = (reason: string, cause?: unknown): void => {
      outcome = { reason };
      logger.error('a backup was not made', { reason }, cause);
    };
    worker.on('message', (message: FromBackup) => {
      if (message.kind === 'snapshot') void this.#snapshot(worker, message.folder);
      else if (message.kind === 'progress') this.#advance(message.progress.step, message.progress);
      else if (message.kind === 'failed') fail(message.reason);
      else {
        outcome = { name: backupName(startedAt) };
        logger.info('a backup was made', { bytes: message.bytes });
      }
    });
    worker.on('error', (error) => fail(systemFault(error), error));
    const exited = Promise.withResolvers<void>();
    worker.on('exit', () => exited.resolve());
    await exited.promise;
    this.#worker = undefined;
    this.#update({ making: null });
    try {
      if (this.#isCopying) folder.leave();
      else folder.end(target + partialEnding);
    } catch (error) {
      logger.error('the work folders of a backup could not be removed', {}, error);
    }
    return outcome;
  }

  async #remember(ended: Promise<BackupOutcome>): Promise<void> {
    const outcome = await ended;
    if ('reason' in outcome) this.#update({ failed: { at: this.#now().toISOString(), reason: outcome.reason } });
  }

  /**
   * Restores a backup in a work folder and starts a keep on it. Resolves with what was wrong; rejects with
   * `backup-under-way`.
   */
  drill(name: string, passphrase: string): Promise<string | undefined> {
    this.#drilled = this.#tryOut(name, passphrase);
    return this.#drilled;
  }

  async #tryOut(name: string, passphrase: string): Promise<string | undefined> {
    const { dataDir, drillProgram, clock } = this.#options;
    let begun: BackupsFolder | undefined;
    try {
      begun = beginBackup(dataDir);
      const job = { file: join(this.#folder, name), passphrase, folder: begun.makeWork() };
      this.#drill = new Drill(job, drillProgram, clock);
      await this.#drill.result(() => undefined);
      return undefined;
    } catch (error) {
      if (begun === undefined && isTaken(error))
        throw new DatakeepError('backup-under-way', undefined, { cause: error });
      return error instanceof BackupError ? error.message : systemFault(error);
    } finally {
      this.#drill = undefined;
      begun?.end();
    }
  }

  async open(name: string): Promise<{ readonly bytes: number; readonly content: Readable }> {
    const { bytes } = this.#find(name);
    return { bytes, content: createReadStream(join(this.#folder, name), { highWaterMark: 256 * 1024 }) };
  }

  async remove(name: string): Promise<void> {
    this.#find(name);
    await rm(join(this.#folder, name), { force: true });
  }

  /** Ends the one that is being made, and a drill. */
  async close(): Promise<void> {
    await Promise.all([this.#worker?.terminate(), this.#drill?.stop()]);
    await Promise.allSettled([this.#ended, this.#drilled]);
  }

  async #snapshot(worker: Worker, folder: string): Promise<void> {
    worker.postMessage(await this.#taken(folder), []);
  }

  async #taken(folder: string): Promise<ToBackup> {
    const { dataDir, logger } = this.#options;
    this.#isCopying = true;
    try {
      const createdDate = this.#now().toISOString();
      const taken = takeSnapshot(dataDir, dataDirParts, folder);
      await taken.copy((progress) => this.#advance('copy', progress)).finally(() => taken.close());
      return { createdDate };
    } catch (error) {
      logger.error('a snapshot for a backup failed', {}, error);
      return { failed: systemFault(error) };
    } finally {
      this.#isCopying = false;
    }
  }

  #advance(step: string, { done, of }: { readonly done: number; readonly of: number }): void {
    const { making } = this.#progress;
    if (!making || (step !== 'copy' && step !== 'pack' && step !== 'check')) return;
    const advanced = { ...making, step, done: of > 0 ? Math.min(done / of, 1) : 0 } as const;
    const isDue = step !== making.step || this.#options.clock.now() - this.#storedAt >= storeEveryMs;
    if (isDue) this.#update({ making: advanced });
    else this.#progress = { ...this.#progress, making: advanced };
  }

  #update(change: Partial<BackupProgress>): void {
    // Another process may have begun the last one.
    const before = this.#worker || this.#isUnstored ? this.#progress : this.#file.read();
    this.#progress = { ...before, ...change };
    this.#storedAt = this.#options.clock.now();
    try {
      this.#file.write(this.#progress);
      this.#isUnstored = false;
    } catch {
      this.#isUnstored = true;
    }
  }

  #now(): Date {
    return new Date(this.#options.clock.now());
  }

  #files(): BackupFile[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .filter((name) => namePattern.test(name))
      .flatMap((name) => {
        // Another process may remove old ones meanwhile.
        const stat = statSync(join(this.#folder, name), { throwIfNoEntry: false });
        return stat === undefined ? [] : [{ name, bytes: stat.size, madeAt: stat.mtime.toISOString() }];
      })
      .toSorted((a, b) => (a.madeAt < b.madeAt ? 1 : -1));
  }

  #find(name: string): BackupFile {
    const found = this.#files().find((file) => file.name === name);
    if (!found) throw new DatakeepError('not-found');
    return found;
  }
}

/** Whether another process has DATA_DIR/backups. */
const isTaken = (error: unknown): boolean =>
  error instanceof BackupError && DatakeepError.from(error.cause)?.code === 'storage-busy';
