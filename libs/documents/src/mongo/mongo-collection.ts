import { Schema, type Connection, type mongo } from 'mongoose';
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
 * The Mongoose schema of a definition: its fields and its indexes. Those that are not unique end with the id, which
 * breaks ties in a sort by their last field; a unique one of a field that may be absent is sparse, so that it does not
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
    const keys = unique ? paths : [...new Set([...paths.filter((path) => path !== '_id'), '_id'])];
    const sparse = unique && index.fields.some((field) => fields.isOptional(field));
    schema.index(Object.fromEntries(keys.map((key) => [key, 1])), { name, unique, sparse });
  }
  return schema;
}

/** The server's collection of a definition. */
export function recordsOf<T extends Document>(
  connection: Connection,
  definition: CollectionDefinition<T>,
  fields: Fields,
): { readonly records: mongo.Collection<StoredRecord>; readonly prepare: () => Promise<void> } {
  const model = connection.model(definition.name, schemaOf(definition, fields));
  return {
    records: model.collection as unknown as mongo.Collection<StoredRecord>,
    // Before any transaction writes to it, as none makes a collection.
    prepare: async () => {
      await model.createCollection();
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
