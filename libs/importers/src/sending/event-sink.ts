import type { ImportedEvent } from '../importer.ts';

export interface Stored {
  readonly accepted: number;
  readonly duplicates: number;
  /** Of each event, in their order. */
  readonly events?: readonly { readonly id: string; readonly status: string }[] | undefined;
}

/** Where events go, as one app: `keep.events` of clients/typescript is one. Both reject with a `Refusal`. */
export interface EventSink {
  /** Stores 1 to 1,000 events, all of them or none. An event whose identifier is there already is a duplicate. */
  create(events: ImportedEvent[]): Promise<Stored>;
  /** Only if the stored event has this version. */
  delete(id: string, options: { readonly version: number; readonly signal?: AbortSignal | undefined }): Promise<void>;
}

/** What the keep answers where it refuses. */
export interface Refusal extends Error {
  readonly status: number;
  readonly code: string;
  /** What is wrong with which event; at most 20. */
  readonly errors: readonly {
    readonly index?: number | undefined;
    readonly pointer: string;
    readonly detail: string;
  }[];
}

export const isRefusal = (error: unknown): error is Refusal =>
  error instanceof Error && 'status' in error && 'code' in error && 'errors' in error;
