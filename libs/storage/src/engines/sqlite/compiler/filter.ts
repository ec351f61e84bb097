import type { Filter } from '@datakeep/contracts';
import { anyElement, anyPresent } from './array-path.ts';
import { beforeComparison } from './budget.ts';
import { comparison, type Comparison } from './comparison.ts';
import { isMetadataText, isPayloadField, longestPlain, metadataValue, payloadType, payloadValue } from './field.ts';
import { fragment, joined, never, type Fragment } from './fragment.ts';

/**
 * The SQL of a filter: true for the events that match, false or NULL for the others. `arrays`: fields whose path may
 * meet an array; others take the plain form, which an index serves.
 */
export function filterSql(filter: Filter, arrays: ReadonlySet<string>): Fragment {
  switch (filter.node) {
    case 'and':
    case 'or':
      return joined(
        filter.node === 'and' ? 'AND' : 'OR',
        filter.children.map((child) => filterSql(child, arrays)),
      );
    case 'not': {
      const child = filterSql(filter.child, arrays);
      // IS NOT TRUE and not NOT: the complement must hold the events for which the comparison is NULL.
      return { sql: `((${child.sql}) IS NOT TRUE)`, values: child.values };
    }
    case 'exists':
      return exists(filter.field, arrays);
    default:
      return compare(filter, arrays);
  }
}

function exists(field: string, arrays: ReadonlySet<string>): Fragment {
  if (isPayloadField(field))
    return budgeted(isWalkedOver(field, arrays) ? anyPresent(field) : fragment(`${payloadType(field)} IS NOT NULL`));
  const value = metadataValue(field);
  return value === undefined ? never : fragment(`${value} IS NOT NULL`);
}

function compare(leaf: Comparison, arrays: ReadonlySet<string>): Fragment {
  const { field } = leaf;
  if (isPayloadField(field)) {
    return budgeted(
      isWalkedOver(field, arrays)
        ? anyElement(leaf)
        : comparison({ value: payloadValue(field), jsonType: payloadType(field) }, leaf),
    );
  }
  // By code, so that the name is looked up once and not for each row.
  if (field === 'metadata.source' && leaf.node === 'eq') {
    return typeof leaf.value === 'string'
      ? fragment('events.source = (SELECT code FROM sources WHERE name = ?)', leaf.value)
      : never;
  }
  const value = metadataValue(field);
  return value === undefined ? never : comparison({ value, holds: isMetadataText(field) ? 'text' : 'integer' }, leaf);
}

/** Beside the comparison and not around it, so that an index serves it. */
const budgeted = ({ sql, values }: Fragment): Fragment => ({ sql: `(${beforeComparison} AND ${sql})`, values });

/**
 * A path that meets no array takes the plain form, which an index serves, unless 50 comparisons of its length would
 * exceed the limit on SQL.
 */
const isWalkedOver = (field: string, arrays: ReadonlySet<string>): boolean =>
  arrays.has(field) || field.length > longestPlain;
