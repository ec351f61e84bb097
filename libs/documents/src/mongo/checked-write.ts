import { checkId, checkValue, fieldOf, type Field } from '../definition-checks.ts';
import type { Write } from '../document-store.ts';
import { encodeMember, type Image } from './record.ts';
import { compileWhere, type ServerFilter } from './where.ts';

/** A collection as the engine knows it. */
export interface Shape {
  readonly name: string;
  readonly fields: ReadonlyMap<string, Field>;
}

/** A write after its checks. Values are taken when it is made: later changes of the caller's object do not count. */
export interface CheckedWrite {
  readonly shape: Shape;
  readonly kind: 'insert' | 'update' | 'delete';
  readonly id: string;
  readonly set: Image;
  readonly unset: readonly string[];
  readonly inc: Readonly<Record<string, number>>;
  readonly onlyIf: ServerFilter;
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
