import {
  connectMongo,
  DatakeepError,
  finishWork,
  probeMongo,
  toMongoStorageError,
  UpdateGuard,
  type Logger,
  type MongoCapabilities,
  type MongoConnectionOptions,
} from '@datakeep/kernel';
import type { Connection, mongo } from 'mongoose';
import { fieldsOf } from '../definition-checks.ts';
import type { Collection, CollectionDefinition, Document, DocumentStore, Write } from '../document-store.ts';
import { checkWrite, type CheckedWrite } from './checked-write.ts';
import { Decisions } from './decisions.ts';
import { Locks } from './locks.ts';
import { MongoCollection, recordsOf } from './mongo-collection.ts';
import { Reads } from './reads.ts';
import type { StoredRecord } from './record.ts';
import { Settling, type SettlingLimits } from './settling.ts';
import { isSingle, writeSingle } from './single-write.ts';
import { Turns } from './turns.ts';
import { fillUniquePlaces } from './unique-places.ts';
import { commitUnit, keysCollection, type UnitTools } from './units.ts';

export interface MongoDocumentsOptions extends MongoConnectionOptions {
  readonly logger: Logger;
  readonly limits?: Partial<SettlingLimits>;
}

interface Known {
  readonly collection: MongoCollection<Document>;
  readonly source: string;
  readonly records: mongo.Collection<StoredRecord>;
  readonly reads: Reads;
  /** Its indexes are there. Asked for again after a failure. */
  ready: Promise<void> | undefined;
  readonly prepare: () => Promise<void>;
}

/**
 * The documents port on a server that speaks MongoDB's protocol; several processes may work on one database. A write alone is one operation on its
 * document, several go by the protocol of units.ts. Every commit has write concern majority with journal: `relaxed` is answered as `durable`.
 */
