import type { RestoredBackup } from '@datakeep/contracts';

export interface RestoreWork {
  readonly dataDir: string;
  /** The encrypted backup. */
  readonly file: string;
  readonly passphrase: string;
  readonly voidTokens: boolean;
}

/** The thread ends after it. */
export type FromRestore =
  | { readonly kind: 'staged'; readonly backup: RestoredBackup }
  | { readonly kind: 'failed'; readonly reason: string; readonly code?: 'wrong-passphrase' | undefined };
