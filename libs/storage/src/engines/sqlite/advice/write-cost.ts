import { DatabaseSync } from 'node:sqlite';

const rows = 2000;

/**
 * What one more expression index adds to one inserted row here, ms: 2,000 rows with and without it, in memory. Clamped
 * to the range measured on other machines.
 */
export function calibrateWriteMs(): number {
  const added = (insertAll(true) - insertAll(false)) / rows;
  return Math.min(0.05, Math.max(0.005, added));
}

function insertAll(indexed: boolean): number {
  const database = new DatabaseSync(':memory:');
  database.exec(
    'CREATE TABLE events (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, profile INTEGER NOT NULL, ' +
      'created INTEGER NOT NULL, payload TEXT NOT NULL)',
  );
  if (indexed)
    database.exec(
      "CREATE INDEX by_user ON events (profile, json_extract(payload,'$.user'), created, id) WHERE profile = 1",
    );
  const insert = database.prepare('INSERT INTO events (id, profile, created, payload) VALUES (?, 1, ?, ?)');
  const text = 'x'.repeat(200);
  const start = performance.now();
  database.exec('BEGIN');
  for (let row = 0; row < rows; row += 1)
    insert.run(String(row).padStart(24, '0'), row, `{"user":"user-${(row * 7919) % 1000}","text":"${text}"}`);
  database.exec('COMMIT');
  const taken = performance.now() - start;
  database.close();
  return taken;
}
