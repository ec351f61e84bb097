import type { Manifest, Progress } from '@datakeep/backup';

/** The first line of the child's standard input. A passphrase in an argument or a variable could be seen by others. */
export interface DrillJob {
  /** The backup. */
  readonly file: string;
  readonly passphrase: string;
  /** A folder (0700) that exists; the child makes a keep in it. */
  readonly folder: string;
}

export interface DrillResult {
  readonly manifest: Manifest;
  /** From the start of the keep to its first answer. */
  readonly startedMs: number;
  readonly events: number;
  /** In the collections that the started keep has. */
  readonly records: number;
}

/** Lines of the child's standard output. The last is `result` or `failed`. */
export type FromDrill =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'restored' }
  | { readonly kind: 'result'; readonly result: DrillResult }
  | { readonly kind: 'failed'; readonly reason: string };
