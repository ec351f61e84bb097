import type { DatabaseSync } from 'node:sqlite';
import type { EventQuery } from '@datakeep/contracts';
import type { PairedRun, QueryPlan } from '../../../advisor/index-engine.ts';
import { budgetFunction, compileQuery, type CompiledQuery } from '../compiler/compile-query.ts';
import { openForReading } from '../database-file.ts';
import { planOf } from './query-plan.ts';

const declaredIndex = 'events_by_created';

/** The storage is being closed: a replay is not finished. */
export class Interrupted extends Error {}
class OutOfTime extends Error {}

interface Run {
  readonly ms: number;
  /** Undefined where the time was over. */
  readonly ids: readonly string[] | undefined;
}

/** Plans queries and runs them again, on a reading connection of its own. */
export class Replayer {
  readonly #database: DatabaseSync;
  #end = Number.POSITIVE_INFINITY;

  constructor(directory: string, isClosing: () => boolean) {
    this.#database = openForReading(directory);
    this.#database.function(budgetFunction, () => {
      if (isClosing()) throw new Interrupted();
      if (performance.now() > this.#end) throw new OutOfTime();
      return 1;
    });
  }

  plan(query: EventQuery): QueryPlan {
    const compiled = this.#compile(query);
    return compiled ? planOf(this.#database, compiled.page) : { indexes: [], sorts: false, steps: ['the profile holds no events'] };
  }

  /** Each side twice, in random order; the second time counts, since the first warms the cache. Without: by the index that served before, never by none at all. */
  replay(query: EventQuery, former: string | null): PairedRun {
    const forced = former !== null && this.#isThere(former) ? former : declaredIndex;
    const sides = [this.#compile(query), this.#compile(query, forced)] as const;
    const order = Math.random() < 0.5 ? ([0, 1, 0, 1] as const) : ([1, 0, 1, 0] as const);
    const runs: [Run, Run] = [
      { ms: 0, ids: [] },
      { ms: 0, ids: [] },
    ];
    // Of one moment, since events that come in between would make a difference that is none.
    this.#database.exec('BEGIN');
    try {
      for (const side of order) runs[side] = this.#run(sides[side], query.timeoutMs);
    } finally {
      this.#database.exec('COMMIT');
    }
    const [indexed, plain] = runs;
    const equal = indexed.ids === undefined || plain.ids === undefined || isEqual(indexed.ids, plain.ids);
    return { withMs: indexed.ms, withoutMs: plain.ms, equal, rowsReturned: (indexed.ids ?? []).length };
  }

  close(): void {
    this.#database.close();
  }

  #compile(query: EventQuery, indexedBy?: string): CompiledQuery | undefined {
    const code = this.#database.prepare('SELECT code FROM profiles WHERE name = ?').get(query.profile)?.['code'];
    return typeof code === 'number' ? compileQuery(query, code, indexedBy) : undefined;
  }

  #isThere(index: string): boolean {
    return this.#database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?").get(index) !== undefined;
  }

  #run(compiled: CompiledQuery | undefined, timeoutMs: number): Run {
    if (!compiled) return { ms: 0, ids: [] };
    const statements = [compiled.page, ...(compiled.count ? [compiled.count] : [])].map(({ sql, values }) => ({
      statement: this.#database.prepare(sql),
      values,
    }));
    for (const { statement } of statements) statement.setReturnArrays(true);
    const ids: string[] = [];
    const start = performance.now();
    this.#end = start + timeoutMs;
    try {
      for (const { statement, values } of statements)
        for (const row of statement.iterate(...values)) ids.push(String((row as unknown as [string])[0]));
      return { ms: performance.now() - start, ids };
    } catch (error) {
      if (error instanceof OutOfTime) return { ms: timeoutMs, ids: undefined };
      throw error;
    } finally {
      this.#end = Number.POSITIVE_INFINITY;
    }
  }
}

const isEqual = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((id, index) => id === b[index]);
