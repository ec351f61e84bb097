import type { Members } from '../checked-write.ts';
import type { Fields } from '../fields.ts';

/** Members begin with a letter, so names with `_` are free. */
export interface StoredRecord {
  readonly _id: string;
  /** Counts the updates that changed nothing: a check within a transaction must conflict with a change by another. */
  readonly _checks?: number;
}

export function decode(fields: Fields, record: StoredRecord): Record<string, unknown> {
  const members = record as unknown as Members;
  const document: Record<string, unknown> = { id: record._id };
  for (const field of fields.all) {
    const value = members[field.name];
    if (value !== undefined)
      document[field.name] = field.type === 'json' ? (JSON.parse(value as string) as unknown) : value;
  }
  return document;
}
