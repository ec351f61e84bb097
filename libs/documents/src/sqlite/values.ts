import type { Comparable, Field } from '../fields.ts';

/** What a column holds: TEXT for string and json, REAL for number, 0 or 1 for boolean, NULL for absent. */
export type ColumnValue = string | number | null;

/** SQL text with the values of its `?` parameters, in their order. */
export interface BoundSql {
  readonly sql: string;
  readonly values: readonly ColumnValue[];
}

export const columnTypes = { string: 'TEXT', number: 'REAL', boolean: 'INTEGER', json: 'TEXT' } as const;

export const toColumn = (value: Comparable): ColumnValue => (typeof value === 'boolean' ? Number(value) : value);

export function fromColumn(field: Field, value: ColumnValue): unknown {
  switch (field.type) {
    case 'boolean':
      return value === 1;
    case 'json':
      return JSON.parse(value as string);
    default:
      return value;
  }
}
