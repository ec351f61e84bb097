import type { DatabaseSync } from 'node:sqlite';

/** The integer codes of profiles or sources, cached per connection. A committed code is never changed or deleted. */
export class Names {
  readonly #codes = new Map<string, number>();
  readonly #quoted = new Map<number, string>();
  readonly #find;
  readonly #name;
  readonly #insert;

  constructor(database: DatabaseSync, table: 'profiles' | 'sources', writable: boolean) {
    this.#find = database.prepare(`SELECT code FROM ${table} WHERE name = ?`);
    this.#name = database.prepare(`SELECT name FROM ${table} WHERE code = ?`);
    this.#insert = writable ? database.prepare(`INSERT INTO ${table} (name) VALUES (?)`) : undefined;
  }

  /** The code of a name, or undefined. */
  code(name: string): number | undefined {
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    const code = this.#find.get(name)?.['code'];
    if (typeof code !== 'number') return undefined;
    this.#codes.set(name, code);
    return code;
  }

  /** The code of a name, made if there is none yet. Only in a transaction of the writing connection. */
  make(name: string): number {
    const known = this.code(name);
    if (known !== undefined) return known;
    if (!this.#insert) throw new Error('names are made by the writing connection only');
    const code = Number(this.#insert.run(name).lastInsertRowid);
    this.#codes.set(name, code);
    return code;
  }

  /** The name as a JSON string. */
  readonly quoted = (code: number): string => {
    let text = this.#quoted.get(code);
    if (text === undefined) {
      text = JSON.stringify(this.#name.get(code)?.['name']);
      this.#quoted.set(code, text);
    }
    return text;
  };

  name(code: number): string {
    return JSON.parse(this.quoted(code)) as string;
  }

  /** After a rollback: codes made in that transaction are gone. */
  forget(): void {
    this.#codes.clear();
    this.#quoted.clear();
  }
}
