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
  systemFault,
  takeSnapshot,
} from '@datakeep/backup';
import type { BackupFile, Backups, BackupsState } from '@datakeep/contracts';
import { type Clock, DatakeepError, type Logger } from '@datakeep/kernel';
import { version } from '@datakeep/service-host';
import { dataDirParts } from '../data-dir-parts.ts';
import { Drill } from '../drill/drill.ts';
import type { BackupWork, FromBackup, ToBackup } from './backup-messages.ts';

export interface KeepBackupsOptions {
  readonly dataDir: string;
  /** Of a keep on MongoDB, of which a thread makes a copy. */
  readonly mongodbUri?: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type BackupOutcome = { readonly name: string } | { readonly reason: string };

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,200}\.tar\.zst\.age$/;

/** Backups in DATA_DIR/backups. A worker thread makes each. */
export class KeepBackups implements Backups {
  readonly #options: KeepBackupsOptions;
  readonly #folder: string;
  #making: BackupsState['making'] = null;
  #failed: BackupsState['failed'] = null;
  #worker: Worker | undefined;
  #drill: Drill | undefined;
  #drilled: Promise<string | undefined> | undefined;

  constructor(options: KeepBackupsOptions) {
    this.#options = { ...options, dataDir: resolve(options.dataDir) };
    this.#folder = backupsFolder(this.#options.dataDir);
  }

  async state(): Promise<BackupsState> {
    return { making: this.#making, failed: this.#failed, items: this.#files() };
  }

  async start(passphrase: string): Promise<void> {
    const { ended } = this.begin(passphrase);
    this.#failed = null;
    void this.#remember(ended);
  }

  /** As `start`, for a caller that waits for its end. */
  begin(passphrase: string): { readonly ended: Promise<BackupOutcome> } {
    try {
      checkPassphrase(passphrase);
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      throw DatakeepError.invalid([{ pointer: '/passphrase', code: 'range', detail: error.message }]);
    }
    if (this.#worker) throw new DatakeepError('backup-under-way');
    const { dataDir, mongodbUri, logger } = this.#options;
    const startedAt = this.#now();
    const work: BackupWork = { dataDir, mongodbUri, passphrase, version, name: backupName(startedAt) };
    this.#making = { startedAt: startedAt.toISOString(), step: 'begin', done: 0 };
    const file = import.meta.url.endsWith('.ts') ? './backup.worker.ts' : './backup.worker.js';
    const worker = new Worker(new URL(file, import.meta.url), { workerData: work, name: 'backup' });
    this.#worker = worker;
    let outcome: BackupOutcome = { reason: 'The keep ended before the backup was made.' };
    const fail = (reason: string, cause?: unknown): void => {
      outcome = { reason };
      logger.error('a backup was not made', { reason }, cause);
    };
    worker.on('message', (message: FromBackup) => {
      if (message.kind === 'snapshot') void this.#snapshot(worker, message.folder);
      else if (message.kind === 'progress') this.#progress(message.progress.step, message.progress);
      else if (message.kind === 'failed') fail(message.reason);
      else {
        outcome = { name: work.name };
        logger.info('a backup was made', { bytes: message.bytes });
      }
    });
    worker.on('error', (error) => fail(systemFault(error), error));
    const ended = Promise.withResolvers<BackupOutcome>();
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#making = null;
      ended.resolve(outcome);
    });
    return { ended: ended.promise };
  }

  async #remember(ended: Promise<BackupOutcome>): Promise<void> {
    const outcome = await ended;
    if ('reason' in outcome) this.#failed = { at: this.#now().toISOString(), reason: outcome.reason };
  }

  /** Restores a backup in a work folder and starts a keep on it. Resolves with what was wrong. */
  drill(name: string, passphrase: string): Promise<string | undefined> {
    this.#drilled = this.#tryOut(name, passphrase);
    return this.#drilled;
  }

  async #tryOut(name: string, passphrase: string): Promise<string | undefined> {
    const { dataDir, clock } = this.#options;
    let begun: BackupsFolder | undefined;
    try {
      begun = beginBackup(dataDir);
      const drill = new Drill({ file: join(this.#folder, name), passphrase, folder: begun.makeWork() }, clock);
      this.#drill = drill;
      await drill.result(() => undefined);
      return undefined;
    } catch (error) {
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

  /** Ends the one that is being made, of which the next clears what it leaves, and a drill. */
  async close(): Promise<void> {
    await Promise.all([this.#worker?.terminate(), this.#drill?.stop()]);
    await this.#drilled;
  }

  async #snapshot(worker: Worker, folder: string): Promise<void> {
    worker.postMessage(await this.#taken(folder), []);
  }

  async #taken(folder: string): Promise<ToBackup> {
    const { dataDir, logger } = this.#options;
    try {
      const createdDate = this.#now().toISOString();
      const taken = takeSnapshot(dataDir, dataDirParts, folder);
      await taken.copy((progress) => this.#progress('copy', progress)).finally(() => taken.close());
      return { createdDate };
    } catch (error) {
      logger.error('a snapshot for a backup failed', {}, error);
      return { failed: systemFault(error) };
    }
  }

  #progress(step: string, { done, of }: { readonly done: number; readonly of: number }): void {
    if (this.#making && (step === 'copy' || step === 'pack' || step === 'check'))
      this.#making = { ...this.#making, step, done: of > 0 ? Math.min(done / of, 1) : 0 };
  }

  #now(): Date {
    return new Date(this.#options.clock.now());
  }

  #files(): BackupFile[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .filter((name) => namePattern.test(name))
      .map((name) => {
        const { size, mtime } = statSync(join(this.#folder, name));
        return { name, bytes: size, madeAt: mtime.toISOString() };
      })
      .toSorted((a, b) => (a.madeAt < b.madeAt ? 1 : -1));
  }

  #find(name: string): BackupFile {
    const found = this.#files().find((file) => file.name === name);
    if (!found) throw new DatakeepError('not-found');
    return found;
  }
}
