import type { Write } from './document-store.ts';
import type { Comparable, Field, Fields } from './fields.ts';

/** Members as the engines hold them: strings, numbers and booleans as such, JSON as text; absent members absent. */
export type Members = Readonly<Record<string, Comparable>>;

/** A write after its checks. */
export interface CheckedWrite extends Pick<Write, 'collection' | 'kind' | 'id'> {
  readonly set: Members;
  readonly unset: readonly string[];
  readonly inc: Readonly<Record<string, number>>;
}

/** Throws TypeError for fields and values that the definition does not know; `onlyIf` is for the engine to check. */
export function checkWrite(fields: Fields, write: Write): CheckedWrite {
  const { collection, kind, id, unset = [] } = write;
  fields.checkId(id);
  const changed = new Set<string>();
  const take = (name: string): Field => {
    if (changed.has(name)) throw new TypeError(`${collection}: "${name}" is changed twice in one write`);
    changed.add(name);
    return fields.get(name);
  };
  const set: Record<string, Comparable> = {};
  for (const [name, value] of Object.entries(write.set ?? {})) {
    const field = value === undefined ? fields.get(name) : take(name);
    if (value !== undefined) set[name] = memberOf(fields, field, value);
  }
  for (const name of unset) if (!take(name).optional) throw new TypeError(`${collection}: "${name}" cannot be absent`);
  for (const [name, value] of Object.entries(write.inc ?? {})) fields.checkValue(fields.number(take(name).name), value);
  if (kind === 'insert')
    for (const { name, optional } of fields.all)
      if (!optional && set[name] === undefined) throw new TypeError(`${collection}: "${name}" is missing`);
  return { collection, kind, id, set, unset, inc: { ...write.inc } };
}

function memberOf(fields: Fields, field: Field, value: unknown): Comparable {
  fields.checkValue(field, value);
  if (field.type !== 'json') return value as Comparable;
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`${fields.collection}: "${field.name}" takes a JSON value`);
  return text;
}
