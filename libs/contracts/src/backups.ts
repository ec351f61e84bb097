import type { Readable } from 'node:stream';

export interface BackupFile {
  readonly name: string;
  readonly bytes: number;
  readonly madeAt: string;
}

export interface BackupsState {
  /** The backup that is being made: its step, and how much of the step is done, 0 to 1. */
  readonly making: {
    readonly startedAt: string;
    readonly step: 'begin' | 'copy' | 'pack' | 'check';
    readonly done: number;
  } | null;
  /** Why the last one was not made; null once another was begun. Forgotten when the process ends. */
  readonly failed: { readonly at: string; readonly reason: string } | null;
  /** Those that are there, newest first. */
  readonly items: readonly BackupFile[];
}

/**
 * Backups of a keep whose data lies in DATA_DIR, made while it runs. Provided by such a keep only.
 *
 * - A backup is in the list once it was read back and checked, and never before.
 * - One at a time: `backup-under-way` (409). It goes on after `start` has resolved, and ends with the process.
 * - A name that is not in the list is `not-found`.
 */
export interface Backups {
  state(): Promise<BackupsState>;
  /** Begins one. Throws 422 at `/passphrase`. */
  start(passphrase: string): Promise<void>;
  /** The encrypted file. */
  open(name: string): Promise<{ readonly bytes: number; readonly content: Readable }>;
  remove(name: string): Promise<void>;
}
