import type { EventQuery } from '@datakeep/contracts';
import { eventColumns } from '../event-text.ts';
import { filterSql } from './filter.ts';
import { fragment, type Fragment } from './fragment.ts';
import { afterPosition, orderBy, positionColumns } from './order.ts';

/** Stops a statement whose time is over: a function of the reading connection, called for each row looked at. */
export const budgetFunction = 'within_budget';

export interface CompiledQuery {
  /** `eventColumns`, then one column for each sort key; at most one row more than the limit. */
  readonly page: Fragment;
  readonly count: Fragment | undefined;
}

/** The SQL of a query over the profile with this code. Sort values and constants are bound, field paths are literals. */
export function compileQuery(query: EventQuery, profile: number): CompiledQuery {
  const arrays = new Set(query.arrays);
  const filter = query.filter ? filterSql(query.filter, arrays) : undefined;
  const where: Fragment[] = [fragment('events.profile = ?', profile)];
  const served = query.sort.length === 1 && query.sort[0]?.field === 'metadata.createdDate';
  // Without a filter and in the index's order a page looks at no more rows than it returns.
  if (filter || !served) where.push(fragment(`${budgetFunction}()`));
  if (filter) where.push(filter);
  const counted = [fragment('events.profile = ?', profile), fragment(`${budgetFunction}()`), ...(filter ? [filter] : [])];
  if (query.after) where.push(afterPosition(query.sort, query.after));
  const columns = [eventColumns, ...positionColumns(query.sort, query.kinds)].join(', ');
  const page = all(where);
  return {
    page: fragment(`SELECT ${columns} FROM events WHERE ${page.sql} ORDER BY ${orderBy(query.sort)} LIMIT ?`, ...page.values, query.limit + 1),
    count: query.count ? counting(counted) : undefined,
  };
}

function counting(terms: readonly Fragment[]): Fragment {
  const where = all(terms);
  return fragment(`SELECT count(*) AS matching FROM events WHERE ${where.sql}`, ...where.values);
}

function all(terms: readonly Fragment[]): Fragment {
  return { sql: terms.map((term) => term.sql).join(' AND '), values: terms.flatMap((term) => term.values) };
}
