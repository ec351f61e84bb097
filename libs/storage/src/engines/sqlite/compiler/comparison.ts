import type { Filter, Scalar } from '@datakeep/contracts';
import { fragment, joined, never, sqlNumber, type Fragment } from './fragment.ts';

/** One test of a scalar: a leaf of the filter without its field. */
export type Test =
  | { readonly operator: 'eq' | 'lt' | 'lte' | 'gt' | 'gte' | 'prefix' | 'contains'; readonly value: Scalar }
  | { readonly operator: 'in'; readonly values: readonly Scalar[] };

export function testOf(filter: Exclude<Filter, { readonly node: 'and' | 'or' | 'not' | 'exists' }>): Test {
  return filter.node === 'in'
    ? { operator: 'in', values: filter.values }
    : { operator: filter.node, value: filter.value };
}

const symbols = { eq: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/**
 * The SQL of a scalar: its value, and (for JSON) the SQL of its type. Types that the column itself guarantees need no
 * test.
 */
export interface Operand {
  readonly value: string;
  readonly jsonType?: string;
  /** Without `jsonType`: what the column holds. */
  readonly holds?: 'text' | 'integer';
}

/**
 * True, false or NULL; NULL counts as false wherever it is used. The type test is a separate term beside the value's,
 * never around it, so that an index on the value serves.
 */
export function comparison(operand: Operand, test: Test): Fragment {
  if (test.operator === 'in') return isIn(operand, test.values);
  const { value } = test;
  if (typeof value === 'string') return typed(operand, 'text', stringTest(operand.value, test.operator, value));
  if (test.operator === 'prefix' || test.operator === 'contains') return never;
  if (typeof value === 'number')
    return typed(operand, 'integer', fragment(`${operand.value} ${symbols[test.operator]} ?`, sqlNumber(value)));
  if (test.operator !== 'eq' || operand.jsonType === undefined) return never;
  if (value === null) return fragment(`${operand.jsonType} = 'null'`);
  return fragment(`(${operand.value} = ${value ? 1 : 0} AND ${operand.jsonType} = '${String(value)}')`);
}

function typed(operand: Operand, type: 'text' | 'integer', test: Fragment): Fragment {
  if (operand.jsonType === undefined) return operand.holds === type ? test : never;
  const types = type === 'text' ? "= 'text'" : "IN ('integer','real')";
  return { sql: `(${test.sql} AND ${operand.jsonType} ${types})`, values: test.values };
}

function stringTest(
  expression: string,
  operator: keyof typeof symbols | 'prefix' | 'contains',
  value: string,
): Fragment {
  if (operator === 'contains') return fragment(`instr(${expression}, ?) > 0`, value);
  if (operator !== 'prefix') return fragment(`${expression} ${symbols[operator]} ?`, value);
  const end = afterPrefix(value);
  // A range and not substr(), which stops at NUL; and an index serves it.
  return end === undefined
    ? fragment(`${expression} >= ?`, value)
    : fragment(`(${expression} >= ? AND ${expression} < ?)`, value, end);
}

/** The least string greater than every string with this prefix, by code point; undefined where there is none. */
export function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last < 0x10ffff) return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

/** Lists travel as one JSON array for strings: 50 nodes of 200 values would pass the limit on variables. */
function isIn(operand: Operand, values: readonly Scalar[]): Fragment {
  const strings = values.filter((value) => typeof value === 'string');
  const numbers = values.filter((value) => typeof value === 'number');
  const others = new Set(values.filter((value) => typeof value === 'boolean' || value === null));
  const terms: Fragment[] = [];
  const list = `${operand.value} IN (SELECT value FROM json_each(?))`;
  if (strings.length > 0) terms.push(typed(operand, 'text', fragment(list, JSON.stringify(strings))));
  if (numbers.length > 0) terms.push(typed(operand, 'integer', fragment(list, JSON.stringify(numbers))));
  for (const value of others) terms.push(comparison(operand, { operator: 'eq', value }));
  return joined('OR', terms);
}
