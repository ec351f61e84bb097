import type { IndexState } from '@datakeep/contracts';
import { coolDownMs, health, longestTombstoneMs, tombstoneMs } from './constants.ts';
import type { IndexDefinition } from './index-engine.ts';

/** What is stored of one index, from the first thought of it on. Holds no value of a query. */
export interface IndexRecord {
  readonly definition: IndexDefinition;
  /** How many of the keys are compared for equality. */
  readonly equality: number;
  readonly state: IndexState;
  readonly stateAt: number;
  readonly kept: boolean;
  /** The admin asked for it, so that the gates of habit do not hold it up. */
  readonly byAdmin: boolean;
  /** Keys of the shapes that asked for it. */
  readonly shapes: readonly string[];
  /** The index that served them before, if one did. */
  readonly former: string | null;
  readonly builtAt: number | null;
  readonly buildMs: number | null;
  readonly bytes: number | null;
  readonly beforeMs: number | null;
  readonly afterMs: number | null;
  readonly benefitMs: number;
  readonly writeCostMs: number;
  readonly replayed: boolean;
  /** Kept without enough calls to judge it by. */
  readonly unproven: boolean;
  /** What was seen before the build, to compare with: shapes as `QueryBucket`s, and the writes. */
  readonly baseline: Baseline | null;
  /** Only while `hidden`: what it becomes after. */
  readonly goal: 'dropped' | 'reverted' | null;
  readonly reverts: number;
  /** Not again before then; `forever` where the admin said so. */
  readonly notBefore: number | 'forever';
  readonly history: readonly { readonly at: number; readonly state: IndexState; readonly reason: string }[];
}

export interface Baseline {
  readonly totalMs: number;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly writes: { readonly appends: number; readonly p95Ms: number };
}

const historyLength = 50;

/** The states in which the index itself is there, or may be. */
export const standing: ReadonlySet<IndexState> = new Set(['building', 'verifying', 'active', 'hidden']);

export function newRecord(
  definition: IndexDefinition,
  equality: number,
  shapes: readonly string[],
  at: number,
  reason: string,
): IndexRecord {
  return {
    definition,
    equality,
    state: 'candidate',
    stateAt: at,
    kept: false,
    byAdmin: false,
    shapes,
    former: null,
    builtAt: null,
    buildMs: null,
    bytes: null,
    beforeMs: null,
    afterMs: null,
    benefitMs: 0,
    writeCostMs: 0,
    replayed: false,
    unproven: false,
    baseline: null,
    goal: null,
    reverts: 0,
    notBefore: 0,
    history: [{ at, state: 'candidate', reason }],
  };
}

/** The record in its next state, with the reason in its history and the fields that the state implies. */
export function moved(
  record: IndexRecord,
  state: IndexState,
  at: number,
  reason: string,
  change: Partial<IndexRecord> = {},
): IndexRecord {
  const history = [...record.history, { at, state, reason }].slice(-historyLength);
  return { ...record, ...consequences(record, state, at), ...change, state, stateAt: at, history };
}

function consequences(record: IndexRecord, state: IndexState, at: number): Partial<IndexRecord> {
  switch (state) {
    case 'building':
      return {
        builtAt: null,
        buildMs: null,
        bytes: null,
        beforeMs: null,
        afterMs: null,
        replayed: false,
        unproven: false,
        goal: null,
        notBefore: 0,
      };
    case 'verifying':
      return { builtAt: at };
    case 'reverted':
      return {
        reverts: record.reverts + 1,
        notBefore: at + Math.min(tombstoneMs * 2 ** record.reverts, longestTombstoneMs),
        goal: null,
      };
    case 'dropped':
    case 'failed':
      return { notBefore: at + coolDownMs, goal: null };
    case 'rejected':
      return { notBefore: 'forever' };
    default:
      return {};
  }
}

/** Whether the advisor may not think of it again yet. */
export const isInCooldown = ({ notBefore }: IndexRecord, now: number): boolean =>
  notBefore === 'forever' || now < notBefore;

/** The one to forget: the longest unchanged of those that are not there, wait for nothing and forbid nothing. */
export function leastWanted(records: Iterable<IndexRecord>, now: number): IndexRecord | undefined {
  return [...records]
    .filter((record) => !standing.has(record.state) && record.state !== 'approved' && !isInCooldown(record, now))
    .toSorted((a, b) => a.stateAt - b.stateAt)[0];
}

/** Step 6: of the last actions that were decided since `since`, too many had to be taken back. */
export function isDegraded(records: Iterable<IndexRecord>, since: number): boolean {
  const decided = [...records]
    .flatMap((record) => record.history)
    .filter(({ at, state }) => at >= since && (state === 'active' || state === 'reverted'))
    .toSorted((a, b) => a.at - b.at)
    .slice(-health.actions);
  const reverted = decided.filter(({ state }) => state === 'reverted').length;
  return decided.length >= health.least && reverted > health.reverts * decided.length;
}

export const buildTimes = (records: Iterable<IndexRecord>): number[] => timesOf(records, new Set(['building']));

/** When an index came or went the last time; -∞ where none ever did. */
export const lastChangeAt = (records: Iterable<IndexRecord>): number => Math.max(...timesOf(records, comingAndGoing));

const comingAndGoing: ReadonlySet<IndexState> = new Set(['verifying', 'hidden', 'dropped', 'reverted']);

function timesOf(records: Iterable<IndexRecord>, states: ReadonlySet<IndexState>): number[] {
  return [...records].flatMap(({ history }) => history.filter(({ state }) => states.has(state)).map(({ at }) => at));
}
