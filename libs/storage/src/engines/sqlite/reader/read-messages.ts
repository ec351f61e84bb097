import type {
  Aggregation,
  EventQuery,
  GroupLimits,
  RestoredEvent,
  SourceUsage,
  StoredEvent,
} from '@datakeep/contracts';
import type { MeasuredGroups, MeasuredPage } from '../../../storage-engine.ts';
import type { Refusal } from '../../aggregate/refusal.ts';
import type { ChangesRead, ChangeTask } from './change-reader.ts';
import type { StoredTask } from './stored-events.ts';
import type { Failed } from '../writer/write-messages.ts';

/**
 * CPU time that one task may take on the thread that is kept for what is short, where there is another for longer ones,
 * ms: a page takes a tenth of it, and another caller waits for two of them at most.
 */
export const sliceMs = 10;

export type ReadTask =
  | { readonly kind: 'query'; readonly query: EventQuery }
  | { readonly kind: 'aggregate'; readonly aggregation: Aggregation; readonly limits: GroupLimits }
  | { readonly kind: 'get'; readonly id: string }
  | ({ readonly kind: 'stored' } & StoredTask)
  | ({ readonly kind: 'changes' } & ChangeTask)
  | { readonly kind: 'last-change' }
  | { readonly kind: 'usage'; readonly source: string }
  | { readonly kind: 'tally' };

export type ReadAnswer =
  | Failed
  | ({ readonly kind: 'page' } & MeasuredPage)
  | ({ readonly kind: 'groups' } & MeasuredGroups)
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'event'; readonly event: StoredEvent | undefined }
  | { readonly kind: 'stored'; readonly events: readonly RestoredEvent[] }
  | ({ readonly kind: 'changes' } & ChangesRead)
  | { readonly kind: 'last-change'; readonly sequence: number }
  | { readonly kind: 'usage'; readonly usage: SourceUsage }
  | { readonly kind: 'tally'; readonly events: number }
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
