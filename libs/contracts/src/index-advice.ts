import { type Amount, type Count, DatakeepError, InputErrors, isObject, type Timestamp } from '@datakeep/kernel';

export const indexModes = ['off', 'suggest', 'auto'] as const;
export type IndexMode = (typeof indexModes)[number];
export const indexStates = [
  'candidate',
  'approved',
  'building',
  'verifying',
  'active',
  'hidden',
  'dropped',
  'reverted',
  'failed',
  'rejected',
] as const;
export type IndexState = (typeof indexStates)[number];

/** @internal */
export interface IndexPolicy {
  readonly mode: IndexMode;
  /**
   * Share of the data's bytes that automatic indexes may take; default 0.5.
   *
   * @minimum 0
   * @maximum 5
   */
  readonly spaceBudget: number;
  /** When builds longer than the engine's limit may run, as UTC hours; null: never. */
  readonly window: IndexWindow | null;
}

/** @additionalProperties false */
export interface IndexWindow {
  readonly fromHour: Hour;
  readonly toHour: Hour;
}

/**
 * @asType integer
 * @minimum 0
 * @maximum 23
 */
export type Hour = number;

/** One index that the Data Storage made, would make, or has taken back, in words for a person (docs/indexing.md). */
export interface IndexReport {
  readonly id: string;
  /** `auto_…`, or the name of a declared index. */
  readonly name: string;
  readonly profile: string;
  readonly keys: readonly { readonly field: string; readonly direction: 'ascending' | 'descending' }[];
  readonly state: IndexState | 'declared';
  readonly kept: boolean;
  /** Plain sentences: which queries it serves, their callers, its cost, and its saving so far or expected. */
  readonly explanation: readonly string[];
  /** The shapes of the queries that it serves, without values. */
  readonly shapes: readonly {
    readonly shape: string;
    readonly calls: Amount;
    readonly totalMs: Amount;
    readonly p95Ms: Amount;
  }[];
  readonly figures: {
    readonly benefitMs: Amount;
    readonly writeCostMs: Amount;
    readonly buildMs: Amount | null;
    readonly bytes: Count | null;
    readonly beforeMs: Amount | null;
    readonly afterMs: Amount | null;
  };
  readonly history: readonly { readonly at: Timestamp; readonly state: IndexState; readonly reason: string }[];
}

export interface IndexAnswer {
  readonly engine: string;
  readonly policy: IndexPolicy;
  /** `suggest` where `auto` was asked for and the engine cannot prove that an index helps; with the reason. */
  readonly effectiveMode: IndexMode;
  /** Why the storage does less than the policy says. */
  readonly note: string | null;
  readonly indexes: readonly IndexReport[];
}

export const indexActs = ['approve', 'reject', 'drop', 'keep', 'rebuild'] as const;
export type IndexAct = (typeof indexActs)[number];

/** How one query ran. */
export interface QueryExplanation {
  /**
   * The index that served it, by name; null where none did, or where the engine does not report it (`plan` says which).
   */
  readonly index: string | null;
  readonly plan: readonly string[];
  readonly milliseconds: Amount;
  readonly rowsReturned: Count;
  /** Null where the engine does not report it. */
  readonly rowsExamined: Count | null;
  readonly shape: string;
}

/**
 * The self-indexing part of the Data Storage port. Guarantees: answers never depend on which indexes there are; no
 * value of a query's parameters leaves the storage by any of these calls. `decide` on an unknown id is `not-found`, and
 * on an index whose state forbids the act `index-decided` (409).
 */
export interface IndexAdvice {
  indexes(): Promise<IndexAnswer>;
  decide(id: string, act: IndexAct): Promise<IndexReport>;
  setIndexPolicy(policy: Partial<IndexPolicy>): Promise<IndexPolicy>;
}

const policyMembers: ReadonlySet<string> = new Set(['mode', 'spaceBudget', 'window']);

/**
 * The policy that a body asks for; what it leaves out stays as it is. Throws `invalid` with the members that are wrong.
 */
export function indexPolicyFrom(body: unknown): Partial<IndexPolicy> {
  if (!isObject(body)) throw DatakeepError.invalidAt('', 'type', 'a policy is an object');
  const issues = new InputErrors();
  issues.onlyMembers(body, policyMembers, 'a policy has');
  const { mode, spaceBudget, window } = body;
  const known = indexModes.find((name) => name === mode);
  if (mode !== undefined && known === undefined) issues.add('/mode', 'enum', `expected ${indexModes.join(', ')}`);
  const budget = typeof spaceBudget === 'number' && spaceBudget >= 0 && spaceBudget <= 5 ? spaceBudget : undefined;
  if (spaceBudget !== undefined && budget === undefined) issues.add('/spaceBudget', 'range', 'a number from 0 to 5');
  const hours = window === null ? null : hoursOf(window);
  if (window !== undefined && hours === undefined)
    issues.add('/window', 'range', 'null, or { fromHour, toHour } with whole hours from 0 to 23');
  issues.throwIfAny();
  return {
    ...(known === undefined ? {} : { mode: known }),
    ...(budget === undefined ? {} : { spaceBudget: budget }),
    ...(hours === undefined ? {} : { window: hours }),
  };
}

function hoursOf(value: unknown): IndexPolicy['window'] | undefined {
  if (!isObject(value)) return undefined;
  const { fromHour, toHour, ...rest } = value;
  return isHour(fromHour) && isHour(toHour) && Object.keys(rest).length === 0 ? { fromHour, toHour } : undefined;
}

const isHour = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 23;

/** The answer of a storage without automatic indexes; `note` says why. */
export function withoutIndexes(engine: string, note: string): IndexAnswer {
  const policy: IndexPolicy = { mode: 'off', spaceBudget: 0.5, window: null };
  return { engine, policy, effectiveMode: 'off', note, indexes: [] };
}
