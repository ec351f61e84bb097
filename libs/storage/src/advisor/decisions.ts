import type { IndexAct, IndexState } from '@datakeep/contracts';
import type { IndexRecord } from './index-record.ts';

export interface Decision {
  /** The states in which the act is allowed. */
  readonly from: readonly IndexState[];
  /** Undefined: the state stays. */
  readonly state?: IndexState;
  readonly reason: string;
  readonly change?: Partial<IndexRecord>;
  readonly drops?: true;
}

const decisions: Readonly<Record<IndexAct, Decision>> = {
  approve: { from: ['candidate'], state: 'approved', reason: 'the admin approved it', change: { byAdmin: true } },
  reject: { from: ['candidate', 'approved'], state: 'rejected', reason: 'the admin rejected it' },
  drop: {
    from: ['verifying', 'active', 'hidden'],
    state: 'dropped',
    reason: 'the admin dropped it',
    change: { notBefore: 'forever' },
    drops: true,
  },
  keep: { from: ['verifying', 'active'], reason: 'the admin keeps it', change: { kept: true } },
  rebuild: {
    from: ['dropped', 'reverted', 'failed', 'rejected'],
    state: 'approved',
    reason: 'the admin asked for it again',
    change: { byAdmin: true, notBefore: 0 },
  },
};

/** What an act of the admin makes of an index; undefined where its state forbids the act. */
export function decisionOf({ state }: IndexRecord, act: IndexAct): Decision | undefined {
  const decision = decisions[act];
  return decision.from.includes(state) ? decision : undefined;
}
