import type { IndexMode } from '@datakeep/contracts';
import type { Clock, Logger } from '@datakeep/kernel';
import type { IndexEngine } from './index-engine.ts';
import type { IndexRecord } from './index-record.ts';
import type { Memory } from './memory.ts';
import type { Statistics } from './statistics.ts';

export interface AdvisorOptions {
  readonly engine: IndexEngine;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly defaultMode: IndexMode;
  /** Names this process among those that share the engine; the same after a restart where it is alone. */
  readonly holder: string;
  /**
   * Whether the keep has time for a build: the event loop is not late, and no backlog waits to be written. Default:
   * always.
   */
  readonly isCalm?: () => boolean;
  /** From 0 (inclusive) to 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** What the steps of the advisor share. */
export interface AdvisorScope extends Pick<AdvisorOptions, 'engine' | 'clock' | 'logger'> {
  readonly memory: Memory;
  readonly statistics: Statistics;
  /** Of every index, by name. Changed after the store only. */
  readonly records: Map<string, IndexRecord>;
  /** A caller waits for the present pass to end: long-running steps are left to the next. */
  readonly isAwaited: () => boolean;
}
