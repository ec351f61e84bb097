import type { DatabaseSync } from 'node:sqlite';
import { changesKeptMs } from '../../change-limits.ts';
import { lastSequence } from '../database-file.ts';

/** As written in the table. A created event is a row of `events` itself, under its own number. */
export const modified = 1;
export const deleted = 2;

const prunedTogether = 1000;
/** No identifier: of a deleted event it goes with the event. */
const columns = 'profile, id, source, created, accepted, version, modified_by';
const into = `INSERT INTO changes (sequence, change, at, ${columns})`;

/**
 * Numbers every change in commit order: a created event by its row's `sequence`, a modification or deletion by a row of
 * `changes`, all from one counter. The counter is the largest existing number, so it costs no write: a row with the
 * largest number is only removed by a change that takes a larger one, and the last row of `changes` is never pruned.
 */
export class ChangeLog {
  readonly #statements;
  #last: number | undefined;

  constructor(database: DatabaseSync) {
    this.#statements = {
      last: database.prepare(lastSequence),
      one: database.prepare(`${into} SELECT ?, ?, ?, ${columns} FROM events WHERE id = ?`),
      ofSource: database.prepare(
        `${into} SELECT ? + row_number() OVER (ORDER BY sequence), ${deleted}, ?, ${columns} FROM events ` +
          `WHERE sequence > ? AND sequence <= ? AND source = ?`,
      ),
      oldest: database.prepare('SELECT at FROM changes ORDER BY sequence LIMIT 1'),
      old: database.prepare(
        `SELECT max(sequence) AS sequence FROM (SELECT sequence, at FROM changes ` +
          `WHERE sequence < (SELECT max(sequence) FROM changes) ORDER BY sequence LIMIT ${prunedTogether}) ` +
          `WHERE at < ?`,
      ),
      prune: database.prepare('DELETE FROM changes WHERE sequence <= ?'),
      pruned: database.prepare("UPDATE tallies SET value = max(value, ?) WHERE name = 'changes-pruned'"),
    };
  }

  /** The number of the next change; `took` confirms it. */
  get next(): number {
    this.#last ??= this.#statements.last.get()?.['sequence'] as number;
    return this.#last + 1;
  }

  took(sequence: number): void {
    this.#last = sequence;
  }

  /** After a rollback: what was numbered is not there. */
  forget(): void {
    this.#last = undefined;
  }

  /** Call it after the modification and before the deletion. `at`: ms since the epoch. */
  record(change: typeof modified | typeof deleted, id: string, at: number): void {
    const sequence = this.next;
    this.#statements.one.run(sequence, change, at, id);
    this.took(sequence);
    this.#prune(at);
  }

  /** Before these rows of a source are deleted. */
  recordSource(source: number, after: number, until: number, at: number): void {
    const { changes } = this.#statements.ofSource.run(this.next - 1, at, after, until, source);
    this.took(this.next - 1 + Number(changes));
    this.#prune(at);
  }

  /** Places up to this number are gone, and the next change has a larger one. */
  outdate(sequence: number): void {
    this.#statements.pruned.run(sequence + 1);
    this.forget();
  }

  #prune(now: number): void {
    const oldest = this.#statements.oldest.get()?.['at'];
    if (typeof oldest !== 'number' || oldest >= now - changesKeptMs) return;
    const until = this.#statements.old.get(now - changesKeptMs)?.['sequence'];
    if (typeof until !== 'number') return;
    this.#statements.prune.run(until);
    this.#statements.pruned.run(until);
  }
}
