import type { DatabaseSync, StatementSync } from 'node:sqlite';

import { DocumentConflict, type Durability } from '../document-store.ts';
import { toStorageError, violatedColumns } from './sqlite-errors.ts';
import type { Statement } from './write-sql.ts';

export interface UnitWrite {
  readonly collection: string;
  readonly statement: Statement;
}

interface Unit {
  readonly writes: readonly UnitWrite[];
  readonly durability: Durability;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Units of work that arrive in the same turn of the event loop share one transaction, so they share its fsync. A unit that meets a conflict
 * is rolled back alone; any other error rejects the whole group, of which nothing is stored then.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #prepare: (sql: string) => StatementSync;
  readonly #indexName: (collection: string, columns: readonly string[]) => string | undefined;
  readonly #durable: boolean;
  #full = true;
  #waiting: Unit[] = [];

  constructor(
    database: DatabaseSync,
    durable: boolean,
    prepare: (sql: string) => StatementSync,
    indexName: (collection: string, columns: readonly string[]) => string | undefined,
  ) {
    this.#database = database;
    this.#durable = durable;
    this.#prepare = prepare;
    this.#indexName = indexName;
  }

  commit(writes: readonly UnitWrite[], durability: Durability): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes, durability, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  /** Commits what waits, now. */
  flush(): void {
    const units = this.#waiting;
    if (units.length === 0) return;
    this.#waiting = [];
    this.#synchronize(units.some(({ durability }) => durability === 'durable'));
    const conflicts = new Map<Unit, DocumentConflict>();
    try {
      this.#run('BEGIN IMMEDIATE');
      for (const unit of units) {
        const conflict = this.#runUnit(unit);
        if (conflict) conflicts.set(unit, conflict);
      }
      this.#run('COMMIT');
    } catch (error) {
      const told = toStorageError(error);
      this.#rollback();
      for (const unit of units) unit.reject(told);
      return;
    }
    for (const unit of units) {
      const conflict = conflicts.get(unit);
      if (conflict) unit.reject(conflict);
      else unit.resolve();
    }
  }

  /**
   * In WAL mode the fsync of a `full` commit covers every commit before it (sqlite.org/pragma.html#pragma_synchronous). Only a store that was opened with `full` is
   * ever relaxed or tightened.
   */
  #synchronize(full: boolean): void {
    if (!this.#durable || full === this.#full) return;
    this.#database.exec(`PRAGMA synchronous = ${full ? 'FULL' : 'NORMAL'}`);
    this.#full = full;
  }

  #runUnit(unit: Unit): DocumentConflict | undefined {
    // A single statement is atomic by itself.
    const savepoint = unit.writes.length > 1;
    if (savepoint) this.#run('SAVEPOINT unit');
    for (const [place, write] of unit.writes.entries()) {
      const conflict = this.#runWrite(place, write);
      if (!conflict) continue;
      if (savepoint) {
        this.#run('ROLLBACK TO unit');
        this.#run('RELEASE unit');
      }
      return conflict;
    }
    if (savepoint) this.#run('RELEASE unit');
    return undefined;
  }

  #runWrite(place: number, write: UnitWrite): DocumentConflict | undefined {
    try {
      const { changes } = this.#prepare(write.statement.sql).run(...write.statement.values);
      return changes === 1 ? undefined : new DocumentConflict('condition', place, write.collection);
    } catch (error) {
      const columns = violatedColumns(error);
      if (!columns) throw error;
      return new DocumentConflict('unique', place, write.collection, this.#indexName(write.collection, columns));
    }
  }

  #run(sql: string): void {
    this.#prepare(sql).run();
  }

  #rollback(): void {
    // After a full disk or an I/O error SQLite may have rolled back by itself.
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }
}
