import type { Progress } from '@datakeep/backup';

export interface BackupWork {
  readonly dataDir: string;
  /** Where the records and events are, if not in DATA_DIR. */
  readonly mongodbUri: string | undefined;
  readonly passphrase: string;
  readonly version: string;
  /** The file to make, in DATA_DIR/backups, which the caller has taken. */
  readonly target: string;
}

/** `snapshot`: asks for one in that empty folder. The thread ends after `made` or `failed`. */
export type FromBackup =
  | { readonly kind: 'snapshot'; readonly folder: string }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'made'; readonly bytes: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** The answer to `snapshot`; `failed` says why there is none. */
export type ToBackup = { readonly createdDate: string } | { readonly failed: string };
