import { isDeepStrictEqual } from 'node:util';
import type { PairedRun } from '../advisor/index-engine.ts';

type Side = 'with' | 'without';

export interface TimedRun {
  readonly ms: number;
  /** Undefined where the time was over. */
  readonly ids: readonly string[] | undefined;
}

export type TimedRuns = Record<Side, TimedRun>;

/** Before either side has run. */
export const notRun = (): TimedRuns => ({ with: { ms: 0, ids: [] }, without: { ms: 0, ids: [] } });

/** Each side twice, in random order; the second time counts, since the first warms the cache. */
export function sidesInOrder(): readonly Side[] {
  return Math.random() < 0.5 ? ['with', 'without', 'with', 'without'] : ['without', 'with', 'without', 'with'];
}

export function pairedRun({ with: indexed, without: plain }: Readonly<TimedRuns>): PairedRun {
  const isOver = indexed.ids === undefined || plain.ids === undefined;
  return { withMs: indexed.ms, withoutMs: plain.ms, equal: isOver || isDeepStrictEqual(indexed.ids, plain.ids) };
}
