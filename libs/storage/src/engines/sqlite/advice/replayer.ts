import type { DatabaseSync } from 'node:sqlite';
import type { EventQuery } from '@datakeep/contracts';
import type { IndexDefinition, PairedRun, QueryPlan } from '../../../advisor/index-engine.ts';
import { defineBudget } from '../compiler/budget.ts';
import { notRun, pairedRun, sidesInOrder, type TimedRun } from '../../paired-run.ts';
import { compileQuery, type CompiledQuery } from '../compiler/compile-query.ts';
import type { Fragment } from '../compiler/fragment.ts';
import { declaredIndex, openForReading } from '../database-file.ts';
import { foreseenPlans } from './foreseen-plan.ts';
import { planOf } from '../compiler/query-plan.ts';

/** The storage is being closed: a replay is not finished. */
export class Interrupted extends Error {}
class OutOfTime extends Error {}

/** Plans queries and replays them on a separate reading connection. */
export class Replayer {
  readonly #database: DatabaseSync;
  #end = Number.POSITIVE_INFINITY;

  constructor(directory: string, isClosing: () => boolean) {
    this.#database = openForReading(directory);
    defineBudget(this.#database, () => {
      if (isClosing()) throw new Interrupted();
      if (performance.now() > this.#end) throw new OutOfTime();
    });
  }

  plan(query: EventQuery): QueryPlan {
    const compiled = this.#compile(query);
    const [statement] = compiled ? statementsOf(query, compiled) : [];
    return statement
      ? planOf(this.#database, statement)
      : { indexes: [], sorts: false, steps: ['the profile holds no events'] };
  }

  foresee(queries: readonly EventQuery[], definition: IndexDefinition): QueryPlan[] {
    const code = this.#code(definition.profile);
    return code === undefined ? [] : foreseenPlans(this.#database, queries, definition, code);
  }

  /** Without: by the index that served before, never by none at all. */
  replay(query: EventQuery, former: string | null): PairedRun {
    const forced = former !== null && this.#isThere(former) ? former : declaredIndex;
    const compiled = { with: this.#compile(query), without: this.#compile(query, forced) };
    const runs = notRun();
    // Of one moment, since events that come in between would make a difference that is none.
    this.#database.exec('BEGIN');
    try {
      for (const side of sidesInOrder()) runs[side] = this.#run(query, compiled[side]);
    } finally {
      this.#database.exec('COMMIT');
    }
    return pairedRun(runs);
  }

  close(): void {
    this.#database.close();
  }

  #compile(query: EventQuery, indexedBy?: string): CompiledQuery | undefined {
    const code = this.#code(query.profile);
    return code === undefined ? undefined : compileQuery(query, code, indexedBy);
  }

  /**
   * Not kept by `Names`: the statement that runs here has the connection notice an index that came since. EXPLAIN alone
   * plans by the schema that was read before.
   */
  #code(profile: string): number | undefined {
    const code = this.#database.prepare('SELECT code FROM profiles WHERE name = ?').get(profile)?.['code'];
    return typeof code === 'number' ? code : undefined;
  }

  #isThere(index: string): boolean {
    return (
      this.#database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?").get(index) !== undefined
    );
  }

  #run(query: EventQuery, compiled: CompiledQuery | undefined): TimedRun {
    if (!compiled) return { ms: 0, ids: [] };
    const { timeoutMs } = query;
    const statements = statementsOf(query, compiled).map(({ sql, values }) => ({
      statement: this.#database.prepare(sql),
      values,
      isRest: sql === compiled.rest?.sql,
    }));
    for (const { statement } of statements) statement.setReturnArrays(true);
    const ids: string[] = [];
    const start = performance.now();
    this.#end = start + timeoutMs;
    try {
      for (const { statement, values, isRest } of statements) {
        if (isRest && ids.length > query.limit) continue;
        for (const row of statement.iterate(...values)) ids.push(String((row as unknown as [string])[0]));
      }
      return { ms: performance.now() - start, ids };
    } catch (error) {
      if (error instanceof OutOfTime) return { ms: timeoutMs, ids: undefined };
      throw error;
    } finally {
      this.#end = Number.POSITIVE_INFINITY;
    }
  }
}

/** An aggregation is tried by counting what it folds. */
function statementsOf({ sort }: EventQuery, { page, rest, count }: CompiledQuery): Fragment[] {
  const found = rest ? [page, rest] : [page];
  const counted = count ? [count] : [];
  return sort.length === 0 ? counted : [...found, ...counted];
}
