import type { EventQuery, Filter, Scalar } from '@datakeep/contracts';
import { shadowPath } from '../shadow.ts';
import { afterPrefix } from '../../answer/code-points.ts';

/**
 * What a server is asked in place of a filter: a condition that holds for every event that matches, and perhaps for more. `exact` says that it
 * holds for no more. Every key that begins with `$` is written here; fields are shadow paths (shadow.ts) and values are scalars.
 */
export interface Pushdown {
  readonly condition: Condition;
  readonly exact: boolean;
}
export type Condition = Readonly<Record<string, unknown>>;

const everything: Pushdown = { condition: {}, exact: false };
const nothing: Pushdown = { condition: { _id: { $in: [] } }, exact: true };

const records: Readonly<Record<string, { readonly path: string; readonly kind: 'string' | 'number' | 'date' }>> = {
  'metadata.identifier': { path: 'identifier', kind: 'string' },
  'metadata.source': { path: 'source', kind: 'string' },
  'metadata.createdDate': { path: 'created', kind: 'date' },
  'metadata.acceptedDate': { path: 'accepted', kind: 'date' },
  'metadata.version': { path: 'version', kind: 'number' },
  'metadata.modifiedBy': { path: 'modifiedBy', kind: 'string' },
};

type Leaf = Exclude<Filter, { readonly node: 'and' | 'or' | 'not' }>;

export class PushdownCompiler {
  readonly #query: Pick<EventQuery, 'kinds' | 'arrays' | 'profile'>;
  readonly #stringOrder: boolean;

  constructor(query: Pick<EventQuery, 'kinds' | 'arrays' | 'profile'>, stringOrder: boolean) {
    this.#query = query;
    this.#stringOrder = stringOrder;
  }

  compile(filter: Filter): Pushdown {
    switch (filter.node) {
      case 'and':
        return conjunction(filter.children.map((child) => this.compile(child)));
      case 'or':
        return disjunction(filter.children.map((child) => this.compile(child)));
      case 'not': {
        const child = this.compile(filter.child);
        // Only what holds for no more than it should may be turned around.
        return child.exact ? { condition: { $nor: [child.condition] }, exact: true } : everything;
      }
      default:
        return this.#leaf(filter);
    }
  }

  #leaf(leaf: Leaf): Pushdown {
    if (leaf.field.startsWith('payload.')) {
      const kind = this.#query.kinds[leaf.field];
      const plain =
        (kind === 'string' || kind === 'number' || kind === 'boolean') && !this.#query.arrays.includes(leaf.field);
      return this.#compare(leaf, shadowPath(leaf.field), (value) => value, plain);
    }
    // Constant within a query; answered by the exact filter.
    if (leaf.field === 'metadata.profile') return everything;
    const record = records[leaf.field];
    if (!record) return nothing;
    if (leaf.node === 'exists') return { condition: { [record.path]: { $exists: true } }, exact: true };
    return this.#compareMetadata(leaf, record.path, record.kind);
  }

  /** A metadata field has one type: values of another find nothing, and null is never there. */
  #compareMetadata(
    leaf: Exclude<Leaf, { readonly node: 'exists' }>,
    path: string,
    kind: 'string' | 'number' | 'date',
  ): Pushdown {
    const fits = (value: Scalar): boolean => typeof value === (kind === 'string' ? 'string' : 'number');
    if (kind !== 'date') {
      if (leaf.node === 'in') return isIn(path, leaf.values.filter(fits), true);
      return fits(leaf.value) ? this.#compare(leaf, path, (value) => value, true) : nothing;
    }
    if (leaf.node === 'in')
      return isIn(path, leaf.values.filter((value) => fits(value) && isInstant(value)).map(instant), true);
    if (!fits(leaf.value) || leaf.node === 'prefix' || leaf.node === 'contains') return nothing;
    return isInstant(leaf.value) ? this.#compare(leaf, path, instant, true) : everything;
  }

  #compare(leaf: Leaf, path: string, written: (value: Scalar) => unknown, plain: boolean): Pushdown {
    if (leaf.node === 'exists') return { condition: { [path]: { $exists: true } }, exact: plain };
    if (leaf.node === 'in') return isIn(path, leaf.values.map(checked), plain);
    const value = checked(leaf.value);
    if (leaf.node === 'eq') return { condition: { [path]: { $eq: written(value) } }, exact: plain && value !== null };
    if (typeof value === 'string') return this.#stringRange(leaf.node, path, value, plain);
    if (typeof value !== 'number' || leaf.node === 'prefix' || leaf.node === 'contains') return nothing;
    return { condition: { [path]: { [operators[leaf.node]]: written(value) } }, exact: plain };
  }

  #stringRange(
    node: Exclude<Leaf['node'], 'eq' | 'in' | 'exists'>,
    path: string,
    value: string,
    plain: boolean,
  ): Pushdown {
    if (!this.#stringOrder || node === 'contains') return everything;
    if (node !== 'prefix') return { condition: { [path]: { [operators[node]]: value } }, exact: plain };
    const end = afterPrefix(value);
    // Two conditions and not one range: in an array one element may hold the first and another the second, which only asks for more.
    const range = [{ [path]: { $gte: value } }, ...(end === undefined ? [] : [{ [path]: { $lt: end } }])];
    return { condition: { $and: range }, exact: plain };
  }
}

const operators = { lt: '$lt', lte: '$lte', gt: '$gt', gte: '$gte' } as const;

function isIn(path: string, values: readonly unknown[], plain: boolean): Pushdown {
  return values.length === 0
    ? nothing
    : { condition: { [path]: { $in: values } }, exact: plain && !values.includes(null) };
}

/** A day of 8.64e15 ms is the last that a date can hold (ECMA-262, time range). */
const isInstant = (value: Scalar): boolean =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 8.64e15;
const instant = (value: Scalar): Date => new Date(value as number);

/** Last line against operators in values: the query parser lets none through. */
function checked(value: Scalar): Scalar {
  if (typeof value === 'object' && value !== null) throw new TypeError('A filter compares with scalars only');
  return value;
}

function conjunction(parts: readonly Pushdown[]): Pushdown {
  const conditions = parts.map((part) => part.condition).filter((condition) => Object.keys(condition).length > 0);
  return { condition: conditions.length === 0 ? {} : { $and: conditions }, exact: parts.every((part) => part.exact) };
}

function disjunction(parts: readonly Pushdown[]): Pushdown {
  if (parts.length === 0) return nothing;
  if (parts.some((part) => Object.keys(part.condition).length === 0))
    return { condition: {}, exact: parts.some((part) => part.exact && isEmpty(part)) };
  return { condition: { $or: parts.map((part) => part.condition) }, exact: parts.every((part) => part.exact) };
}

/** An exact condition that asks nothing holds for every event, and so does a list of which it is one. */
const isEmpty = (part: Pushdown): boolean => Object.keys(part.condition).length === 0;