export class MongoDocuments implements DocumentStore {
  readonly capabilities: MongoCapabilities;
  readonly keepsOrder = false;
  readonly #connection: Connection;
  readonly #database: mongo.Db;
  readonly #guard: UpdateGuard;
  readonly #longestReadMs: number;
  readonly #tools: UnitTools;
  readonly #settling: Settling;
  readonly #collections = new Map<string, Known>();
  readonly #kept = new WeakMap<Write, CheckedWrite>();
  readonly #underWay = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  private constructor(
    connection: Connection,
    database: mongo.Db,
    capabilities: MongoCapabilities,
    { limits = {}, logger }: MongoDocumentsOptions,
  ) {
    this.#connection = connection;
    this.#database = database;
    this.capabilities = capabilities;
    this.#guard = new UpdateGuard(database.collection('document_locks'), capabilities.atomicUpdates);
    this.#longestReadMs = limits.longestReadMs ?? 5000;
    const abandonedMs = limits.abandonedMs ?? 10_000;
    const decisions = new Decisions(database, this.#longestReadMs);
    const locks = new Locks(database, decisions, this.#guard, abandonedMs);
    this.#tools = { decisions, locks, turns: new Turns() };
    const collections = (): string[] => [...this.#collections.keys(), keysCollection];
    const settlingLimits = { longestReadMs: this.#longestReadMs, abandonedMs, sweepMs: limits.sweepMs ?? 5000 };
    this.#settling = new Settling(database, collections, this.#tools, settlingLimits, logger);
  }

  /** Rejects with `storage-unreachable` where the server cannot be reached or lacks what the law needs; the message names MONGODB_URI. */
  static async open(options: MongoDocumentsOptions): Promise<MongoDocuments> {
    const connection = await connectMongo(options);
    try {
      const database = connection.db;
      if (!database) throw new DatakeepError('storage-unreachable');
      const store = new MongoDocuments(
        connection,
        database,
        await probeMongo(database, connection.getClient()),
        options,
      );
      await database.collection(keysCollection).createIndex({ _l: 1 }, { name: '_l', sparse: true });
      store.#settling.start();
      return store;
    } catch (error) {
      await connection.close();
      throw toMongoStorageError(error, 'write');
    }
  }

  collection<T extends Document>(definition: CollectionDefinition<T>): Collection<T> {
    this.#checkOpen();
    const source = JSON.stringify(definition);
    const known = this.#collections.get(definition.name);
    if (known) {
      if (known.source !== source) throw new TypeError(`${definition.name} is defined twice, differently`);
      return known.collection as unknown as Collection<T>;
    }
    const fields = fieldsOf(definition);
    const { records, createIndexes } = recordsOf(this.#connection, definition, fields);
    const collection = new MongoCollection(definition, fields, {
      read: (name, run) => this.#do('read', async () => run((await this.#ready(name)).reads)),
      keep: (write, checked) => {
        this.#kept.set(write, checked);
        return write;
      },
    });
    const reads = new Reads(records, definition.name, this.#tools.decisions, {
      stringOrder: this.capabilities.stringOrder,
      longestMs: this.#longestReadMs,
    });
    const prepare = async (): Promise<void> => {
      await createIndexes();
      await fillUniquePlaces(this.#database, records, collection.shape);
    };
    this.#collections.set(definition.name, {
      collection: collection as MongoCollection<Document>,
      source,
      records,
      reads,
      ready: undefined,
      prepare,
    });
    return collection;
  }

  commit(writes: readonly Write[]): Promise<void> {
    return this.#do('write', async () => {
      const checked = writes.map((write) => this.#checked(write));
      for (const name of new Set(checked.map((write) => write.shape.name))) await this.#ready(name);
      const [only] = checked;
      if (!only) return;
      if (checked.length === 1 && isSingle(only, this.capabilities.stringOrder) && (await this.#single(only))) return;
      await commitUnit(checked, this.#tools);
    });
  }

  ping(): Promise<void> {
    return this.#do(
      'read',
      async () => void (await this.#database.command({ ping: 1 }, { timeoutMS: this.#longestReadMs })),
    );
  }

  figures(): Promise<{ readonly engine: string; readonly bytes: number }> {
    return this.#do('read', async () => {
      const sizes = await this.#database.command({ dbStats: 1 });
      return { engine: 'mongodb', bytes: Number(sizes['totalSize'] ?? sizes['storageSize'] ?? 0) };
    });
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      await finishWork([...this.#underWay, this.#settling.stop()], () => {
        this.#guard.end();
        this.#tools.locks.end();
      });
      await this.#connection.close();
    })();
    return this.#closed;
  }

  #checked(write: Write): CheckedWrite {
    const kept = this.#kept.get(write);
    if (kept) return kept;
    const known = this.#collections.get(write.collection);
    if (!known) throw new TypeError(`There is no collection "${write.collection}"`);
    return checkWrite(known.collection.shape, write);
  }

  #single(write: CheckedWrite): Promise<boolean> {
    const records = this.#collections.get(write.shape.name)?.records;
    if (!records) throw new TypeError(`There is no collection "${write.shape.name}"`);
    // An insert is atomic on every server.
    if (write.kind === 'insert') return writeSingle(records, write);
    return this.#guard.guarded(`${write.shape.name} ${write.id}`, () => writeSingle(records, write));
  }

  async #ready(name: string): Promise<Known> {
    const known = this.#collections.get(name);
    if (!known) throw new TypeError(`There is no collection "${name}"`);
    known.ready ??= known.prepare().catch((error: unknown) => {
      known.ready = undefined;
      throw error;
    });
    await known.ready;
    return known;
  }

  async #do<R>(kind: 'read' | 'write', action: () => Promise<R>): Promise<R> {
    this.#checkOpen();
    const running = action();
    this.#underWay.add(running);
    try {
      return await running;
    } catch (error) {
      throw toMongoStorageError(error, kind);
    } finally {
      this.#underWay.delete(running);
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new DatakeepError('not-ready', 'The store is closed.');
  }
}
