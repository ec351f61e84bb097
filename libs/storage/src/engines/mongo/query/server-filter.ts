import type { EventQuery, Filter, Scalar } from '@datakeep/contracts';
import { afterPrefix } from '../../answer/code-points.ts';
import { metadataField } from '../event-record.ts';
import { indexedPath } from '../indexed-copy.ts';

/**
 * A filter in the server's words. Every key that begins with `$` is written in this folder; fields are paths of the
 * indexed copy, and values are scalars.
 */
export type ServerFilter = Readonly<Record<string, unknown>>;

const nothing: ServerFilter = { _id: { $in: [] } };

/** The path of any field; undefined where no event has such a field. */
export const pathOf = (field: string): string | undefined =>
  field.startsWith('payload.') ? indexedPath(field) : metadataField(field)?.path;

type Leaf = Exclude<Filter, { readonly node: 'and' | 'or' | 'not' }>;
type Comparison = Exclude<Leaf, { readonly node: 'exists' | 'in' }>;

/** The events of a profile for which the filter holds, no more and no less (docs/query-language.md). */
export function serverFilter({
  profile,
  filter,
  arrays,
}: Pick<EventQuery, 'profile' | 'filter' | 'arrays'>): ServerFilter {
  const ofProfile = { profile: { $eq: profile } };
  return filter ? { ...ofProfile, $and: [compile(filter, arrays)] } : ofProfile;
}

function compile(filter: Filter, arrays: readonly string[]): ServerFilter {
  switch (filter.node) {
    case 'and':
      return all(filter.children.map((child) => compile(child, arrays)));
    case 'or':
      return any(filter.children.map((child) => compile(child, arrays)));
    case 'not':
      return { $nor: [compile(filter.child, arrays)] };
    default:
      return leafOf(filter, arrays);
  }
}

const all = (parts: readonly ServerFilter[]): ServerFilter => (parts.length === 0 ? {} : { $and: parts });
const any = (parts: readonly ServerFilter[]): ServerFilter => (parts.length === 0 ? nothing : { $or: parts });

function leafOf(leaf: Leaf, arrays: readonly string[]): ServerFilter {
  const path = pathOf(leaf.field);
  if (path === undefined) return nothing;
  if (leaf.node === 'exists') return { [path]: { $exists: true } };
  const known = metadataField(leaf.field);
  if (known?.kind === 'date') return onDates(leaf, path);
  // A metadata field has one type, and is never null.
  const fits = (value: Scalar): boolean => known === undefined || typeof value === known.kind;
  if (leaf.node === 'in') return isIn(path, leaf.values.filter(fits));
  return fits(leaf.value) ? compared(leaf, path, arrays.includes(leaf.field)) : nothing;
}

function compared({ node, value }: Comparison, path: string, maybeArray: boolean): ServerFilter {
  if (node === 'eq') return isIn(path, [value]);
  if (node === 'prefix' || node === 'contains') {
    if (typeof value !== 'string') return nothing;
    if (value === '') return { [path]: { $type: 'string' } };
    if (node === 'contains') return { [path]: { $regex: literal(value) } };
    // Two ends of a range may be held by two elements of an array.
    return maybeArray ? { [path]: { $regex: `^${literal(value)}` } } : { [path]: prefixRange(value) };
  }
  if (typeof value !== 'string' && typeof value !== 'number') return nothing;
  return { [path]: { [operators[node]]: checked(value) } };
}

const operators = { lt: '$lt', lte: '$lte', gt: '$gt', gte: '$gte' } as const;

/** `{ $eq: null }` would find absent members too. */
function isIn(path: string, values: readonly Scalar[]): ServerFilter {
  const others = values.filter((value) => value !== null).map(checked);
  const found = others.length === 0 ? [] : [{ [path]: others.length === 1 ? { $eq: others[0] } : { $in: others } }];
  return oneOf([...found, ...(values.includes(null) ? [{ [path]: { $type: 'null' } }] : [])]);
}

const oneOf = (parts: readonly ServerFilter[]): ServerFilter =>
  parts.length === 1 ? (parts[0] as ServerFilter) : any(parts);

function prefixRange(prefix: string): ServerFilter {
  const end = afterPrefix(prefix);
  return { $gte: prefix, ...(end === undefined ? {} : { $lt: end }) };
}

/** The text as a regular expression. A pattern holds no NUL. */
const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('\0', '\\x00');

/** Instants in ms, of which a server's date holds whole ones. */
function onDates(leaf: Exclude<Leaf, { readonly node: 'exists' }>, path: string): ServerFilter {
  if (leaf.node === 'in') return dateIn(path, leaf.values);
  const { node, value } = leaf;
  if (node === 'eq') return dateIn(path, [value]);
  if (typeof value !== 'number' || node === 'prefix' || node === 'contains') return nothing;
  return { [path]: dateRange(node, value) };
}

function dateIn(path: string, values: readonly Scalar[]): ServerFilter {
  const dates = values.filter((value) => Number.isInteger(value) && isDate(value as number));
  return dates.length === 0 ? nothing : { [path]: { $in: dates.map((value) => new Date(value as number)) } };
}

/** Also for what is no instant of a date: the range then begins or ends with the next that is. */
export function dateRange(node: 'lt' | 'lte' | 'gt' | 'gte', value: number): ServerFilter {
  if (Number.isInteger(value) && isDate(value)) return { [operators[node]]: new Date(value) };
  const below = node === 'lt' || node === 'lte';
  if (!isDate(value)) return { [below === value > 0 ? '$gte' : '$lt']: new Date(-lastDate) };
  return below ? { $lte: new Date(Math.floor(value)) } : { $gte: new Date(Math.ceil(value)) };
}

/** A day of 8.64e15 ms is the last that a date can hold (ECMA-262, time range). */
const lastDate = 8.64e15;
const isDate = (value: number): boolean => Math.abs(value) <= lastDate;

/** Last line against operators in values: the query parser lets none through. */
function checked<V>(value: V): V {
  if (typeof value === 'object') throw new TypeError('A filter compares with scalars only');
  return value;
}
