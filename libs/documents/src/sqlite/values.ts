import { checkValue, type Field } from '../definition-checks.ts';

/** What a column holds: TEXT for string and json, REAL for number, 0 or 1 for boolean, NULL for absent. */
export type ColumnValue = string | number | null;

export const columnTypes = { string: 'TEXT', number: 'REAL', boolean: 'INTEGER', json: 'TEXT' } as const;

export function toColumn(collection: string, field: Field, value: unknown): ColumnValue {
  checkValue(collection, field, value);
  switch (field.type) {
    case 'boolean':
      return value === true ? 1 : 0;
    case 'json': {
      const text: string | undefined = JSON.stringify(value);
      if (text === undefined) throw new TypeError(`${collection}: "${field.name}" takes a JSON value`);
      return text;
    }
    default:
      return value as string | number;
  }
}

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
