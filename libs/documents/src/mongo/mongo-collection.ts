import { mongo, Schema, type Connection } from 'mongoose';
import { CheckedCollection } from '../checked-collection.ts';
import { checkWrite } from '../checked-write.ts';
import type { CollectionDefinition, Document, Find, Where, Write } from '../document-store.ts';
import type { Fields } from '../fields.ts';
import type { ServerWrite } from './carry-out.ts';
import { findOrder } from './find-order.ts';
import type { Reads } from './reads.ts';
import { decode, type StoredRecord } from './record.ts';
import { compileWhere } from './where.ts';

const types = { string: String, number: Number, boolean: Boolean, json: String } as const;

/**
 * The Mongoose schema of a definition: its fields and its indexes. Those that are not unique hold the id, which breaks
 * ties in a sort by the field before it; a unique one of a field that may be absent is sparse, so that it does not
 * count documents without it.
 */
export function schemaOf<T extends Document>(definition: CollectionDefinition<T>, fields: Fields): Schema {
  const members = Array.from(fields.all, ({ name, type, optional }) => [
    name,
    { type: types[type], required: !optional },
  ]);
  const schema = new Schema(
    {
      _id: String,
      ...(Object.fromEntries(members) as object),
      _checks: Number,
    },
    { collection: definition.name, versionKey: false, id: false },
  );
  for (const index of definition.indexes) {
    const { name, unique = false } = index;
    const paths = index.fields.map((field) => (field === 'id' ? '_id' : field));
    const keys = unique ? paths : [...new Set([...paths, '_id'])];
    const sparse = unique && index.fields.some((field) => fields.isOptional(field));
    schema.index(Object.fromEntries(keys.map((key) => [key, 1])), { name, unique, sparse });
  }
  return schema;
}

/** Drops the indexes that were made by an earlier definition: the server refuses another one of the same name. */
async function dropFormer(
  collection: Pick<mongo.Collection<StoredRecord>, 'listIndexes' | 'dropIndex'>,
  schema: Schema,
): Promise<void> {
  const defined = new Map(schema.indexes().map(([key, { name }]) => [name, JSON.stringify(key)]));
  for (const { name, key } of await collection.listIndexes().toArray()) {
    const wanted = defined.get(name);
    if (wanted === undefined || wanted === JSON.stringify(key)) continue;
    await collection.dropIndex(name).catch((error: unknown) => {
      // 27, IndexNotFound: another process has done so.
      if (!(error instanceof mongo.MongoServerError) || error.code !== 27) throw error;
    });
  }
}

/** The server's collection of a definition. */
export function recordsOf<T extends Document>(
  connection: Connection,
  definition: CollectionDefinition<T>,
  fields: Fields,
): { readonly records: mongo.Collection<StoredRecord>; readonly prepare: () => Promise<void> } {
  const schema = schemaOf(definition, fields);
  const model = connection.model(definition.name, schema);
  const records = model.collection as unknown as mongo.Collection<StoredRecord>;
  return {
    records,
    // Before any transaction writes to it, as none makes a collection.
    prepare: async () => {
      await model.createCollection();
      await dropFormer(records, schema);
      await model.createIndexes();
    },
  };
}

/** Runs a read once the collection is ready; errors come out as the catalogue's. */
type Read = <R>(run: (reads: Reads) => Promise<R>) => Promise<R>;

export class MongoCollection<T extends Document> extends CheckedCollection<T, ServerWrite> {
  readonly #read: Read;

  constructor(definition: CollectionDefinition<T>, fields: Fields, read: Read) {
    super(definition, fields);
    this.#read = read;
  }

  async get(id: string): Promise<T | undefined> {
    this.fields.checkId(id);
    const found = await this.#read((reads) => reads.get(id));
    return found && this.#document(found);
  }

  async find(find: Find<T>): Promise<T[]> {
    const limit = this.fields.checkLimit(find.limit);
    const where = compileWhere(this.fields, find.where ?? {});
    const order = findOrder(this.fields, find);
    if (limit === 0) return [];
    const found = await this.#read((reads) => reads.find(where, order, limit));
    return found.map((record) => this.#document(record));
  }

  async count(where: Where<T> = {}): Promise<number> {
    const condition = compileWhere(this.fields, where);
    return this.#read((reads) => reads.count(condition));
  }

  async sum(field: keyof T & string, where: Where<T> = {}): Promise<number> {
    const { name } = this.fields.number(field);
    const condition = compileWhere(this.fields, where);
    return this.#read((reads) => reads.sum(name, condition));
  }

  protected formOf(write: Write): ServerWrite {
    const onlyIf = compileWhere(this.fields, write.onlyIf ?? {});
    return { ...checkWrite(this.fields, write), onlyIf };
  }

  #document(record: StoredRecord): T {
    return decode(this.fields, record) as T;
  }
}
