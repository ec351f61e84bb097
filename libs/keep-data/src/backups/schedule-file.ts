import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile, scheduleFile } from '@datakeep/backup';
import type { BackupScheduleState } from '@datakeep/contracts';
import { makePrivateFolder } from '@datakeep/kernel';

export interface ScheduleSetting {
  readonly cron: string;
  readonly keep?: string | undefined;
  readonly passphrase: string;
}

/** What lasts of a schedule. */
export interface StoredSchedule {
  /** As set in the Control Centre. */
  readonly setting?: ScheduleSetting | undefined;
  /** The next due time, and the expression that it was computed from. */
  readonly due?: { readonly cron: string; readonly at: string } | undefined;
  /** The due time for which one was begun last. */
  readonly servedAt?: string | undefined;
  /** The due time that was set last for one whose process had ended. */
  readonly repeatAt?: string | undefined;
  /** When one was begun that has not ended. */
  readonly begunAt?: string | undefined;
  readonly lastMade?: NonNullable<BackupScheduleState['lastMade']> | undefined;
  readonly failed?: NonNullable<BackupScheduleState['failed']> | undefined;
  readonly lastDrill?: NonNullable<BackupScheduleState['lastDrill']> | undefined;
}

/** `DATA_DIR/backup-schedule.json`, 0600: it holds a passphrase. */
export class ScheduleFile {
  readonly #path: string;

  constructor(dataDir: string) {
    this.#path = join(dataDir, scheduleFile);
  }

  /** Empty where there is none, `undefined` where it is damaged. */
  read(): StoredSchedule | undefined {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
    try {
      const { format, ...stored } = JSON.parse(text) as StoredSchedule & { readonly format?: unknown };
      return format === 1 ? stored : undefined;
    } catch {
      return undefined;
    }
  }

  write(stored: StoredSchedule): void {
    // A gateway may have nothing else in DATA_DIR.
    makePrivateFolder(dirname(this.#path));
    replaceFile(this.#path, JSON.stringify({ format: 1, ...stored }));
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
