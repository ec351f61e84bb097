import type { EventQuery, Filter, SortKey } from '@datakeep/contracts';
import type { IndexCapabilities } from './index-engine.ts';

/** A query without its values: what the advisor counts by, and what a candidate is made of. */
export interface QueryShape {
  /** Unique within the engine. Holds no value. */
  readonly key: string;
  readonly profile: string;
  /** Fields compared for equality, sorted. */
  readonly equality: readonly string[];
  /** Empty for an aggregation, which finds events in whatever order. */
  readonly sort: readonly SortKey[];
  /** Where no index of this engine can serve the sort. */
  readonly unserved?: true;
  /** Fields compared by order, sorted; those with `in` first. */
  readonly ranges: readonly string[];
  /** For a person: `contains payload.note`, `or`, … */
  readonly others: readonly string[];
}

/** What an engine's indexes can serve. */
export type Served = Pick<IndexCapabilities, 'arrays' | 'sortedIn' | 'negation' | 'creationSortOnly'>;

/** An `in` with more values is no equality, and no key of an index serves it. */
const inValues = 200;
/** Longer paths are walked, not written into a statement (engines/sqlite/compiler). */
const longestField = 120;

/** The profile is that of the query, and other names no event has. */
const metadata: ReadonlySet<string> = new Set([
  'metadata.createdDate',
  'metadata.acceptedDate',
  'metadata.version',
  'metadata.identifier',
  'metadata.source',
]);

/** Whether a sort by this field can be served: by that of sources it cannot, whose names lie elsewhere. */
export const isSortable = (field: string): boolean => isNamed(field) && field !== 'metadata.source';

const isNamed = (field: string): boolean =>
  field.startsWith('payload.') ? field.length <= longestField : metadata.has(field);

/**
 * Whether a field can be a key at all: one scalar kind, and at most one key that meets arrays where the engine can
 * index those.
 */
function isKey(fields: FilterFields, query: EventQuery, field: string, { arrays }: Served): boolean {
  const kind = query.kinds[field];
  if (kind === undefined || kind === 'any' || !isNamed(field)) return false;
  if (!query.arrays.includes(field)) return true;
  if (!arrays || (fields.array ?? field) !== field) return false;
  fields.array = field;
  return true;
}

interface FilterFields {
  readonly equality: Set<string>;
  readonly lists: Set<string>;
  readonly ranges: Set<string>;
  readonly others: Set<string>;
  /** The one among the keys that may meet arrays. */
  array?: string;
}

/** The shape of a query. Made for every query that is asked, so it costs a microsecond and no more. */
export function shapeOf(query: EventQuery, served: Served): QueryShape {
  const fields: FilterFields = { equality: new Set(), lists: new Set(), ranges: new Set(), others: new Set() };
  if (query.filter) addTo(fields, query, query.filter, served);
  if (query.sort.length === 0) fields.others.add('aggregation');
  else if (query.count) fields.others.add('count');
  const equality = [...fields.equality].toSorted();
  const lists = [...fields.lists].filter((field) => !fields.equality.has(field)).toSorted();
  const ranges = [
    ...lists,
    ...[...fields.ranges].filter((field) => !fields.equality.has(field) && !fields.lists.has(field)).toSorted(),
  ];
  const others = [...fields.others].toSorted();
  const isUnserved =
    served.creationSortOnly === true && !(query.sort.length === 1 && query.sort[0]?.field === 'metadata.createdDate');
  const shape = {
    profile: query.profile,
    equality,
    sort: query.sort,
    ranges,
    others,
    ...(isUnserved ? { unserved: true as const } : {}),
  };
  return { key: `${query.profile}\n${textOf(shape)}`, ...shape };
}

/** The same for a person, without the profile. */
export function textOf({ equality, sort, ranges, others }: Omit<QueryShape, 'key' | 'profile' | 'unserved'>): string {
  const terms: string[] = [];
  if (equality.length > 0) terms.push(`equal: ${equality.join(', ')}`);
  if (ranges.length > 0) terms.push(`range: ${ranges.join(', ')}`);
  if (others.length > 0) terms.push(`other: ${others.join(', ')}`);
  if (sort.length > 0)
    terms.push(
      `sort: ${sort.map((key) => (key.direction === 'ascending' ? key.field : `${key.field} descending`)).join(', ')}`,
    );
  return terms.join('; ');
}

function addTo(fields: FilterFields, query: EventQuery, filter: Filter, served: Served): void {
  switch (filter.node) {
    case 'and':
      for (const child of filter.children) addTo(fields, query, child, served);
      return;
    case 'or':
      fields.others.add('or');
      return;
    case 'not': {
      const { child } = filter;
      const turned = child.node === 'eq' || child.node === 'in' ? child.field : undefined;
      if (turned !== undefined && served.negation && isKey(fields, query, turned, served)) fields.ranges.add(turned);
      else fields.others.add('field' in child ? `not ${child.node} ${child.field}` : 'not');
      return;
    }
    case 'exists':
    case 'contains':
      fields.others.add(`${filter.node} ${filter.field}`);
      return;
    case 'in':
      if (!isKey(fields, query, filter.field, served) || filter.values.includes(null))
        fields.others.add(`in ${filter.field}`);
      else if (filter.values.length > inValues) fields.others.add(`in ${filter.field}`);
      else (served.sortedIn ? fields.equality : fields.lists).add(filter.field);
      return;
    default:
      if (!isKey(fields, query, filter.field, served) || filter.value === null)
        fields.others.add(`${filter.node} ${filter.field}`);
      else (filter.node === 'eq' ? fields.equality : fields.ranges).add(filter.field);
  }
}
