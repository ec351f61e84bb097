import type { Collection, CollectionDefinition, Document, Find, Where, Write } from './document-store.ts';
import type { Fields } from './fields.ts';

/** A write that a collection made. `form`: what its engine carries out, of the values as they were then. */
interface MadeWrite<Form> extends Write {
  readonly form: Form;
}

/** Throws TypeError for a write that was made by hand. */
export function formsOf<Form>(writes: readonly Write[]): Form[] {
  return writes.map((write) => {
    if (!('form' in write)) throw new TypeError(`${write.collection}: a write is made by a collection`);
    return (write as MadeWrite<Form>).form;
  });
}

/** What the collections of every engine do alike. */
export abstract class CheckedCollection<T extends Document, Form> implements Collection<T> {
  readonly definition: CollectionDefinition<T>;
  readonly fields: Fields;

  constructor(definition: CollectionDefinition<T>, fields: Fields) {
    this.definition = definition;
    this.fields = fields;
  }

  abstract get(id: string): Promise<T | undefined>;
  abstract find(find: Find<T>): Promise<T[]>;
  abstract count(where?: Where<T>): Promise<number>;
  abstract sum(field: keyof T & string, where?: Where<T>): Promise<number>;
  /** Checks a write: TypeError. */
  protected abstract formOf(write: Write): Form;

  async findOne(where: Where<T>): Promise<T | undefined> {
    return (await this.find({ where, limit: 1 }))[0];
  }

  insert({ id, ...set }: T): Write {
    return this.#made({ collection: this.definition.name, kind: 'insert', id, set });
  }

  update(id: string, change: Parameters<Collection<T>['update']>[1], onlyIf?: Where<T>): Write {
    const { set, unset, inc } = change as Pick<Write, 'set' | 'unset' | 'inc'>;
    return this.#made({ collection: this.definition.name, kind: 'update', id, set, unset, inc, onlyIf });
  }

  delete(id: string, onlyIf?: Where<T>): Write {
    return this.#made({ collection: this.definition.name, kind: 'delete', id, onlyIf });
  }

  #made(write: Write): MadeWrite<Form> {
    return { ...write, form: this.formOf(write) };
  }
}
