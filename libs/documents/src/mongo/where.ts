import { checkId, checkValue, fieldOf, type Field } from '../definition-checks.ts';
import type { Image } from './record.ts';

/** A `Where` twice: as the server is asked and as it is tested here. */
export interface Condition {
  readonly filter: Readonly<Record<string, unknown>>;
  readonly test: (id: string, image: Image) => boolean;
  /** Whether it compares strings by order, which some servers do otherwise. */
  readonly ordersStrings: boolean;
}

type Test = (value: string | number | boolean | undefined) => boolean;

const operators = { gte: '$gte', gt: '$gt', lte: '$lte', lt: '$lt' } as const;
type Operator = keyof typeof operators;

export function compileWhere(
  collection: string,
  fields: ReadonlyMap<string, Field>,
  where: Readonly<Record<string, unknown>>,
): Condition {
  const conditions: Record<string, unknown>[] = [];
  const tests: { readonly name: string; readonly test: Test }[] = [];
  let ordersStrings = false;
  for (const [name, asked] of Object.entries(where)) {
    if (name !== 'id') fieldOf(fields, collection, name);
    const path = name === 'id' ? '_id' : name;
    const add = (condition: unknown, test: Test): void => {
      conditions.push({ [path]: condition });
      tests.push({ name, test });
    };
    const checked = (value: unknown): string | number | boolean => comparable(collection, fields, name, value);
    if (asked === null) add({ $exists: false }, (value) => value === undefined);
    else if (typeof asked !== 'object') {
      const wanted = checked(asked);
      add({ $eq: wanted }, (value) => value === wanted);
    } else {
      for (const [operator, operand] of Object.entries(asked)) {
        if (operator === 'in' && Array.isArray(operand)) {
          const list = operand.map(checked);
          add({ $in: list }, (value) => value !== undefined && list.includes(value));
        } else if (Object.hasOwn(operators, operator)) {
          const wanted = checked(operand);
          ordersStrings ||= typeof wanted === 'string';
          add(
            { [operators[operator as Operator]]: wanted },
            (value) => value !== undefined && holds(operator as Operator, compareMembers(value, wanted)),
          );
        } else throw new TypeError(`${collection}: "${name}" has no comparison "${operator}"`);
      }
    }
  }
  return {
    filter: conditions.length === 0 ? {} : { $and: conditions },
    test: (id, image) => tests.every(({ name, test }) => test(name === 'id' ? id : image[name])),
    ordersStrings,
  };
}

export function comparable(
  collection: string,
  fields: ReadonlyMap<string, Field>,
  name: string,
  value: unknown,
): string | number | boolean {
  if (name === 'id') {
    checkId(collection, value);
    return value;
  }
  const field = fieldOf(fields, collection, name);
  if (field.type === 'json') throw new TypeError(`${collection}: "${name}" holds JSON and is not compared`);
  checkValue(collection, field, value);
  return value as string | number | boolean;
}

function holds(operator: Operator, order: number): boolean {
  if (operator === 'gt') return order > 0;
  if (operator === 'gte') return order >= 0;
  return operator === 'lt' ? order < 0 : order <= 0;
}

/** Absent first; numbers as such, false before true, strings by code point. */
export function compareMembers(
  a: string | number | boolean | undefined,
  b: string | number | boolean | undefined,
): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  const left = Number(a);
  const right = Number(b);
  return left < right ? -1 : Number(left > right);
}
