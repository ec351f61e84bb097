import type { Refusal } from '../../aggregate/refusal.ts';
import type { Failed } from '../failure.ts';
import type { EventReader } from './event-reader.ts';

/**
 * CPU time that one task may take on the thread that is kept for what is short, where there is another for longer ones,
 * ms: a page takes a tenth of it, and another caller waits for two of them at most.
 */
export const sliceMs = 10;

/** What a reading thread does, by name. */
export type ReadTasks = Pick<
  EventReader,
  'query' | 'aggregate' | 'get' | 'stored' | 'changes' | 'lastChange' | 'usage' | 'tally'
>;

/** A task with its arguments. */
export type ReadTask = {
  readonly [T in keyof ReadTasks]: { readonly task: T; readonly values: Parameters<ReadTasks[T]> };
}[keyof ReadTasks];

export type ReadAnswer =
  | Failed
  | { readonly kind: 'done'; readonly value: ReturnType<ReadTasks[keyof ReadTasks]> }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** From a thread for what is short: the slice is used up, and nothing was answered. */
  | { readonly kind: 'too-long' };

/** A task, and which Int32 of `stop` is its own. */
export interface HandedTask {
  readonly task: ReadTask;
  readonly place: number;
}

export type ToReader = HandedTask | 'close';
export type FromReader = ReadAnswer | 'ready';

export interface ReaderSettings {
  readonly directory: string;
  /**
   * An Int32 for each task that may be handed over at once: 1 when that task is to stop. Set by the main thread, read
   * for each row examined.
   */
  readonly stop: SharedArrayBuffer;
  /** Whether it gives up on what takes longer than a slice. */
  readonly sliced: boolean;
}
