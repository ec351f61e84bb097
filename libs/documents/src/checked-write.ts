import { checkId, checkValue, fieldOf, numberField, type Field } from './definition-checks.ts';
import type { Write } from './document-store.ts';

/** Members as the engines hold them: strings, numbers and booleans as such, JSON as text; absent members absent. */
export type Members = Readonly<Record<string, string | number | boolean>>;

/** A write after its checks. Values are taken when it is made: later changes of the caller's object do not count. */
export interface CheckedWrite extends Pick<Write, 'collection' | 'kind' | 'id'> {
  readonly set: Members;
  readonly unset: readonly string[];
  readonly inc: Readonly<Record<string, number>>;
}

/** Throws TypeError for fields and values that the definition does not know; `onlyIf` is for the engine to check. */
export function checkWrite(fields: ReadonlyMap<string, Field>, write: Write): CheckedWrite {
  const { collection, kind, id, unset = [] } = write;
  checkId(collection, id);
  const changed = new Set<string>();
  const take = (name: string): Field => {
    if (changed.has(name)) throw new TypeError(`${collection}: "${name}" is changed twice in one write`);
    changed.add(name);
    return fieldOf(fields, collection, name);
  };
  const set: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(write.set ?? {})) {
    const field = value === undefined ? fieldOf(fields, collection, name) : take(name);
    if (value !== undefined) set[name] = memberOf(collection, field, value);
  }
  for (const name of unset) if (!take(name).optional) throw new TypeError(`${collection}: "${name}" cannot be absent`);
  for (const [name, value] of Object.entries(write.inc ?? {}))
    checkValue(collection, numberField(fields, collection, take(name).name), value);
  if (kind === 'insert')
    for (const { name, optional } of fields.values())
      if (!optional && set[name] === undefined) throw new TypeError(`${collection}: "${name}" is missing`);
  return { collection, kind, id, set, unset, inc: { ...write.inc } };
}

function memberOf(collection: string, field: Field, value: unknown): string | number | boolean {
  checkValue(collection, field, value);
  if (field.type !== 'json') return value as string | number | boolean;
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`${collection}: "${field.name}" takes a JSON value`);
  return text;
}
