import type { Filter } from '@datakeep/contracts';
import { afterPrefix } from '../../answer/code-points.ts';
import { fragment, joined, never, sqlNumber, type Fragment } from './fragment.ts';

/** A leaf of the filter that compares a scalar. */
export type Comparison = Exclude<Filter, { readonly node: 'and' | 'or' | 'not' | 'exists' }>;

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
export function comparison(operand: Operand, leaf: Comparison): Fragment {
  if (leaf.node === 'in') return isIn(operand, leaf);
  const { node, value } = leaf;
  if (typeof value === 'string') return typed(operand, 'text', stringTest(operand.value, node, value));
  if (node === 'prefix' || node === 'contains') return never;
  if (typeof value === 'number')
    return typed(operand, 'integer', fragment(`${operand.value} ${symbols[node]} ?`, sqlNumber(value)));
  if (node !== 'eq' || operand.jsonType === undefined) return never;
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

/** Lists travel as one JSON array for strings: 50 nodes of 200 values would pass the limit on variables. */
function isIn(operand: Operand, { field, values }: Extract<Filter, { readonly node: 'in' }>): Fragment {
  const strings = values.filter((value) => typeof value === 'string');
  const numbers = values.filter((value) => typeof value === 'number');
  const others = new Set(values.filter((value) => typeof value === 'boolean' || value === null));
  const terms: Fragment[] = [];
  const list = `${operand.value} IN (SELECT value FROM json_each(?))`;
  if (strings.length > 0) terms.push(typed(operand, 'text', fragment(list, JSON.stringify(strings))));
  if (numbers.length > 0) terms.push(typed(operand, 'integer', fragment(list, JSON.stringify(numbers))));
  for (const value of others) terms.push(comparison(operand, { node: 'eq', field, value }));
  return joined('OR', terms);
}
