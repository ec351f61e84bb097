import { mostFound, type CollectionDefinition, type Document, type FieldType } from './document-store.ts';

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly optional: boolean;
}

export type Comparable = string | number | boolean;

/** One comparison of a `Where`: `in` has any number of operands, `absent` none, each other one. */
export interface Condition {
  /** A field, or `id`. */
  readonly name: string;
  readonly operator: 'absent' | 'eq' | 'in' | 'gte' | 'gt' | 'lte' | 'lt';
  readonly operands: readonly Comparable[];
}

const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
const ordering = ['gte', 'gt', 'lte', 'lt'] as const;

/**
 * The fields of a collection, and the checks of the documents port that every engine shares. All throw TypeError: a
 * failure is a programming error.
 */
export class Fields {
  readonly collection: string;
  readonly #byName = new Map<string, Field>();

  /** Checks that any engine can hold what is defined. */
  constructor({ name: collection, fields, indexes }: CollectionDefinition<Document>) {
    this.collection = collection;
    if (!namePattern.test(collection)) throw new TypeError(`"${collection}" cannot name a collection`);
    const seen = new Set(['id']);
    for (const [name, { type, optional = false }] of Object.entries<Omit<Field, 'name'>>(fields)) {
      // SQLite's column names are case-insensitive.
      const folded = name.toLowerCase();
      if (!namePattern.test(name) || seen.has(folded)) this.#refuse(`"${name}" cannot name a field`);
      seen.add(folded);
      this.#byName.set(name, { name, type, optional });
    }
    const named = new Set(['id']);
    for (const index of indexes) {
      if (!namePattern.test(index.name) || named.has(index.name) || index.fields.length === 0)
        this.#refuse(`"${index.name}" cannot name an index`);
      named.add(index.name);
      if (index.unique === true && index.fields.length > 1 && index.fields.some((name) => this.isOptional(name)))
        this.#refuse(`"${index.name}" is unique, of several fields, and one may be absent`);
      for (const name of index.fields)
        if (name !== 'id' && this.get(name).type === 'json') this.#refuse(`"${name}" cannot be indexed`);
    }
  }

  get all(): Iterable<Field> {
    return this.#byName.values();
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  get(name: string): Field {
    const field = this.#byName.get(name);
    if (!field) throw new TypeError(`${this.collection} has no field "${name}"`);
    return field;
  }

  /** Whether documents may lack it: never the id. */
  isOptional(name: string): boolean {
    return this.#byName.get(name)?.optional === true;
  }

  /** A field that can be added up. */
  number(name: string): Field {
    const field = this.get(name);
    return field.type === 'number' ? field : this.#refuse(`"${name}" is no number`);
  }

  /** A field that can be sorted by; undefined: the id. */
  sorted(name: string): Field | undefined {
    const field = name === 'id' ? undefined : this.get(name);
    return field?.type === 'json' ? this.#refuse(`"${name}" holds JSON and is not sorted by`) : field;
  }

  checkId(id: unknown): string {
    return typeof id === 'string' && id.length > 0 && id.length <= 200 && id.isWellFormed()
      ? id
      : this.#refuse('an id is a string of 1 to 200 characters');
  }

  /** A value that the field can store and return equal. */
  checkValue({ name, type }: Field, value: unknown): void {
    const fits =
      type === 'json'
        ? value !== undefined
        : typeof value === type &&
          (typeof value !== 'number' || Number.isFinite(value)) &&
          (typeof value !== 'string' || value.isWellFormed());
    if (!fits) this.#refuse(`"${name}" takes a ${type}${type === 'string' ? ' of whole characters' : ''}`);
  }

  /** The limit of a find, whole. */
  checkLimit(limit: number): number {
    return limit >= 0 && limit <= mostFound ? Math.trunc(limit) : this.#refuse(`a limit is 0 to ${mostFound}`);
  }

  /** A value that the field, or the id, is compared with. */
  comparable(name: string, value: unknown): Comparable {
    if (name === 'id') return this.checkId(value);
    const field = this.get(name);
    if (field.type === 'json') this.#refuse(`"${name}" holds JSON and is not compared`);
    this.checkValue(field, value);
    return value as Comparable;
  }

  /** The comparisons of a `Where`, which all must hold. */
  conditions(where: Readonly<Record<string, unknown>>): Condition[] {
    return Object.entries(where).flatMap(([name, condition]): Condition[] => {
      const checked = (value: unknown): Comparable => this.comparable(name, value);
      if (name !== 'id') this.get(name);
      if (condition === null) return [{ name, operator: 'absent', operands: [] }];
      if (typeof condition !== 'object') return [{ name, operator: 'eq', operands: [checked(condition)] }];
      return Object.entries(condition).map(([operator, operand]: [string, unknown]) => {
        if (operator === 'in' && Array.isArray(operand)) return { name, operator, operands: operand.map(checked) };
        const known = ordering.find((one) => one === operator);
        if (!known) return this.#refuse(`"${name}" has no comparison "${operator}"`);
        return { name, operator: known, operands: [checked(operand)] };
      });
    });
  }

  #refuse(what: string): never {
    throw new TypeError(`${this.collection}: ${what}`);
  }
}
