import type { Aggregation, EventPage, EventQuery, GroupLimits, Groups, StoredEvent } from '@datakeep/contracts';
import type { QueryPlan } from '../../../advisor/index-engine.ts';
import type { Refusal } from '../../aggregate/refusal.ts';
import type { ChangesRead, ChangeTask } from './change-reader.ts';
import type { Failed } from '../writer/write-messages.ts';

export type ReadTask =
  | { readonly kind: 'query'; readonly query: EventQuery }
  | { readonly kind: 'aggregate'; readonly aggregation: Aggregation; readonly limits: GroupLimits }
  | { readonly kind: 'get'; readonly id: string }
  | ({ readonly kind: 'changes' } & ChangeTask)
  | { readonly kind: 'last-change' }
  | { readonly kind: 'tally' };

export interface MeasuredPage {
  readonly page: EventPage;
  readonly ms: number;
  readonly rowsExamined: number;
  /** Only where the query asks to be explained. */
  readonly plan?: QueryPlan;
}

export interface MeasuredGroups {
  readonly groups: Groups;
  readonly ms: number;
  readonly rowsExamined: number;
  readonly rowsFolded: number;
}

export type ReadAnswer =
  | Failed
  | ({ readonly kind: 'page' } & MeasuredPage)
  | ({ readonly kind: 'groups' } & MeasuredGroups)
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'event'; readonly event: StoredEvent | undefined }
  | ({ readonly kind: 'changes' } & ChangesRead)
  | { readonly kind: 'last-change'; readonly sequence: number }
  | { readonly kind: 'tally'; readonly events: number };

export type ToReader = ReadTask | 'close';
export type FromReader = ReadAnswer | 'ready';

export interface ReaderSettings {
  readonly directory: string;
  /** One Int32: 1 when the task at hand is to stop. Set by the main thread, read for each row looked at. */
  readonly stop: SharedArrayBuffer;
}
