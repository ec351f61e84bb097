import { hash } from 'node:crypto';
import { checkId, checkValue, fieldOf, type Field } from '../definition-checks.ts';
import type { CollectionDefinition, Document, IndexDefinition, Write } from '../document-store.ts';
import { encodeMember, type Image } from './record.ts';
import { compileWhere, type Condition } from './where.ts';

/** A collection as the engine knows it. */
export interface Shape {
  readonly name: string;
  readonly fields: ReadonlyMap<string, Field>;
  readonly unique: readonly IndexDefinition[];
}

export function shapeOf<T extends Document>(
  definition: CollectionDefinition<T>,
  fields: ReadonlyMap<string, Field>,
): Shape {
  return { name: definition.name, fields, unique: definition.indexes.filter((index) => index.unique === true) };
}

/** A write after its checks. Values are taken when it is made: later changes of the caller's object do not count. */
export interface CheckedWrite {
  readonly shape: Shape;
  readonly kind: 'insert' | 'update' | 'delete';
  readonly id: string;
  readonly set: Image;
  readonly unset: readonly string[];
  readonly inc: Readonly<Record<string, number>>;
  readonly onlyIf: Condition;
}

/** Throws TypeError for fields and values that the definition does not know. */
export function checkWrite(shape: Shape, write: Write): CheckedWrite {
  checkId(shape.name, write.id);
  const changed = new Set<string>();
  const take = (name: string): Field => {
    if (changed.has(name)) throw new TypeError(`${shape.name}: "${name}" is changed twice in one write`);
    changed.add(name);
    return fieldOf(shape.fields, shape.name, name);
  };
  const set: Record<string, string | number | boolean> = {};
  const inc: Record<string, number> = {};
  for (const [name, value] of Object.entries(write.set ?? {})) {
    if (value === undefined) {
      fieldOf(shape.fields, shape.name, name);
      continue;
    }
    const field = take(name);
    checkValue(shape.name, field, value);
    set[name] = encodeMember(field, value);
  }
  for (const name of write.unset ?? [])
    if (!take(name).optional) throw new TypeError(`${shape.name}: "${name}" cannot be absent`);
  for (const [name, value] of Object.entries(write.inc ?? {})) {
    const field = take(name);
    if (field.type !== 'number') throw new TypeError(`${shape.name}: "${name}" is no number`);
    checkValue(shape.name, field, value);
    inc[name] = value;
  }
  if (write.kind === 'insert')
    for (const field of shape.fields.values())
      if (!field.optional && set[field.name] === undefined)
        throw new TypeError(`${shape.name}: "${field.name}" is missing`);
  const onlyIf = compileWhere(shape.name, shape.fields, write.onlyIf ?? {});
  return { shape, kind: write.kind, id: write.id, set, unset: write.unset ?? [], inc, onlyIf };
}

/** The document after an update. */
export function updated(image: Image, write: CheckedWrite): Image {
  const after: Record<string, string | number | boolean> = { ...image, ...write.set };
  for (const name of write.unset) delete after[name];
  for (const [name, step] of Object.entries(write.inc)) after[name] = Number(after[name] ?? 0) + step;
  return after;
}

/** Whether the write may take or free a place in a unique index. */
export function touchesUnique(write: CheckedWrite): boolean {
  if (write.kind !== 'update') return write.shape.unique.length > 0;
  return write.shape.unique.some((index) =>
    index.fields.some((name) => name in write.set || name in write.inc || write.unset.includes(name)),
  );
}

export interface UniqueKey {
  readonly index: string;
  readonly key: string;
}

/** The places that a document takes in unique indexes: none where it lacks a field of one. */
export function uniqueKeys(shape: Shape, id: string, image: Image | null): UniqueKey[] {
  if (!image) return [];
  const keys: UniqueKey[] = [];
  for (const index of shape.unique) {
    const values = index.fields.map((name) => (name === 'id' ? id : image[name]));
    // The fields stand in the key, so that an index defined otherwise than before has other keys.
    if (!values.includes(undefined))
      keys.push({
        index: index.name,
        key: hash('sha256', JSON.stringify([shape.name, index.name, index.fields, values]), 'base64url'),
      });
  }
  return keys;
}
