import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Prepared statements by their SQL text; evicts the least recently used. Rows come as arrays. */
export class StatementCache {
  readonly #database: DatabaseSync;
  readonly #capacity: number;
  readonly #statements = new Map<string, StatementSync>();
  /** Handed out since the last `settle`. */
  #taken: string[] = [];

  constructor(database: DatabaseSync, capacity: number) {
    this.#database = database;
    this.#capacity = capacity;
  }

  get(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement) this.#statements.delete(sql);
    else {
      statement = this.#database.prepare(sql);
      statement.setReturnArrays(true);
    }
    this.#statements.set(sql, statement);
    this.#taken.push(sql);
    if (this.#statements.size > this.#capacity) this.#statements.delete(this.#statements.keys().next().value as string);
    return statement;
  }

  /**
   * Ends a use of statements. Trap: a statement that an error left unfinished throws at its next use, before it runs,
   * so after a failure all are prepared anew.
   */
  settle(failed: boolean): void {
    if (failed) for (const sql of this.#taken) this.#statements.delete(sql);
    this.#taken = [];
  }
}
