import { DatakeepError } from '@datakeep/kernel';
import {
  inTransaction,
  isDuplicateKey,
  type MongoConnectionOptions,
  type MongoSource,
  Operations,
  sourceOf,
} from '@datakeep/mongo';
import type { Connection, mongo } from 'mongoose';
import { formsOf } from '../checked-collection.ts';
import type { Collection, CollectionDefinition, Document, DocumentStore, Write } from '../document-store.ts';
import { Fields } from '../fields.ts';
import { carryOut, type ServerWrite } from './carry-out.ts';
import { MongoCollection, recordsOf } from './mongo-collection.ts';
import { Reads } from './reads.ts';
import type { StoredRecord } from './record.ts';

export type MongoDocumentsOptions = MongoConnectionOptions | MongoSource;

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
 * The documents port on MongoDB; several processes may work on one database. One write is one atomic step on its
 * document, several are one transaction. Every commit is acknowledged by the majority and its journal: `relaxed` is
 * answered as `durable`.
 */
export class MongoDocuments implements DocumentStore {
  readonly #source: MongoSource;
  readonly #connection: Connection;
  readonly #database: mongo.Db;
  readonly #collections = new Map<string, Known>();
  readonly #work = new Operations();

  private constructor(source: MongoSource) {
    this.#source = source;
    this.#connection = source.connection;
    this.#database = source.connection.db as mongo.Db;
  }

  /**
   * Rejects with `storage-unreachable` where the server cannot be reached or has no transactions; the message names
   * MONGODB_URI.
   */
  static async open(options: MongoDocumentsOptions): Promise<MongoDocuments> {
    return new MongoDocuments(await sourceOf(options));
  }

  collection<T extends Document>(definition: CollectionDefinition<T>): Collection<T> {
    this.#work.checkOpen();
    const source = JSON.stringify(definition);
    const known = this.#collections.get(definition.name);
    if (known) {
      if (known.source !== source) throw new TypeError(`${definition.name} is defined twice, differently`);
      return known.collection as unknown as Collection<T>;
    }
    const fields = new Fields(definition);
    const { records, prepare } = recordsOf(this.#connection, definition, fields);
    const collection = new MongoCollection(definition, fields, (run) =>
      this.#work.run('read', async () => run((await this.#ready(definition.name)).reads)),
    );
    this.#collections.set(definition.name, {
      collection: collection as MongoCollection<Document>,
      source,
      records,
      reads: new Reads(records, () => this.#source.session),
      ready: undefined,
      prepare,
    });
    return collection;
  }

  commit(writes: readonly Write[]): Promise<void> {
    return this.#work.run('write', async () => {
      const checked = formsOf<ServerWrite>(writes);
      const known = await Promise.all(checked.map((write) => this.#ready(write.collection)));
      const carryOutAll = async (session?: mongo.ClientSession): Promise<void> => {
        for (const [index, write] of checked.entries())
          await carryOut((known[index] as Known).records, write, index, session);
      };
      await (checked.length > 1 ? inTransaction(this.#connection.getClient(), carryOutAll) : carryOutAll());
    });
  }

  ping(): Promise<void> {
    return this.#work.ping(this.#database);
  }

  figures(): Promise<{ readonly engine: string; readonly bytes: number }> {
    return this.#work.run('read', async () => {
      const sizes = await this.#database.command({ dbStats: 1 });
      return { engine: 'mongodb', bytes: Number(sizes['totalSize'] ?? sizes['storageSize'] ?? 0) };
    });
  }

  async counts(): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    for (const [name, { collection }] of this.#collections) counts[name] = await collection.count();
    return counts;
  }

  close(): Promise<void> {
    return this.#work.close(() => this.#source.close?.());
  }

  async #ready(name: string): Promise<Known> {
    const known = this.#collections.get(name);
    if (!known) throw new TypeError(`There is no collection "${name}"`);
    known.ready ??= known.prepare().catch((error: unknown) => {
      known.ready = undefined;
      if (!isDuplicateKey(error)) throw error;
      throw new DatakeepError('storage-unreachable', `${name}: two documents have one value of a unique index`);
    });
    await known.ready;
    return known;
  }
}
