import { Schema, type Connection, type mongo } from 'mongoose';
import { CheckedCollection } from '../checked-collection.ts';
import { checkWrite } from '../checked-write.ts';
import { checkId, checkLimit, numberField, type Field } from '../definition-checks.ts';
import type { CollectionDefinition, Document, Find, Where, Write } from '../document-store.ts';
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
export function schemaOf<T extends Document>(
  definition: CollectionDefinition<T>,
  fields: ReadonlyMap<string, Field>,
): Schema {
  const members = [...fields.values()].map((field) => [
    field.name,
    { type: types[field.type], required: !field.optional },
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
    const sparse = unique && index.fields.some((field) => fields.get(field)?.optional === true);
    schema.index(Object.fromEntries(keys.map((key) => [key, 1])), { name, unique, sparse });
  }
  return schema;
}

/** The server's collection of a definition. */
export function recordsOf<T extends Document>(
  connection: Connection,
  definition: CollectionDefinition<T>,
  fields: ReadonlyMap<string, Field>,
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

/** What a collection needs of its store. */
export interface CollectionHost {
  /** Runs a read once the collection is ready; errors come out as the catalogue's. */
  read<R>(collection: string, run: (reads: Reads) => Promise<R>): Promise<R>;
  /** Keeps the checked form of a write until it is committed. */
  keep(write: Write, checked: ServerWrite): Write;
}

export class MongoCollection<T extends Document> extends CheckedCollection<T> {
  readonly #host: CollectionHost;

  constructor(definition: CollectionDefinition<T>, fields: ReadonlyMap<string, Field>, host: CollectionHost) {
    super(definition, fields);
    this.#host = host;
  }

  async get(id: string): Promise<T | undefined> {
    checkId(this.definition.name, id);
    const found = await this.#host.read(this.definition.name, (reads) => reads.get(id));
    return found && this.#document(found);
  }

  async find(find: Find<T>): Promise<T[]> {
    const limit = checkLimit(this.definition.name, find.limit);
    const where = compileWhere(this.definition.name, this.fields, find.where ?? {});
    const order = findOrder(this.definition.name, this.fields, find);
    if (limit === 0) return [];
    const found = await this.#host.read(this.definition.name, (reads) => reads.find(where, order, limit));
    return found.map((record) => this.#document(record));
  }

  async count(where: Where<T> = {}): Promise<number> {
    const condition = compileWhere(this.definition.name, this.fields, where);
    return this.#host.read(this.definition.name, (reads) => reads.count(condition));
  }

  async sum(field: keyof T & string, where: Where<T> = {}): Promise<number> {
    const { name } = numberField(this.fields, this.definition.name, field);
    const condition = compileWhere(this.definition.name, this.fields, where);
    return this.#host.read(this.definition.name, (reads) => reads.sum(name, condition));
  }

  protected keep(write: Write): Write {
    return this.#host.keep(write, this.checked(write));
  }

  checked(write: Write): ServerWrite {
    const onlyIf = compileWhere(this.definition.name, this.fields, write.onlyIf ?? {});
    return { ...checkWrite(this.fields, write), onlyIf };
  }

  #document(record: StoredRecord): T {
    return decode(this.fields, record) as T;
  }
}
