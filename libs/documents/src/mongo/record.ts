import type { Field } from '../definition-checks.ts';

/**
 * A document's members as the server holds them: strings, numbers and booleans as such, JSON as text; absent members
 * absent.
 */
export type Image = Readonly<Record<string, string | number | boolean>>;

/** Members begin with a letter, so names with `_` are free. */
export interface StoredRecord {
  readonly _id: string;
  /** Counts the updates that changed nothing: a check within a transaction must conflict with a change by another. */
  readonly _checks?: number;
}

export function encodeMember(field: Field, value: unknown): string | number | boolean {
  if (field.type !== 'json') return value as string | number | boolean;
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`"${field.name}" takes a JSON value`);
  return text;
}

export function decode(fields: ReadonlyMap<string, Field>, record: StoredRecord): Record<string, unknown> {
  const image = record as unknown as Image;
  const document: Record<string, unknown> = { id: record._id };
  for (const field of fields.values()) {
    const value = image[field.name];
    if (value !== undefined)
      document[field.name] = field.type === 'json' ? (JSON.parse(value as string) as unknown) : value;
  }
  return document;
}
