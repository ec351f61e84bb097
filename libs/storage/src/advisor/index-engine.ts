import type { EventQuery } from '@datakeep/contracts';

export type Direction = 'ascending' | 'descending';

export interface IndexKey {
  /** `metadata.…` or `payload.…`. */
  readonly field: string;
  readonly direction: Direction;
}

export interface IndexKeys {
  /** 1 to 4, in their order. */
  readonly keys: readonly IndexKey[];
  /**
   * Where the index serves a sort: the number of keys before `id`, which ascends and breaks ties; keys of ranges may
   * follow it. Else null. Directions are such that the sort, or its reverse, reads the index from one end to the other.
   */
  readonly idAfter: number | null;
}

/** A partial index on the events of one profile, so that its cost falls on that profile's writes alone. */
export interface IndexDefinition extends IndexKeys {
  /** `auto_` and 24 hex digits, made of all the rest: the same candidate has the same name everywhere. */
  readonly name: string;
  readonly profile: string;
}

/** What every engine declares beside the automatic indexes, of every profile: it serves the default order. */
export const declaredKeys: IndexKeys = {
  keys: [{ field: 'metadata.createdDate', direction: 'ascending' }],
  idAfter: 1,
};

export interface ExistingIndex {
  readonly name: string;
  /** Null where the engine does not report it. */
  readonly bytes: number | null;
  readonly hidden: boolean;
}

/**
 * What the engine can do, probed at the start (create, read back, hint, explain on something temporary) and never
 * derived from a version.
 */
export interface IndexCapabilities {
  /**
   * `plan` reports which index serves a query, `replay` can run it as if an index did not exist, and times reflect the
   * use of indexes. Without it no action is automatic.
   */
  readonly replay: boolean;
  /** `hide` works. Else an index is dropped at once, its definition kept. */
  readonly hidden: boolean;
  /** A field whose path may meet arrays can be a key; at most one of an index's keys is such a field. */
  readonly arrays: boolean;
  /** An `in` counts as an equality also where there is a sort. */
  readonly sortedIn: boolean;
  /** Of sorts, an index is made for that by `metadata.createdDate` alone. */
  readonly creationSortOnly?: boolean;
  /** A comparison turned around (`ne`, `nin`) can be served as a range. */
  readonly negation: boolean;
  /** A build holds up writes for as long as it takes, so its length is limited. */
  readonly buildBlocksWrites: boolean;
  /** What one index more adds to writing one event, ms; calibrated at start where that can be done. */
  readonly writeMs: number;
  /** What a build takes for one event of the profile, ms. */
  readonly buildMs: number;
  /** Most automatic indexes in one profile, and in all. */
  readonly perProfile: number;
  readonly inAll: number;
  /** Total time of a shape in 24 h from which an index is thought of, ms. */
  readonly shapeMs: number;
}

/** How the engine would run a query now. */
export interface QueryPlan {
  /**
   * Names of the indexes on the events that it would use, in the plan's order; null: the engine does not report them.
   */
  readonly indexes: readonly string[] | null;
  /** Whether the answer's order is made by sorting, and not by an index; null: the engine does not report it. */
  readonly sorts: boolean | null;
  /** For a person. Holds no value of the query's parameters. */
  readonly steps: readonly string[];
}

/** One query run with and without an index, side by side. Times are those of the second run of each side, ms. */
export interface PairedRun {
  readonly withMs: number;
  readonly withoutMs: number;
  /** Whether both answered the same identifiers in the same order. */
  readonly equal: boolean;
}

export interface StorageSpace {
  /** Bytes of the events without the automatic indexes. */
  readonly dataBytes: number;
  /** Bytes of all automatic indexes. */
  readonly indexBytes: number;
  /** Of the disk, where the engine reports it; else null. */
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number } | null;
}

/**
 * `index`: record of one index · `policy` · `shape`: a query without its values · `bucket`: statistics of a profile's
 * shapes · `sample`: parameter sets of a shape · `writes`: writes to a profile.
 */
export type AdviceKind = 'index' | 'policy' | 'shape' | 'bucket' | 'sample' | 'writes';

export interface AdviceEntry {
  readonly kind: AdviceKind;
  /** Unique within its kind; at most 200 characters. */
  readonly key: string;
  /** Ms since the epoch: what `before` and `from` are compared with. */
  readonly at: number;
  /** The profile that it goes with, or null. */
  readonly profile: string | null;
  /** JSON text. */
  readonly value: string;
}

