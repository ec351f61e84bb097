import type { Field } from './definition-checks.ts';
import type { Collection, CollectionDefinition, Document, Find, Where, Write } from './document-store.ts';

/** What the collections of every engine do alike. */
export abstract class CheckedCollection<T extends Document> implements Collection<T> {
  readonly definition: CollectionDefinition<T>;
  readonly fields: ReadonlyMap<string, Field>;

  constructor(definition: CollectionDefinition<T>, fields: ReadonlyMap<string, Field>) {
    this.definition = definition;
    this.fields = fields;
  }

  abstract get(id: string): Promise<T | undefined>;
  abstract find(find: Find<T>): Promise<T[]>;
  abstract count(where?: Where<T>): Promise<number>;
  abstract sum(field: keyof T & string, where?: Where<T>): Promise<number>;
  /** Checks a write, and keeps the checked form until it is committed. */
  protected abstract keep(write: Write): Write;

  async findOne(where: Where<T>): Promise<T | undefined> {
    return (await this.find({ where, limit: 1 }))[0];
  }

  insert({ id, ...set }: T): Write {
    return this.keep({ collection: this.definition.name, kind: 'insert', id, set });
  }

  update(id: string, { set, unset, inc }: Parameters<Collection<T>['update']>[1], onlyIf?: Where<T>): Write {
    return this.keep({
      collection: this.definition.name,
      kind: 'update',
      id,
      ...(set ? { set } : {}),
      ...(unset ? { unset } : {}),
      ...(inc ? { inc: inc as Readonly<Record<string, number>> } : {}),
      ...(onlyIf ? { onlyIf } : {}),
    });
  }

  delete(id: string, onlyIf?: Where<T>): Write {
    return this.keep({ collection: this.definition.name, kind: 'delete', id, ...(onlyIf ? { onlyIf } : {}) });
  }
}
