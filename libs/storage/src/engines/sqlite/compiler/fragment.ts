/**
 * SQL text with the values of its `?` parameters, in their order. Beside `digits`, the only way for a value to get into
 * a statement.
 */
export interface Fragment {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

export type SqlValue = string | number | bigint | null;

export const fragment = (sql: string, ...values: SqlValue[]): Fragment => ({ sql, values });

export const never = fragment('0');

/**
 * A whole number as a literal, for values that SQLite's planner must see. Throws a TypeError for any other value,
 * whatever its type says: requests come from other processes.
 */
export function digits(value: number): string {
  if (!Number.isSafeInteger(value)) throw new TypeError('This is no whole number.');
  return String(value);
}

/**
 * Terms joined by AND or OR as a balanced tree: SQLite counts a flat chain of n terms as depth n, and the reading
 * connection allows a depth of 50.
 */
export function joined(operator: 'AND' | 'OR', terms: readonly Fragment[]): Fragment {
  const [first] = terms;
  if (first === undefined) return fragment(operator === 'AND' ? '1' : '0');
  if (terms.length === 1) return first;
  const middle = terms.length >> 1;
  const left = joined(operator, terms.slice(0, middle));
  const right = joined(operator, terms.slice(middle));
  return { sql: `(${left.sql} ${operator} ${right.sql})`, values: [...left.values, ...right.values] };
}

/**
 * A number as SQLite finds it in a payload. JSON text has the shortest digits that name a double, and SQLite reads
 * digits below 2^63 as an exact integer: 2^60 is stored as 1152921504606847000, which is not the double 2^60 but the
 * integer of those digits.
 */
export function sqlNumber(value: number): number | bigint {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 2 ** 63
    ? BigInt(String(value))
    : value;
}
