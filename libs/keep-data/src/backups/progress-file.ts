import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backupsFolder, isBackupUnderWay, replaceFile } from '@datakeep/backup';
import type { BackupsState } from '@datakeep/contracts';

export type BackupProgress = Pick<BackupsState, 'making' | 'failed'>;

const nothing: BackupProgress = { making: null, failed: null };
export const endedEarly = 'The keep ended before the backup was made.';

/** `DATA_DIR/backups/.progress.json`: the progress of a backup, for the processes that share the folder. */
export class ProgressFile {
  readonly #dataDir: string;
  readonly #path: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#path = join(backupsFolder(dataDir), '.progress.json');
  }

  /** One that a killed process was making has failed. */
  read(): BackupProgress {
    let progress: BackupProgress;
    try {
      progress = JSON.parse(readFileSync(this.#path, 'utf8')) as BackupProgress;
    } catch {
      return nothing; // not there, or of another release
    }
    const { making } = progress;
    if (making === null || isBackupUnderWay(this.#dataDir)) return progress;
    return { making: null, failed: { at: making.startedAt, reason: endedEarly } };
  }

  write(progress: BackupProgress): void {
    if (progress.making === null && progress.failed === null) rmSync(this.#path, { force: true });
    else replaceFile(this.#path, JSON.stringify(progress));
  }
}
