import type { Clock, Logger } from '@datakeep/kernel';
import type { IndexEngine } from './index-engine.ts';
import type { IndexRecord } from './index-record.ts';
import type { Memory } from './memory.ts';
import type { Statistics } from './statistics.ts';

/** What the steps of the advisor share. */
export interface AdvisorScope {
  readonly engine: IndexEngine;
  readonly memory: Memory;
  readonly statistics: Statistics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of every index, by name. Changed after the store only. */
  readonly records: Map<string, IndexRecord>;
  /** A caller waits for the present pass to end: long-running steps are left to the next. */
  readonly isAwaited: () => boolean;
}
