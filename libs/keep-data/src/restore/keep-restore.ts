import { createWriteStream, existsSync, rmSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { backupsFolder, systemFault } from '@datakeep/backup';
import type { RestoredBackup, SetupRestore } from '@datakeep/contracts';
import { type Config, DatakeepError, type Logger, makePrivateFolder } from '@datakeep/kernel';
import type { FromRestore, RestoreWork } from './restore-messages.ts';

export interface KeepRestoreOptions {
  readonly config: Pick<Config, 'dataDir' | 'signingKey'>;
  readonly logger: Logger;
  /** Called once a backup is staged: the keep ends, and what was staged takes its place. */
  readonly replace: () => void;
}

/** A backup that comes by HTTP into DATA_DIR/backups. A worker thread unpacks and checks it. */
export class KeepRestore implements SetupRestore {
  readonly #options: KeepRestoreOptions;
  readonly #dataDir: string;
  readonly #upload: string;
  #isBusy = false;
  #worker: Worker | undefined;

  constructor(options: KeepRestoreOptions) {
    this.#options = options;
    this.#dataDir = resolve(options.config.dataDir);
    this.#upload = join(backupsFolder(this.#dataDir), '.upload');
    rmSync(this.#upload, { force: true });
    rmSync(`${this.#upload}.part`, { force: true });
  }

  upload(content: AsyncIterable<Uint8Array>): Promise<number> {
    return this.#alone(async () => {
      const part = `${this.#upload}.part`;
      makePrivateFolder(backupsFolder(this.#dataDir));
      const file = createWriteStream(part, { mode: 0o600 });
      try {
        await pipeline(Readable.from(content, { objectMode: false }), file);
        await rename(part, this.#upload);
      } catch (error) {
        await rm(part, { force: true });
        if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
        throw new DatakeepError('storage-full', `The backup could not be stored: ${systemFault(error)}.`, {
          cause: error,
        });
      }
      return file.bytesWritten;
    });
  }

  async restore({ passphrase, voidTokens }: { passphrase: string; voidTokens: boolean }): Promise<RestoredBackup> {
    if (voidTokens && this.#options.config.signingKey !== undefined)
      throw DatakeepError.invalidAt(
        '/voidTokens',
        'range',
        'The signing key is given by SIGNING_KEY: change that variable to void the tokens.',
      );
    return this.#alone(async () => {
      if (!existsSync(this.#upload)) throw new DatakeepError('not-found', 'No backup was uploaded: send one first.');
      const found = await this.#stage({ dataDir: this.#dataDir, file: this.#upload, passphrase, voidTokens });
      if (found.kind === 'failed')
        throw DatakeepError.invalid([
          found.code === undefined
            ? { pointer: '', code: 'unusable-backup', detail: found.reason }
            : { pointer: '/passphrase', code: found.code, detail: found.reason },
        ]);
      await rm(this.#upload, { force: true });
      this.#options.logger.info('a backup was unpacked and checked: the keep starts anew on it', {
        value: found.backup.createdDate,
      });
      this.#options.replace();
      return found.backup;
    });
  }

  /** Ends what is being unpacked. The next start clears it. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  async #stage(work: RestoreWork): Promise<FromRestore> {
    const file = import.meta.url.endsWith('.ts') ? './restore.worker.ts' : './restore.worker.js';
    const worker = new Worker(new URL(file, import.meta.url), { workerData: work, name: 'restore' });
    this.#worker = worker;
    try {
      const [message] = await Promise.race([
        once(worker, 'message') as Promise<[FromRestore]>,
        once(worker, 'exit').then((): never => {
          throw new DatakeepError('not-ready', 'The keep is stopping.');
        }),
      ]);
      return message;
    } finally {
      this.#worker = undefined;
    }
  }

  async #alone<T>(act: () => Promise<T>): Promise<T> {
    if (this.#isBusy) throw new DatakeepError('restore-under-way');
    this.#isBusy = true;
    try {
      return await act();
    } finally {
      this.#isBusy = false;
    }
  }
}
