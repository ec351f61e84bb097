import { Schema, type Connection, type mongo } from 'mongoose';
import { checkId, checkLimit, numberField, type Field } from '../definition-checks.ts';
import type { Collection, CollectionDefinition, Document, Find, Where, Write } from '../document-store.ts';
import { change, deletion, insertion } from '../writes.ts';
import { checkWrite, shapeOf, type CheckedWrite, type Shape } from './checked-write.ts';
import { findOrder } from './find-order.ts';
import type { Reads } from './reads.ts';
import { decode, type StoredRecord } from './record.ts';
import { compileWhere } from './where.ts';

const types = { string: String, number: Number, boolean: Boolean, json: String } as const;

/**
 * The Mongoose schema of a definition: its fields, its plain indexes (each ending with the id, which breaks ties in a sort by its last field), and what units.ts keeps
 * beside them. Unique indexes are places in `document_keys`.
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
      _h: { type: [String], default: undefined },
      _l: String,
      _r: Number,
      _x: Number,
    },
    { collection: definition.name, versionKey: false, id: false },
  );
  for (const index of definition.indexes) {
    const names = [...new Set([...index.fields.filter((name) => name !== 'id'), '_id'])];
    schema.index(Object.fromEntries(names.map((name) => [name, 1])), { name: index.name });
  }
  // { _l }: the documents that a unit has locked, asked for by every find.
  schema.index({ _l: 1 }, { name: '_l', sparse: true });
  return schema;
}

/** The server's collection of a definition. */
export function recordsOf<T extends Document>(
  connection: Connection,
  definition: CollectionDefinition<T>,
  fields: ReadonlyMap<string, Field>,
): { readonly records: mongo.Collection<StoredRecord>; readonly createIndexes: () => Promise<void> } {
  const model = connection.model(definition.name, schemaOf(definition, fields));
  return {
    records: model.collection as unknown as mongo.Collection<StoredRecord>,
    createIndexes: () => model.createIndexes(),
  };
}

/** What a collection needs of its store. */
export interface CollectionHost {
  /** Runs a read once the collection is ready; errors come out as the catalogue's. */
  read<R>(collection: string, run: (reads: Reads) => Promise<R>): Promise<R>;
  /** Keeps the checked form of a write until it is committed. */
  keep(write: Write, checked: CheckedWrite): Write;
}

export class MongoCollection<T extends Document> implements Collection<T> {
  readonly definition: CollectionDefinition<T>;
  readonly shape: Shape;
  readonly #host: CollectionHost;

  constructor(definition: CollectionDefinition<T>, fields: ReadonlyMap<string, Field>, host: CollectionHost) {
    this.definition = definition;
    this.shape = shapeOf(definition, fields);
    this.#host = host;
  }

  async get(id: string): Promise<T | undefined> {
    checkId(this.definition.name, id);
    const found = await this.#host.read(this.definition.name, (reads) => reads.get(id));
    return found && this.#document(found.id, found.image);
  }

  async findOne(where: Where<T>): Promise<T | undefined> {
    return (await this.find({ where, limit: 1 }))[0];
  }

  async find(find: Find<T>): Promise<T[]> {
    const limit = checkLimit(this.definition.name, find.limit);
    const where = compileWhere(this.definition.name, this.shape.fields, find.where ?? {});
    const order = findOrder(this.definition.name, this.shape.fields, find);
    if (limit === 0) return [];
    const few = find.sort === undefined && find.after === undefined && limit > 1;
    const found = await this.#host.read(this.definition.name, (reads) => reads.find(where, order, limit, few));
    return found.map((one) => this.#document(one.id, one.image));
  }

  async count(where: Where<T> = {}): Promise<number> {
    const condition = compileWhere(this.definition.name, this.shape.fields, where);
    return this.#host.read(this.definition.name, (reads) => reads.count(condition));
  }

  async sum(field: keyof T & string, where: Where<T> = {}): Promise<number> {
    const { name } = numberField(this.shape.fields, this.definition.name, field);
    const condition = compileWhere(this.definition.name, this.shape.fields, where);
    return this.#host.read(this.definition.name, (reads) => reads.sum(name, condition));
  }

  insert(document: T): Write {
    return this.#write(insertion(this.definition.name, document));
  }

  update(id: string, changes: Parameters<Collection<T>['update']>[1], onlyIf?: Where<T>): Write {
    return this.#write(change(this.definition.name, id, changes, onlyIf));
  }

  delete(id: string, onlyIf?: Where<T>): Write {
    return this.#write(deletion(this.definition.name, id, onlyIf));
  }

  #write(write: Write): Write {
    return this.#host.keep(write, checkWrite(this.shape, write));
  }

  #document(id: string, image: Parameters<typeof decode>[2]): T {
    return decode(this.shape.fields, id, image) as T;
  }
}
