import type {
  Aggregation,
  DataStorage,
  EventQuery,
  EventPage,
  EventTransfer,
  Groups,
  IndexAdvice,
} from '@datakeep/contracts';
import type { IndexEngine, QueryPlan } from './advisor/index-engine.ts';

export interface ExplainedPlan extends QueryPlan {
  /** Null where the engine does not report it. */
  readonly rowsExamined: number | null;
}

export interface MeasuredPage {
  readonly page: EventPage;
  readonly ms: number;
  /** An estimate where the engine does not report it. */
  readonly rowsExamined: number;
  /** Only where the query asks to be explained. */
  readonly plan?: ExplainedPlan;
}

export interface MeasuredGroups {
  readonly groups: Groups;
  readonly ms: number;
  /** As in `MeasuredPage`. */
  readonly rowsExamined: number;
  readonly rowsFolded: number;
}

/**
 * The Data Storage without its index advisor, which `AdvisedStorage` adds to every engine.
 *
 * Its contract is that of `DataStorage` and `EventTransfer`; a query and an aggregation also report what they took.
 * `close` comes after `indexEngine.close`, and no call follows it.
 */
export interface StorageEngine extends Omit<DataStorage, keyof IndexAdvice | 'query' | 'aggregate'>, EventTransfer {
  readonly indexEngine: IndexEngine;
  /** More than a tenth of the writes that may wait are waiting. */
  readonly isCrowded: boolean;
  query(query: EventQuery): Promise<MeasuredPage>;
  aggregate(aggregation: Aggregation): Promise<MeasuredGroups>;
}
