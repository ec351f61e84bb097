import type { Field } from '../definition-checks.ts';

/** A document's members as the server holds them: strings, numbers and booleans as such, JSON as text; absent members absent. */
export type Image = Readonly<Record<string, string | number | boolean>>;

/**
 * A stored document: its members beside what the protocol of units (units.ts) needs. Members begin with a letter, so these names are free.
 * `_h`: batches that locked it, oldest first, whose outcome is not folded into the members yet. `_l`: the last of them. `_r`: counts changes
 * of these. `_x`: below its batches there is no document yet.
 */
export interface StoredRecord {
  readonly _id: string;
  readonly _h?: readonly string[];
  readonly _l?: string;
  readonly _r?: number;
  readonly _x?: number;
}

export function encodeMember(field: Field, value: unknown): string | number | boolean {
  if (field.type !== 'json') return value as string | number | boolean;
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`"${field.name}" takes a JSON value`);
  return text;
}

export function decode(fields: ReadonlyMap<string, Field>, id: string, image: Image): Record<string, unknown> {
  const document: Record<string, unknown> = { id };
  for (const field of fields.values()) {
    const value = image[field.name];
    if (value !== undefined)
      document[field.name] = field.type === 'json' ? (JSON.parse(value as string) as unknown) : value;
  }
  return document;
}

/** The members alone, or null where below the batches there is no document. */
export function baseOf(record: StoredRecord): Image | null {
  if (record._x !== undefined) return null;
  const image: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(record))
    if (!name.startsWith('_')) image[name] = value as string | number | boolean;
  return image;
}
