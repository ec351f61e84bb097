import type { DatabaseSync } from 'node:sqlite';
import type { QueryPlan } from '../../../advisor/index-engine.ts';
import type { Fragment } from './fragment.ts';

/**
 * How SQLite runs the statement of a page, its values bound. Only the subquery that finds the events shows how the page
 * is ordered: the second sort, of the rows that are fetched afterwards, does not count.
 */
export function planOf(database: DatabaseSync, page: Fragment): QueryPlan {
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${page.sql}`).all(...page.values) as {
    id: number;
    parent: number;
    detail: string;
  }[];
  const places = steps.find(({ parent, detail }) => parent === 0 && detail.startsWith('CO-ROUTINE'))?.id ?? 0;
  const own = steps.filter(({ parent }) => parent === places).map(({ detail }) => detail);
  const indexes = own.flatMap(
    (detail) => /^(?:SEARCH|SCAN) events USING (?:COVERING )?INDEX (\w+)/.exec(detail)?.[1] ?? [],
  );
  return {
    indexes,
    sorts: own.some((detail) => detail.startsWith('USE TEMP B-TREE FOR')),
    steps: steps.map(({ detail }) => detail),
  };
}
