import { DatabaseSync, type StatementSync } from 'node:sqlite';

export interface BareEvent {
  readonly id: string;
  readonly profile: string;
  readonly created: number;
  readonly accepted: number;
  /** JSON text of an object. */
  readonly payload: string;
}

interface Waiting {
  readonly events: readonly BareEvent[];
  readonly done: (error?: unknown) => void;
}

type Row = readonly [id: string, created: number, accepted: number, version: number, payload: string];

/**
 * Events in SQLite, written by hand: the tables, indexes and settings of the keep's engine
 * (libs/storage/src/engines/sqlite), the same durability (WAL, synchronous=FULL), and group commit: requests that
 * arrive in one turn of the event loop share a transaction, and are answered after its COMMIT.
 */
export class BareStore {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #latest: StatementSync;
  readonly #sorted = new Map<string, StatementSync>();
  readonly #daily = new Map<string, StatementSync>();
  readonly #dailyCount: StatementSync;
  readonly #profiles = new Map<string, number>();
  #waiting: Waiting[] = [];

  constructor(path: string) {
    const database = new DatabaseSync(path);
    database.exec(
      'PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768',
    );
    database.exec('PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 33554432; PRAGMA temp_store = MEMORY');
    database.exec(`
      CREATE TABLE IF NOT EXISTS profiles (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
      CREATE TABLE IF NOT EXISTS events (
        sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, profile INTEGER NOT NULL, source INTEGER NOT NULL,
        created INTEGER NOT NULL, accepted INTEGER NOT NULL, version INTEGER NOT NULL,
        identifier TEXT, digest TEXT, payload TEXT NOT NULL
      ) STRICT;
      CREATE INDEX IF NOT EXISTS events_by_created ON events (profile, created, id);
      CREATE UNIQUE INDEX IF NOT EXISTS events_by_identifier ON events (source, profile, identifier)
        WHERE identifier IS NOT NULL;`);
    this.#database = database;
    this.#insert = database.prepare(
      'INSERT INTO events (id, profile, source, created, accepted, version, payload) VALUES (?, ?, 1, ?, ?, 1, ?)',
    );
    this.#dailyCount = rows(
      database.prepare(
        'SELECT created / 86400000 * 86400000 AS day, count(*) FROM events WHERE profile = ? GROUP BY day ORDER BY day',
      ),
    );
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#latest = rows(
      database.prepare(
        'SELECT id, created, accepted, version, payload FROM events WHERE profile = ? ORDER BY created DESC, ' +
          'id DESC LIMIT ?',
      ),
    );
  }

  /** Resolves after the COMMIT. */
  append(events: readonly BareEvent[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, done: (error) => (error === undefined ? resolve() : reject(error as Error)) });
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  /** The newest events of a profile, as JSON text of an array. */
  latest(profile: string, limit: number): string {
    return this.#page(this.#latest, profile, limit);
  }

  /** The first events of a profile by a top-level payload member of a number, ascending, as JSON text of an array. */
  sortedBy(member: string, profile: string, limit: number): string {
    let statement = this.#sorted.get(member);
    if (!statement) {
      const path = `'$.${JSON.stringify(member).replaceAll("'", "''")}'`;
      statement = rows(
        this.#database.prepare(
          `SELECT id, created, accepted, version, payload FROM events WHERE profile = ? ` +
            `ORDER BY json_extract(payload, ${path}), id LIMIT ?`,
        ),
      );
      this.#sorted.set(member, statement);
    }
    return this.#page(statement, profile, limit);
  }

  /**
   * Per UTC day of a profile: its first instant in ms, the number of events and the sum of a member, as JSON text of an
   * array.
   */
  byDay(member: string, profile: string): string {
    let statement = this.#daily.get(member);
    if (!statement) {
      const path = `'$.${JSON.stringify(member).replaceAll("'", "''")}'`;
      statement = rows(
        this.#database.prepare(
          `SELECT created / 86400000 * 86400000 AS day, count(*), sum(json_extract(payload, ${path})) ` +
            `FROM events WHERE profile = ? GROUP BY day ORDER BY day`,
        ),
      );
      this.#daily.set(member, statement);
    }
    return JSON.stringify(statement.all(this.#code(profile)));
  }

  /** Per UTC day of a profile: its first instant in ms, and the number of events, as JSON text of an array. */
  countByDay(profile: string): string {
    return JSON.stringify(this.#dailyCount.all(this.#code(profile)));
  }

  /** Commits what waits, and closes. */
  close(): void {
    this.#flush();
    this.#database.close();
  }

  #page(statement: StatementSync, profile: string, limit: number): string {
    const name = JSON.stringify(profile);
    let text = '[';
    for (const [id, created, accepted, version, payload] of statement.all(
      this.#code(profile),
      limit,
    ) as unknown as Row[]) {
      if (text.length > 1) text += ',';
      const createdDate = new Date(created).toISOString();
      const dates = `"createdDate":"${createdDate}","acceptedDate":"${new Date(accepted).toISOString()}"`;
      const metadata = `{"profile":${name},"source":"bare",${dates},"version":${version}}`;
      text += `{"id":"${id}","metadata":${metadata},"payload":${payload}}`;
    }
    return `${text}]`;
  }

  #code(profile: string): number {
    let code = this.#profiles.get(profile);
    if (code === undefined) {
      this.#database.prepare('INSERT OR IGNORE INTO profiles (name) VALUES (?)').run(profile);
      code = Number(this.#database.prepare('SELECT code FROM profiles WHERE name = ?').get(profile)?.['code']);
      this.#profiles.set(profile, code);
    }
    return code;
  }

  #flush(): void {
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    try {
      this.#begin.run();
      for (const { events } of group) {
        for (const event of events)
          this.#insert.run(event.id, this.#code(event.profile), event.created, event.accepted, event.payload);
      }
      this.#commit.run();
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      for (const { done } of group) done(error);
      return;
    }
    for (const { done } of group) done();
  }
}

function rows(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true);
  return statement;
}
