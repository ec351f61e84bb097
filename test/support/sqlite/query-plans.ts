import { DatabaseSync, StatementSync } from 'node:sqlite';

export interface RanQuery {
  readonly sql: string;
  /** As SQLite explains it, a line each. */
  readonly plan: readonly string[];
}

/** The queries with an answer of rows that this process runs on the SQLite file during `act`, each once. */
export async function queriesOf(file: string, act: () => Promise<unknown>): Promise<readonly RanQuery[]> {
  const ran = new Set<string>();
  const { all, get } = StatementSync.prototype;
  StatementSync.prototype.all = function (this: StatementSync, ...values: Parameters<typeof all>) {
    ran.add(this.sourceSQL);
    return all.apply(this, values);
  } as typeof all;
  StatementSync.prototype.get = function (this: StatementSync, ...values: Parameters<typeof get>) {
    ran.add(this.sourceSQL);
    return get.apply(this, values);
  } as typeof get;
  try {
    await act();
  } finally {
    Object.assign(StatementSync.prototype, { all, get });
  }
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return [...ran]
      .filter((sql) => sql.startsWith('SELECT'))
      .map((sql) => ({
        sql,
        plan: database
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all()
          .map(({ detail }) => String(detail)),
      }));
  } finally {
    database.close();
  }
}

/** Whether it looks at rows that it leaves out, or reads all that it finds to sort them. */
export function readsTooMuch({ sql, plan }: RanQuery): boolean {
  const isFiltered = sql.includes('?');
  return plan.some(
    (step) =>
      step === 'USE TEMP B-TREE FOR ORDER BY' || (isFiltered && step.startsWith('SCAN')) || /^SCAN \w+$/.test(step),
  );
}
