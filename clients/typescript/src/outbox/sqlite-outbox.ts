import { DatabaseSync } from 'node:sqlite';
import type { AddedEvent, OutboxStore, RefusedEvent, WaitingEvent } from './outbox-store.ts';

const schema = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, profile TEXT NOT NULL, event TEXT NOT NULL, reason TEXT
  );
  CREATE INDEX IF NOT EXISTS waiting ON outbox (profile, id) WHERE reason IS NULL;
  CREATE INDEX IF NOT EXISTS refused ON outbox (id) WHERE reason IS NOT NULL;`;

/**
 * In a SQLite file, for Node from 22.13 on. Events survive the death of the program; with `synchronous: 'full'` a power
 * loss as well, for a sync of the disk at each `add`.
 */
export function sqliteOutbox(
  file: string,
  { synchronous = 'normal' }: { synchronous?: 'normal' | 'full' } = {},
): OutboxStore {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA busy_timeout = 5000; PRAGMA synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'};`);
  database.exec(schema);
  const insert = database.prepare('INSERT INTO outbox (profile, event) VALUES (?, ?)');
  const first = database.prepare(
    'SELECT profile FROM outbox WHERE reason IS NULL AND profile NOT IN (SELECT value FROM json_each(?)) ' +
      'ORDER BY id LIMIT 1',
  );
  const select = database.prepare(
    'SELECT id, profile, event FROM outbox WHERE reason IS NULL AND profile = ? ORDER BY id LIMIT ?',
  );
  const remove = database.prepare('DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))');
  const setAside = database.prepare('UPDATE outbox SET reason = ? WHERE id = ?');
  const release = database.prepare('UPDATE outbox SET reason = NULL WHERE id IN (SELECT value FROM json_each(?))');
  const refused = database.prepare('SELECT id, event, reason FROM outbox WHERE reason IS NOT NULL ORDER BY id');
  const count = database.prepare('SELECT count(*) AS waiting FROM outbox WHERE reason IS NULL');
  const together = (write: () => void): void => {
    database.exec('BEGIN IMMEDIATE');
    try {
      write();
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  };
  return {
    add: (events) =>
      together(() => {
        for (const { profile, event } of events) insert.run(profile, event);
      }),
    take: (limit, without) => {
      const oldest = first.get(JSON.stringify(without)) as { profile: string } | undefined;
      return oldest === undefined
        ? []
        : (select.all(oldest.profile, limit) as unknown as readonly (WaitingEvent & AddedEvent)[]);
    },
    remove: (ids) => void remove.run(JSON.stringify(ids)),
    refuse: (events) =>
      together(() => {
        for (const { id, reason } of events) setAside.run(reason, id);
      }),
    refused: () => refused.all() as unknown as readonly RefusedEvent[],
    release: (ids) => void release.run(JSON.stringify(ids)),
    count: () => (count.get() as { waiting: number }).waiting,
    close: () => database.close(),
  };
}
