import { checkId, checkValue, fieldOf, type Field } from './definition-checks.ts';

export type Comparable = string | number | boolean;

/** One comparison of a `Where`: `in` has any number of operands, `absent` none, each other one. */
export interface Condition {
  /** A field, or `id`. */
  readonly name: string;
  readonly operator: 'absent' | 'eq' | 'in' | 'gte' | 'gt' | 'lte' | 'lt';
  readonly operands: readonly Comparable[];
}

const ordering = ['gte', 'gt', 'lte', 'lt'] as const;

/** The comparisons of a `Where`, which all must hold. TypeError for what the definition does not name. */
export function conditionsOf(
  collection: string,
  fields: ReadonlyMap<string, Field>,
  where: Readonly<Record<string, unknown>>,
): Condition[] {
  return Object.entries(where).flatMap(([name, asked]): Condition[] => {
    const checked = (value: unknown): Comparable => comparable(collection, fields, name, value);
    if (name !== 'id') fieldOf(fields, collection, name);
    if (asked === null) return [{ name, operator: 'absent', operands: [] }];
    if (typeof asked !== 'object') return [{ name, operator: 'eq', operands: [checked(asked)] }];
    return Object.entries(asked).map(([operator, operand]: [string, unknown]) => {
      if (operator === 'in' && Array.isArray(operand)) return { name, operator, operands: operand.map(checked) };
      const known = ordering.find((one) => one === operator);
      if (!known) throw new TypeError(`${collection}: "${name}" has no comparison "${operator}"`);
      return { name, operator: known, operands: [checked(operand)] };
    });
  });
}

/** A value that the field, or the id, is compared with. */
export function comparable(
  collection: string,
  fields: ReadonlyMap<string, Field>,
  name: string,
  value: unknown,
): Comparable {
  if (name === 'id') {
    checkId(collection, value);
    return value;
  }
  const field = fieldOf(fields, collection, name);
  if (field.type === 'json') throw new TypeError(`${collection}: "${name}" holds JSON and is not compared`);
  checkValue(collection, field, value);
  return value as Comparable;
}
