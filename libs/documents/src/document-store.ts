/**
 * A small record: an id and JSON members. Dates are ISO strings or ms numbers, as the definition says.
 * The id is a string of 1 to 200 characters; records of the system take 24 hex digits from the id port.
 */
export interface Document {
  readonly id: string;
}

export type FieldType = 'string' | 'number' | 'boolean' | 'json';

export interface IndexDefinition {
  /** Stable name, reported in `DocumentConflict.index`. */
  readonly name: string;
  /**
   * One that is not unique has the id behind the field that is sorted by, at its end where it is not named. Fields
   * behind the id are of filters beside: by them documents are left out, and counted, without being read.
   */
  readonly fields: readonly string[];
  readonly unique?: boolean;
  /** No query uses it to find documents that lack its first field: an engine may leave those out. */
  readonly sparse?: boolean;
  /** The query that this index serves, or the rule it keeps. */
  readonly serves: string;
}

/**
 * The one schema of a kind of record, from which every engine makes its own (a Mongoose schema on MongoDB, a table on
 * SQLite). `optional` fields may be absent; a unique index of one field does not count documents that lack it, and one
 * of several fields has no optional one.
 */
export interface CollectionDefinition<T extends Document> {
  readonly name: string;
  readonly fields: {
    readonly [K in Exclude<keyof T, 'id'> & string]: { readonly type: FieldType; readonly optional?: boolean };
  };
  readonly indexes: readonly IndexDefinition[];
}

type Comparable = string | number | boolean;
/**
 * A bare value is equality, null finds absent; `in` a list; the rest compare within a type (strings by code point).
 * Conditions are and-ed.
 */
export type Where<T> = {
  readonly [K in keyof T]?:
    | Comparable
    | null
    | {
        readonly in?: readonly Comparable[];
        readonly gte?: Comparable;
        readonly lt?: Comparable;
        readonly gt?: Comparable;
        readonly lte?: Comparable;
      };
};

export interface Find<T extends Document> {
  readonly where?: Where<T> | undefined;
  /** One field, `id` breaking ties in the same direction; default: by id ascending. */
  readonly sort?: { readonly field: keyof T & string; readonly direction: 'ascending' | 'descending' } | undefined;
  /** Only documents after this place of the sort order: the last one's sort value and id. */
  readonly after?: { readonly value: Comparable | null; readonly id: string } | undefined;
  /** 0 to `mostFound`; what may be more is read in pages (`everyOf`). */
  readonly limit: number;
}

/** Most documents that one find answers: a statement is short, and its answer fits into memory. */
export const mostFound = 10_000;

/** One step of a unit of work, made by a `Collection` and carried out by `DocumentStore.commit`. */
export interface Write {
  readonly collection: string;
  readonly kind: 'insert' | 'update' | 'delete';
  readonly id: string;
  readonly set?: Readonly<Record<string, unknown>> | undefined;
  readonly unset?: readonly string[] | undefined;
  readonly inc?: Readonly<Record<string, number>> | undefined;
  readonly onlyIf?: Readonly<Record<string, unknown>> | undefined;
}

export interface Collection<T extends Document> {
  readonly definition: CollectionDefinition<T>;
  get(id: string): Promise<T | undefined>;
  findOne(where: Where<T>): Promise<T | undefined>;
  find(find: Find<T>): Promise<T[]>;
  count(where?: Where<T>): Promise<number>;
  /** Of a number field, over the documents that have it; of none: 0. TypeError for another type of field. */
  sum(field: keyof T & string, where?: Where<T>): Promise<number>;
  insert(document: T): Write;
  /** `onlyIf` makes it a compare-and-set: the stored fields must equal these (null: absent) in the same atomic step. */
  update(
    id: string,
    change: {
      readonly set?: Partial<T>;
      readonly unset?: readonly (keyof T & string)[];
      readonly inc?: { readonly [K in keyof T]?: number };
    },
    onlyIf?: Where<T>,
  ): Write;
  delete(id: string, onlyIf?: Where<T>): Write;
}

/**
 * Why a commit did not happen. `unique`: an insert or update met `index`. `condition`: an update or delete found no
 * document with that id, or `onlyIf` did not hold. `write` is the place in the list.
 */
export class DocumentConflict extends Error {
  override readonly name = 'DocumentConflict';
  readonly kind: 'unique' | 'condition';
  readonly write: number;
  readonly collection: string;
  readonly index: string | undefined;

  constructor(kind: 'unique' | 'condition', write: number, collection: string, index?: string) {
    super(`${collection}: ${kind} conflict${index ? ` on ${index}` : ''} in write ${write}`);
    this.kind = kind;
    this.write = write;
    this.collection = collection;
    this.index = index;
  }
}

/**
 * What a commit survives. `durable`: a power loss. `relaxed`: the death of the process; a power loss may take it, until
 * the next durable commit, which carries every earlier one along. For records whose loss something else repairs.
 * `deferred`: as `relaxed`, for what no caller waits for: it may wait some ms to share another commit. An engine may do
 * more than asked.
 */
export type Durability = 'durable' | 'relaxed' | 'deferred';

/**
 * The document port: small records, not events.
 *
 * Contract: the unit of work is a list of writes, committed whole or not at all, in the list's order, when `commit`
 * resolves as durable as was asked. Commits do not wait for each other's failures. A conflict rejects with
 * `DocumentConflict` and has changed nothing. Reads see every commit that was acknowledged before they began, and never
 * a part of one. Fields that the definition does not name are a programming error (TypeError). `json` fields hold any
 * JSON value and come back equal; absent members stay absent, as which undefined ones count. Two processes may work on
 * one store only where the engine is shared.
 */
export interface DocumentStore {
  collection<T extends Document>(definition: CollectionDefinition<T>): Collection<T>;
  /** Default: `durable`. */
  commit(writes: readonly Write[], durability?: Durability): Promise<void>;
  ping(): Promise<void>;
  figures(): Promise<{ readonly engine: string; readonly bytes: number }>;
  /** Documents of each collection that this process has asked for, by its name. */
  counts(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

/** A store to be read beside the process that has it open: nothing is written, made or locked. */
export type ReadDocuments = Pick<DocumentStore, 'collection' | 'close'>;