/**
 * The advisor's memory, durable and in the engine itself.
 * Contract: `put` replaces the entry of the same kind and key, and resolves only once all of it would survive a crash;
 * a list of entries need not be stored as one. Entries of kind `sample` hold personal data: only the advisor reads
 * them, and no log holds them.
 */
export interface AdviceStore {
  put(entries: readonly AdviceEntry[]): Promise<void>;
  /**
   * Puts one entry if the value under its kind and key is `before`, or if there is none where that is undefined: else
   * false, and nothing changes. One atomic step; an engine that only one process can open need not compare.
   */
  swap(entry: AdviceEntry, before: string | undefined): Promise<boolean>;
  /** Those of one kind with `at >= from`, in the order of their keys. */
  all(kind: AdviceKind, from?: number): Promise<readonly AdviceEntry[]>;
  /** Removes those of one kind with `at < before`. */
  remove(kind: AdviceKind, before: number): Promise<void>;
  /** Removes one, if it is there. */
  delete(kind: AdviceKind, key: string): Promise<void>;
  /** Removes whatever goes with a profile, except records of kind `index`. */
  forget(profile: string): Promise<void>;
  /**
   * Takes or renews the lease: true where `holder` has it now, until `until`. One atomic step: of several processes at
   * most one holds it at any moment. A lease that expired before `now` is free. An engine that only one process can
   * open answers true.
   */
  lease(holder: string, now: number, until: number): Promise<boolean>;
}

/**
 * The engine's side of the index advisor (docs/indexing.md). It carries out decisions and makes none.
 *
 * Contract:
 * - This port creates, hides and drops only indexes whose name starts with `auto_`; it refuses any other name with an
 *   error before anything is done.
 * - **Atomic.** `create` resolves when the index serves queries and the planner's statistics of it are up to date; when
 *   it rejects, or the process dies in it, no half-built index remains (`list` reports an index that the server still
 *   builds only once it serves). Creating an index that exists with the same definition, and dropping one that does not
 *   exist, is no error.
 * - **Non-blocking.** No method blocks the event loop; a build takes its turn among writes, and a write that arrives
 *   meanwhile waits in the queue and does not fail. Reads continue.
 * - Answers to queries are the same with every set of indexes. Statements that were prepared before must use an index,
 *   or do without it, as soon as `create`, `hide` or `drop` resolved.
 * - Both sides of a replay see the events of one moment; where the engine cannot guarantee that, it checks a difference
 *   again before it reports it.
 * - `plan` and `replay` bind the query's own values: plans depend on them. Replays are not counted in the statistics,
 *   are read-only, and run at most `timeoutMs` for each query; one that takes longer counts as that long, and then
 *   `equal` is true.
 * - Where a capability is false, a method that needs it rejects with an `Error`, except `plan`, which answers nulls.
 * - Errors are DatakeepErrors (`storage-unreachable`, `storage-full`, `not-ready`) or `Error`s; no message holds a
 *   value of a query.
 */
export interface IndexEngine {
  /** As in `StorageFigures.engine`. */
  readonly engine: string;
  readonly records: AdviceStore;
  /** Probes at the first call. */
  capabilities(): Promise<IndexCapabilities>;
  /** The declared one and the automatic ones. */
  list(): Promise<readonly ExistingIndex[]>;
  /** Resolves with how long the build took, ms. */
  create(definition: IndexDefinition): Promise<number>;
  drop(name: string): Promise<void>;
  hide(name: string, hidden: boolean): Promise<void>;
  /** Number of events of a profile. Zero for one that is not there. */
  rows(profile: string): Promise<number>;
  space(): Promise<StorageSpace>;
  plan(query: EventQuery): Promise<QueryPlan>;
  /**
   * How each of these queries would run if the index existed, planned without creating it. Absent where the engine
   * cannot do that.
   */
  foresee?(queries: readonly EventQuery[], index: IndexDefinition): Promise<readonly QueryPlan[]>;
  /** `former`: the index that served the query before `index` was there, if one did. */
  replay(query: EventQuery, index: IndexDefinition, former: string | null): Promise<PairedRun>;
  /** Once per tick: what keeps the planner's knowledge up to date. Short. */
  tend(): Promise<void>;
  /** Ends a replay or a build that is under way, where the engine can; it and later ones reject with `not-ready`. */
  interrupt(): void;
  close(): Promise<void>;
}
