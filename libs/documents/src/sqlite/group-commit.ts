import type { DatabaseSync, StatementSync } from 'node:sqlite';

import { DocumentConflict, type Durability } from '../document-store.ts';
import type { LogSync } from './log-sync.ts';
import { toStorageError, violatedColumns } from './sqlite-errors.ts';
import type { BoundSql } from './values.ts';

export interface UnitWrite {
  readonly collection: string;
  readonly statement: BoundSql;
}

interface Unit {
  readonly writes: readonly UnitWrite[];
  readonly durability: Durability;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How long a deferred unit waits for another one, in ms. */
const deferMs = 2;

/**
 * Units of work that arrive in the same turn of the event loop share one transaction, in the order of their coming; a
 * deferred unit shares that of the next other one. A unit that meets a conflict is rolled back alone; any other error
 * rejects the whole group, of which nothing is stored then. Durable units resolve when the log is synced, and until
 * then others may read what they stored. A failed sync ends all commits: the file has to be opened anew.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #prepare: (sql: string) => StatementSync;
  readonly #indexName: (collection: string, columns: readonly string[]) => string | undefined;
  readonly #log: LogSync | undefined;
  #waiting: Unit[] = [];
  #isDue = false;
  #deferred: NodeJS.Timeout | undefined;

  /** Without a `log` nothing is ever synced. */
  constructor(
    database: DatabaseSync,
    log: LogSync | undefined,
    prepare: (sql: string) => StatementSync,
    indexName: (collection: string, columns: readonly string[]) => string | undefined,
  ) {
    this.#database = database;
    this.#log = log;
    this.#prepare = prepare;
    this.#indexName = indexName;
  }

  commit(writes: readonly UnitWrite[], durability: Durability): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes, durability, resolve, reject });
      if (durability === 'deferred') this.#deferred ??= setTimeout(() => this.flush(), deferMs);
      else if (!this.#isDue) {
        this.#isDue = true;
        setImmediate(() => this.flush());
      }
    });
  }

  /** Commits what waits, now. */
  flush(): void {
    clearTimeout(this.#deferred);
    this.#deferred = undefined;
    this.#isDue = false;
    const units = this.#waiting;
    if (units.length === 0) return;
    this.#waiting = [];
    if (this.#log?.failure) return this.#rejectAll(units, this.#log.failure);
    const conflicts = new Map<Unit, DocumentConflict>();
    try {
      this.#run('BEGIN IMMEDIATE');
      for (const unit of units) {
        const conflict = this.#runUnit(unit);
        if (conflict) conflicts.set(unit, conflict);
      }
      this.#run('COMMIT');
    } catch (error) {
      this.#rollback();
      return this.#rejectAll(units, error);
    }
    const durable: Unit[] = [];
    for (const unit of units) {
      const conflict = conflicts.get(unit);
      if (conflict) unit.reject(conflict);
      else if (this.#log && unit.durability === 'durable') durable.push(unit);
      else unit.resolve();
    }
    if (durable.length > 0) void this.#resolveSynced(durable, this.#log!);
  }

  async #resolveSynced(units: readonly Unit[], log: LogSync): Promise<void> {
    try {
      await log.covered();
      for (const unit of units) unit.resolve();
    } catch (error) {
      this.#rejectAll(units, error);
    }
  }

  #rejectAll(units: readonly Unit[], error: unknown): void {
    const failure = toStorageError(error);
    for (const unit of units) unit.reject(failure);
  }

  #runUnit(unit: Unit): DocumentConflict | undefined {
    // A single statement is atomic without a savepoint.
    const savepoint = unit.writes.length > 1;
    if (savepoint) this.#run('SAVEPOINT unit');
    for (const [index, write] of unit.writes.entries()) {
      const conflict = this.#runWrite(index, write);
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

  #runWrite(index: number, write: UnitWrite): DocumentConflict | undefined {
    try {
      const { changes } = this.#prepare(write.statement.sql).run(...write.statement.values);
      return changes === 1 ? undefined : new DocumentConflict('condition', index, write.collection);
    } catch (error) {
      const columns = violatedColumns(error);
      if (!columns) throw error;
      return new DocumentConflict('unique', index, write.collection, this.#indexName(write.collection, columns));
    }
  }

  #run(sql: string): void {
    this.#prepare(sql).run();
  }

  #rollback(): void {
    // After a full disk or an I/O error SQLite may have rolled back already.
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }
}
