import { DatabaseSync } from 'node:sqlite';
import type { EventQuery } from '@datakeep/contracts';
import type { IndexDefinition, QueryPlan } from '../../../advisor/index-engine.ts';
import { defineBudget } from '../compiler/budget.ts';
import { compileQuery } from '../compiler/compile-query.ts';
import { indexKey } from '../compiler/field.ts';
import { declaredIndex } from '../database-file.ts';
import { indexSql } from './index-sql.ts';
import { planOf } from '../compiler/query-plan.ts';

/** The newest events of the profile, by which it is guessed how many share a key. */
const sampledRows = 2000;

interface StatisticsRow {
  readonly tbl: string;
  readonly idx: string | null;
  readonly stat: string;
}

/**
 * How each query would run if the index existed: planned in an empty copy of the database that has the index, and its
 * statistics (`sqlite_stat1`) as `ANALYZE` would have written them. The planner sees no values (SQLite is built without
 * `sqlite_stat4`) and uses these statistics only.
 */
export function foreseenPlans(
  database: DatabaseSync,
  queries: readonly EventQuery[],
  definition: IndexDefinition,
  profile: number,
): QueryPlan[] {
  const copy = new DatabaseSync(':memory:');
  try {
    defineBudget(copy);
    const made = database
      .prepare(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!' " +
          'ORDER BY type DESC',
      )
      .all();
    for (const { sql } of made) copy.exec(String(sql));
    copy.exec(
      `DROP INDEX IF EXISTS ${definition.name}; ${indexSql(definition, profile)}; ANALYZE; DELETE FROM sqlite_stat1`,
    );
    const insert = copy.prepare('INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)');
    for (const { tbl, idx, stat } of statisticsOf(database)) if (idx !== definition.name) insert.run(tbl, idx, stat);
    insert.run('events', definition.name, guessedStatistics(database, definition, profile));
    copy.exec('ANALYZE sqlite_schema');
    return queries.map((query) => {
      const { page, count } = compileQuery(query, profile);
      return planOf(copy, query.sort.length === 0 && count ? count : page);
    });
  } finally {
    copy.close();
  }
}

/** What the planner knows of the events; before the first ANALYZE, what it will know of the declared indexes. */
function statisticsOf(database: DatabaseSync): StatisticsRow[] {
  const isAnalyzed = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'").get() !== undefined;
  const known = isAnalyzed
    ? database.prepare("SELECT tbl, idx, stat FROM sqlite_stat1 WHERE tbl = 'events'").all()
    : [];
  if (known.length > 0) return known as unknown as StatisticsRow[];
  const events = Number(database.prepare("SELECT value FROM tallies WHERE name = 'events'").get()?.['value']);
  const profiles = Number(database.prepare('SELECT count(*) AS profiles FROM profiles').get()?.['profiles']);
  return [
    { tbl: 'events', idx: declaredIndex, stat: `${events} ${Math.ceil(events / Math.max(1, profiles))} 1 1` },
    { tbl: 'events', idx: 'sqlite_autoindex_events_1', stat: `${events} 1` },
  ];
}

/** Rows of the index, then for each further column how many of them share the columns up to it on average. */
function guessedStatistics(database: DatabaseSync, { keys, idAfter }: IndexDefinition, profile: number): string {
  const names = keys.map((_, index) => `k${index}`);
  const columns = keys.map(({ field }, index) => `${indexKey(field)} AS k${index}`).join(', ');
  const distinct = names.map(
    (_, index) =>
      `(SELECT count(*) FROM (SELECT DISTINCT ${names.slice(0, index + 1).join(', ')} FROM sample)) AS k${index}`,
  );
  const sql =
    `WITH sample AS MATERIALIZED ` +
    `(SELECT ${columns} FROM events WHERE profile = ${profile} ORDER BY created DESC LIMIT ${sampledRows}) ` +
    `SELECT (SELECT count(*) FROM events WHERE profile = ${profile}) AS "all", ` +
    `(SELECT count(*) FROM sample) AS sampled, ${distinct.join(', ')}`;
  const found = database.prepare(sql).get() as Record<string, number>;
  const [all, sampled] = [found['all'] ?? 0, found['sampled'] ?? 0];
  const shared = names.map((name) => {
    const average = sampled / Math.max(1, found[name] ?? 1);
    // What is nearly unique in the sample is taken to be so in all; what repeats there does so throughout.
    return Math.max(1, Math.round(average < 1.5 ? average : (average * all) / sampled));
  });
  if (idAfter !== null)
    shared.splice(idAfter, shared.length - idAfter, ...Array.from({ length: 1 + shared.length - idAfter }, () => 1));
  return [all, all, ...shared].join(' ');
}
