import type { IndexAct, IndexState } from '@datakeep/contracts';
import type { IndexRecord } from './index-record.ts';

export interface Decision {
  /** Undefined: the state stays. */
  readonly state?: IndexState;
  readonly reason: string;
  readonly change: Partial<IndexRecord>;
  readonly drops: boolean;
}

/** What an act of the admin makes of an index; undefined where its state forbids the act. */
export function decisionOf({ state }: IndexRecord, act: IndexAct): Decision | undefined {
  const stays = { change: {}, drops: false };
  switch (act) {
    case 'approve':
      return state === 'candidate'
        ? { ...stays, state: 'approved', reason: 'the admin approved it', change: { byAdmin: true } }
        : undefined;
    case 'reject':
      return state === 'candidate' || state === 'approved'
        ? { ...stays, state: 'rejected', reason: 'the admin rejected it' }
        : undefined;
    case 'drop':
      return state === 'verifying' || state === 'active' || state === 'hidden'
        ? { state: 'dropped', reason: 'the admin dropped it', change: { notBefore: 'forever' }, drops: true }
        : undefined;
    case 'keep':
      return state === 'verifying' || state === 'active'
        ? { ...stays, reason: 'the admin keeps it', change: { kept: true } }
        : undefined;
    case 'rebuild':
      return state === 'dropped' || state === 'reverted' || state === 'failed' || state === 'rejected'
        ? {
            ...stays,
            state: 'approved',
            reason: 'the admin asked for it again',
            change: { byAdmin: true, notBefore: 0 },
          }
        : undefined;
  }
}
