import type { Count, Timestamp } from '@datakeep/kernel';
import type { Readable } from 'node:stream';

export interface BackupFile {
  readonly name: string;
  readonly bytes: Count;
  readonly madeAt: Timestamp;
}

export interface BackupsState {
  /** The backup that is being made. */
  readonly making: {
    readonly startedAt: Timestamp;
    readonly step: 'begin' | 'copy' | 'pack' | 'check';
    /**
     * How much of the step is done.
     *
     * @minimum 0
     * @maximum 1
     */
    readonly done: number;
  } | null;
  /** Why the last one begun by hand, or whose process was killed, was not made; null once another was begun. */
  readonly failed: { readonly at: Timestamp; readonly reason: string } | null;
  /** Those that are there, newest first. */
  readonly items: readonly BackupFile[];
}

/**
 * Backups of a keep in DATA_DIR/backups, made while it runs. Provided where its events are not at STORAGE_URL. Several
 * gateways may share the folder.
 *
 * - A backup is in the list once it was read back and checked, and never before.
 * - One at a time, of all processes that share the folder: `backup-under-way` (409). It goes on after `start` has
 *   resolved, and ends with the process.
 * - A name that is not in the list is `not-found`.
 */
export interface Backups {
  /** Rejects with `backups-elsewhere` (409) where the events lie on another engine than the records. */
  refuseElsewhere(): Promise<void>;
  state(): Promise<BackupsState>;
  /** Begins one. Throws 422 at `/passphrase`, and as `refuseElsewhere`. */
  start(passphrase: string): Promise<void>;
  /** The encrypted file. */
  open(name: string): Promise<{ readonly bytes: number; readonly content: Readable }>;
  remove(name: string): Promise<void>;
}

export interface BackupScheduleState {
  /** `configuration`: variables set it, and it cannot be changed here. */
  readonly source: 'configuration' | 'admin' | 'none';
  /**
   * A cron expression of five fields.
   *
   * @example "0 4 * * *"
   */
  readonly cron: string | null;
  /**
   * As `--keep` takes it; null keeps everything.
   *
   * @example "7d,4w,6m"
   */
  readonly keep: string | null;
  /**
   * Of the keep, in which `cron` is read: an IANA name.
   *
   * @example "Europe/Berlin"
   */
  readonly timeZone: string;
  readonly nextAt: Timestamp | null;
  readonly lastMade: { readonly at: Timestamp; readonly name: string } | null;
  /** Why the last one that was due was not made, or what was left undone after it. */
  readonly failed: { readonly at: Timestamp; readonly reason: string } | null;
  /** The last time that a keep was started on a backup, the first of a month. `fault` is null where all was there. */
  readonly lastDrill: { readonly at: Timestamp; readonly fault: string | null } | null;
}

export interface BackupScheduleChange {
  readonly cron: string;
  readonly keep?: string | undefined;
  /** Absent: the one that is set. */
  readonly passphrase?: string | undefined;
}

/**
 * Backups of a keep that it makes by itself. Provided with `Backups`.
 *
 * - The first backup of each month (UTC) is drilled: restored in a temporary folder, with a keep that is started on it.
 * - Of the processes that share DATA_DIR, one makes the backup that is due.
 * - All of it survives a restart. A time that passed meanwhile is made up for, once. A backup that was under way is
 *   made anew, once.
 * - The passphrase is answered nowhere.
 * - Where variables set the schedule, a change is `backup-schedule-configured` (409).
 */
export interface BackupSchedule {
  state(): BackupScheduleState;
  /** Throws 422 at `/cron`, `/keep` or `/passphrase`. */
  set(change: BackupScheduleChange): BackupScheduleState;
  remove(): void;
}
