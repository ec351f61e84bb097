/** How far a step is, in bytes, or in pages for `copy`. */
export interface Progress {
  readonly step: 'copy' | 'pack' | 'check' | 'unpack';
  readonly done: number;
  readonly of: number;
}

export type OnProgress = (progress: Progress) => void;
