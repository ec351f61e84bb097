import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Durability } from '../document-store.ts';
import { GroupCommit } from './group-commit.ts';
import { LogSync } from './log-sync.ts';

type Done = (error: Error | null) => void;

let folder: string;
let database: DatabaseSync;
let log: LogSync;
let group: GroupCommit;
let transactions: number;
/** Syncs that were begun, oldest first. */
let syncs: Done[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datakeep-log-'));
  const file = join(folder, 'documents.sqlite');
  database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE things (id TEXT PRIMARY KEY)');
  syncs = [];
  transactions = 0;
  log = new LogSync(file, (_fd, done) => syncs.push(done));
  group = new GroupCommit(
    database,
    log,
    (sql) => {
      if (sql.startsWith('BEGIN')) transactions += 1;
      return database.prepare(sql);
    },
    () => undefined,
  );
});

afterEach(async () => {
  vi.useRealTimers();
  for (const done of syncs) done(null);
  await log.close();
  database.close();
  rmSync(folder, { recursive: true });
});

const hand = (id: string, durability: Durability): Promise<void> =>
  group.commit(
    [{ collection: 'things', statement: { sql: 'INSERT INTO things VALUES (?)', values: [id] } }],
    durability,
  );

/** Commits one record; answers how that ended, `undefined` as long as it has not. */
function commit(id: string, durability: Durability): { end: unknown } {
  const told = { end: undefined as unknown };
  hand(id, durability).then(
    () => (told.end = 'stored'),
    (error: unknown) => (told.end = error),
  );
  group.flush();
  return told;
}

/** Lets every promise that can settle do so. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a group commit whose log is synced beside it', () => {
  it('acknowledges a durable unit when the log is synced, and not before', async () => {
    const one = commit('one', 'durable');
    await settled();
    expect(one.end).toBeUndefined();
    syncs[0]!(null);
    await settled();
    expect(one.end).toBe('stored');
  });

  it('does not count a sync that was begun before the commit', async () => {
    commit('one', 'durable');
    const two = commit('two', 'durable');
    const three = commit('three', 'durable');
    syncs[0]!(null);
    await settled();
    expect([two.end, three.end]).toEqual([undefined, undefined]);
    expect(syncs).toHaveLength(2);
    syncs[1]!(null);
    await settled();
    expect([two.end, three.end]).toEqual(['stored', 'stored']);
  });

  it('acknowledges a relaxed unit without a sync', async () => {
    const one = commit('one', 'relaxed');
    await settled();
    expect(one.end).toBe('stored');
    expect(syncs).toHaveLength(0);
  });

  it('promises nothing more once a sync has failed', async () => {
    const held = [commit('one', 'durable'), commit('two', 'durable')];
    syncs[0]!(new Error('EIO'));
    await settled();
    const later = [commit('three', 'durable'), commit('four', 'relaxed')];
    await settled();
    for (const { end } of [...held, ...later]) expect(end).toMatchObject({ code: 'storage-unreachable' });
    expect(database.prepare('SELECT id FROM things ORDER BY id').all()).toEqual([{ id: 'one' }, { id: 'two' }]);
  });

  it('closes its file when the sync that goes on has ended', async () => {
    const one = commit('one', 'durable');
    let closed = false;
    const closing = log.close().then(() => (closed = true));
    await settled();
    expect([one.end, closed]).toEqual([undefined, false]);
    syncs[0]!(null);
    await closing;
    expect(one.end).toBe('stored');
  });
});

describe('units of one turn', () => {
  it('share a transaction, in the order in which they came', async () => {
    await Promise.all([hand('one', 'relaxed'), hand('two', 'relaxed'), hand('three', 'relaxed')]);
    expect(transactions).toBe(1);
    expect(database.prepare('SELECT id FROM things ORDER BY rowid').all()).toEqual([
      { id: 'one' },
      { id: 'two' },
      { id: 'three' },
    ]);
  });

  it('are joined by a deferred one of an earlier turn', async () => {
    // On a slow machine its wait would be over before the other one comes.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const deferred = hand('one', 'deferred');
    await settled();
    expect(transactions).toBe(0);
    await hand('two', 'relaxed');
    await deferred;
    expect(transactions).toBe(1);
  });

  it('are not needed for a deferred one to be stored', async () => {
    await hand('one', 'deferred');
    await hand('two', 'deferred');
    expect(transactions).toBe(2);
    expect(database.prepare('SELECT id FROM things ORDER BY rowid').all()).toEqual([{ id: 'one' }, { id: 'two' }]);
  });

  it('fail no neighbour by their own conflict', async () => {
    await hand('one', 'relaxed');
    const again = hand('one', 'relaxed').catch((error: unknown) => error);
    await hand('two', 'relaxed');
    expect(await again).toMatchObject({ kind: 'unique', collection: 'things' });
  });
});
