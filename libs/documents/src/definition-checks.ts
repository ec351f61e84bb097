import { mostFound, type CollectionDefinition, type Document, type FieldType } from './document-store.ts';

/** The checks of the documents port that every engine shares. All throw TypeError: a failure is a programming error. */

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly optional: boolean;
}

const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/** The definition's fields by name, after checking that any engine can hold it. */
export function fieldsOf<T extends Document>(definition: CollectionDefinition<T>): ReadonlyMap<string, Field> {
  if (!namePattern.test(definition.name)) throw new TypeError(`"${definition.name}" cannot name a collection`);
  const fields = new Map<string, Field>();
  const seen = new Set(['id']);
  for (const [name, field] of Object.entries<{ readonly type: FieldType; readonly optional?: boolean }>(
    definition.fields,
  )) {
    // SQLite's column names are case-insensitive.
    const folded = name.toLowerCase();
    if (!namePattern.test(name) || seen.has(folded))
      throw new TypeError(`${definition.name}: "${name}" cannot name a field`);
    seen.add(folded);
    fields.set(name, { name, type: field.type, optional: field.optional === true });
  }
  const indexes = new Set<string>();
  for (const index of definition.indexes) {
    if (!namePattern.test(index.name) || index.name === 'id' || indexes.has(index.name) || index.fields.length === 0) {
      throw new TypeError(`${definition.name}: "${index.name}" cannot name an index`);
    }
    indexes.add(index.name);
    if (index.unique === true && index.fields.length > 1 && index.fields.some((name) => fields.get(name)?.optional))
      throw new TypeError(`${definition.name}: "${index.name}" is unique, of several fields, and one may be absent`);
    for (const name of index.fields) {
      if (name !== 'id' && fieldOf(fields, definition.name, name).type === 'json')
        throw new TypeError(`${definition.name}: "${name}" cannot be indexed`);
    }
  }
  return fields;
}

export function fieldOf(fields: ReadonlyMap<string, Field>, collection: string, name: string): Field {
  const field = fields.get(name);
  if (!field) throw new TypeError(`${collection} has no field "${name}"`);
  return field;
}

/** A field that can be added up. */
export function numberField(fields: ReadonlyMap<string, Field>, collection: string, name: string): Field {
  const field = fieldOf(fields, collection, name);
  if (field.type !== 'number') throw new TypeError(`${collection}: "${name}" is no number`);
  return field;
}

export function checkId(collection: string, id: unknown): asserts id is string {
  if (typeof id !== 'string' || id.length === 0 || id.length > 200 || !id.isWellFormed()) {
    throw new TypeError(`${collection}: an id is a string of 1 to 200 characters`);
  }
}

/** A value that the field can store and return equal. */
export function checkValue(collection: string, field: Field, value: unknown): void {
  const fits =
    field.type === 'json'
      ? value !== undefined
      : typeof value === field.type &&
        (typeof value !== 'number' || Number.isFinite(value)) &&
        (typeof value !== 'string' || value.isWellFormed());
  if (!fits)
    throw new TypeError(
      `${collection}: "${field.name}" takes a ${field.type}${field.type === 'string' ? ' of whole characters' : ''}`,
    );
}

/** The limit of a find, whole. */
export function checkLimit(collection: string, limit: number): number {
  if (!(limit >= 0 && limit <= mostFound)) throw new TypeError(`${collection}: a limit is 0 to ${mostFound}`);
  return Math.trunc(limit);
}
