import { DatabaseSync } from 'node:sqlite';

/** A table of texts in a database in WAL mode. */
export class Notes {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 });
    this.#database.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS notes (text TEXT NOT NULL) STRICT');
  }

  add(text: string): void {
    this.#database.prepare('INSERT INTO notes VALUES (?)').run(text);
  }

  /** All in one transaction. */
  addAll(texts: readonly string[]): void {
    this.#database.exec('BEGIN');
    for (const text of texts) this.add(text);
    this.#database.exec('COMMIT');
  }

  count(): number {
    return Number(this.#database.prepare('SELECT count(*) AS rows FROM notes').get()?.['rows']);
  }

  first(): string {
    return String(this.#database.prepare('SELECT text FROM notes ORDER BY rowid LIMIT 1').get()?.['text']);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
