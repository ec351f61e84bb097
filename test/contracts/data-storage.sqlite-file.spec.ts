import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteStorage, type AdvisedStorage, type SqliteStorageOptions } from '@datakeep/storage';
import { SystemClock } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { anEvent, aQuery, code, identified, itemsOf, source } from './data-storage.fixture.ts';

describe('the SQLite engine', () => {
  let directory: string;
  let storage: AdvisedStorage;
  const workers: Worker[] = [];
  const remember = (worker: Worker): number => workers.push(worker);

  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), 'datakeep-file-')), 'data');
    workers.length = 0;
    process.on('worker', remember);
  });
  afterEach(async () => {
    process.off('worker', remember);
    await storage.close();
    await rm(join(directory, '..'), { recursive: true });
  });

  const open = async (options: Partial<SqliteStorageOptions> = {}): Promise<void> => {
    storage = await openSqliteStorage({
      directory,
      synchronous: 'normal',
      readers: 1,
      clock: new SystemClock(),
      ...options,
    });
  };

  test('keeps its folder and its files to the owner', async () => {
    await open();
    await storage.append([anEvent()]);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    for (const file of await readdir(directory))
      expect((await stat(join(directory, file))).mode & 0o777, file).toBe(0o600);
  });

  test('has nothing of a removed event or a former payload in its files, while it is open and quiet', async () => {
    await open({ limits: { emptyLogAfterMs: 20 } });
    const removed = anEvent({ secret: 'of a removed event' });
    const modified = anEvent({ secret: 'of a former payload' });
    await storage.append([removed, modified]);
    const kept = async (): Promise<boolean> => {
      const texts = ['events.sqlite', 'events.sqlite-wal'].map((file) => readFile(join(directory, file), 'latin1'));
      return /of a removed event|of a former payload/.test((await Promise.all(texts)).join());
    };
    expect(await kept()).toBe(true);
    await storage.replace(modified.id, '{}');
    await storage.remove(removed.id);
    await expect.poll(kept).toBe(false);
    await storage.append([anEvent()]);
    expect(await itemsOf(storage)).toHaveLength(2);
  });

  test('begins its log anew also where some reader is always at work', { timeout: 120_000 }, async () => {
    await open({ readers: 3, indexing: { mode: 'off' } });
    for (let batch = 0; batch < 3; batch += 1)
      await storage.append(Array.from({ length: 1000 }, (_, n) => anEvent({ list: [n, n + 1] }, { profile: 'many' })));
    const children = Array.from(
      { length: 40 },
      (_, n) => ({ node: 'eq', field: `payload.list.x${n}`, value: n }) as const,
    );
    const scan = { profile: 'many', filter: { node: 'or', children }, timeoutMs: 50_000 } as const;
    let writing = true;
    const scans = ['a', 'a', 'b', 'b'].map(async (fairnessKey) => {
      while (writing) await storage.query({ ...aQuery(scan), fairnessKey });
    });
    const large = 'x'.repeat(4_000_000);
    for (let n = 0; n < 70; n += 1) await storage.append([anEvent({ large }, { profile: 'large' })]);
    const { size } = await stat(join(directory, 'events.sqlite-wal'));
    writing = false;
    await Promise.all(scans);
    expect(size / 2 ** 20).toBeLessThan(192);
  });

  test('has nothing of a removed event in the log that a killed process left, soon after the next start', async () => {
    await open();
    const removed = anEvent({ secret: 'of a removed event' });
    await storage.append([removed]);
    await storage.remove(removed.id);
    const left = join(directory, '..', 'left');
    await cp(directory, left, { recursive: true });
    await storage.close();
    expect(await readFile(join(left, 'events.sqlite-wal'), 'latin1')).toContain('of a removed event');
    await open({ directory: left, limits: { emptyLogAfterMs: 20 } });
    await expect.poll(() => readFile(join(left, 'events.sqlite-wal'), 'latin1')).not.toContain('of a removed event');
  });

  test('is held by one opener at a time', async () => {
    await open();
    const second = openSqliteStorage({ directory, synchronous: 'normal', readers: 1, clock: new SystemClock() });
    await expect(second).rejects.toMatchObject(code('storage-busy'));
    await storage.append([anEvent()]);
    await storage.close();
    await open();
    expect((await storage.figures()).events).toBe(1);
  });

  test('leaves no log behind when it is closed', async () => {
    await open();
    await storage.append([anEvent()]);
    await storage.close();
    expect(await readdir(directory)).toEqual(['events.lock', 'events.sqlite']);
  });

  test('refuses to open what is no database', async () => {
    await open();
    await storage.close();
    await writeFile(
      join(directory, 'events.sqlite'),
      'this is no database, and long enough to be looked at as one'.repeat(20),
    );
    await expect(open()).rejects.toMatchObject(code('storage-unreachable'));
  });

  test('a file of version 3 gets the totals of its sources', async () => {
    await open();
    await storage.append([anEvent({ a: 'é' }), anEvent({ b: 1 }), anEvent({ c: 1 }, { source: 'other' })]);
    await storage.close();
    const file = new DatabaseSync(join(directory, 'events.sqlite'));
    file.exec(
      'ALTER TABLE sources DROP COLUMN events; ALTER TABLE sources DROP COLUMN bytes; PRAGMA user_version = 3;',
    );
    file.close();
    await open();
    expect(await storage.usageOf(source)).toEqual({ events: 2, bytes: 17 });
    expect(await storage.usageOf('other')).toEqual({ events: 1, bytes: 7 });
    await storage.append([anEvent({ d: 1 })]);
    expect(await storage.usageOf(source)).toEqual({ events: 3, bytes: 24 });
  });

  test('a full disk refuses writes and nothing else; with room again it goes on without a restart', async () => {
    await open({ limits: { maxBytes: 512 * 1024 } });
    const text = 'x'.repeat(10_000);
    const stored: string[] = [];
    const fill = async (): Promise<void> => {
      for (;;) {
        const events = [anEvent({ text }), anEvent({ text })];
        await storage.append(events);
        stored.push(...events.map((event) => event.id));
      }
    };
    await expect(fill()).rejects.toMatchObject(code('storage-full'));
    expect((await storage.figures()).events).toBe(stored.length);
    expect((await itemsOf(storage, { limit: 1000 })).length).toBe(stored.length);
    for (const id of stored.slice(0, 10)) await storage.remove(id);
    expect(await storage.append([anEvent({ text })])).toHaveLength(1);
  });

  test('a request too large for the disk does not fail those that arrive with it', async () => {
    await open({ limits: { maxBytes: 512 * 1024 } });
    const small = (): ReturnType<typeof anEvent>[] => [identified(`small ${Math.random()}`)];
    const outcomes = await Promise.allSettled([
      storage.append(small()),
      storage.append([anEvent({ text: 'x'.repeat(600_000) })]),
      storage.append(small()),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await storage.figures()).events).toBe(2);
  });

  test('a dead writer fails what it held and is replaced', async () => {
    await open();
    await storage.append([anEvent()]);
    const pending = storage.append([anEvent()]);
    const [writer] = workers;
    await writer?.terminate();
    await expect(pending).rejects.toMatchObject(code('storage-unreachable'));
    expect(await storage.append([anEvent()])).toHaveLength(1);
  });

  test('a dead reader fails what it had and is replaced', async () => {
    await open();
    await storage.append([anEvent()]);
    const ended = workers.at(-1)?.terminate();
    await expect(storage.query(aQuery())).rejects.toMatchObject(code('storage-unreachable'));
    await ended;
    expect((await storage.query(aQuery())).length).toBe(1);
  });

  test('what a dead reader had not begun is answered by its replacement', async () => {
    // The advisor's thread, which begins after a second, would be counted.
    await open({ indexing: { mode: 'off' } });
    await storage.append([anEvent()]);
    const ended = workers.at(-1)?.terminate();
    const asked = [aQuery(), aQuery(), aQuery({ count: true })].map((query) => storage.query(query));
    expect(await Promise.allSettled(asked)).toMatchObject([
      { status: 'rejected', reason: code('storage-unreachable') },
      { status: 'fulfilled', value: { length: 1 } },
      { status: 'fulfilled', value: { length: 1, count: 1 } },
    ]);
    await ended;
    expect(workers).toHaveLength(3);
  });

  test('a query is stopped when its time is over by the clock, and its thread serves the next', async () => {
    const clock = new ManualClock();
    await open({ clock, indexing: { mode: 'off' } });
    for (let batch = 0; batch < 30; batch++)
      await storage.append(Array.from({ length: 1000 }, (_, n) => anEvent({ list: [n, n + 1] })));
    const children = Array.from(
      { length: 40 },
      (_, n) => ({ node: 'eq', field: `payload.list.x${n}`, value: n }) as const,
    );
    const pending = storage.query(aQuery({ filter: { node: 'or', children }, timeoutMs: 5000 }));
    const next = storage.query(aQuery({ limit: 2, timeoutMs: 50_000 }));
    const outcome = Promise.allSettled([pending]);
    await clock.advance(5000);
    expect(await outcome).toMatchObject([{ status: 'rejected', reason: code('query-timeout') }]);
    expect((await next).length).toBe(2);
    expect(workers).toHaveLength(2);
  });

  test('a query that waits at the thread behind a long one is refused when its own time is over', async () => {
    const clock = new ManualClock();
    await open({ clock, indexing: { mode: 'off' } });
    for (let batch = 0; batch < 30; batch++)
      await storage.append(Array.from({ length: 1000 }, (_, n) => anEvent({ list: [n, n + 1] })));
    const children = Array.from(
      { length: 40 },
      (_, n) => ({ node: 'eq', field: `payload.list.x${n}`, value: n }) as const,
    );
    const long = Promise.allSettled([storage.query(aQuery({ filter: { node: 'or', children }, timeoutMs: 9000 }))]);
    const behind = Promise.allSettled([storage.query(aQuery({ timeoutMs: 5000 }))]);
    const next = storage.query(aQuery({ limit: 2, timeoutMs: 50_000 }));
    await clock.advance(5000);
    expect(await behind).toMatchObject([{ status: 'rejected', reason: code('query-timeout') }]);
    await clock.advance(4000);
    expect(await long).toMatchObject([{ status: 'rejected', reason: code('query-timeout') }]);
    expect((await next).length).toBe(2);
    expect(workers).toHaveLength(2);
  });

  test('reads that find too many waiting are refused', async () => {
    await open({ limits: { waitingReads: 2 } });
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => storage.query(aQuery())));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    // One is being read, one is at hand, two wait.
    expect(refused).toHaveLength(6);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'storage-busy', retryAfterSeconds: 1 });
  });

  test('a page of large events ends early and goes on from there', async () => {
    await open();
    const text = 'x'.repeat(1_000_000);
    for (let n = 0; n < 40; n++) await storage.append([anEvent({ text, n })]);
    const seen: unknown[] = [];
    let page = await storage.query(aQuery({ limit: 1000 }));
    expect(page.length).toBeLessThan(40);
    for (;;) {
      expect(page.itemsJson.length).toBeLessThan(20_000_000);
      seen.push(...(JSON.parse(page.itemsJson) as { payload: { n: number } }[]).map((item) => item.payload.n));
      if (!page.next) break;
      page = await storage.query(aQuery({ limit: 1000, after: page.next }));
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => 39 - n));
  });

  test('its threads end with it', async () => {
    // The index advisor's thread starts a second later, in which a busy machine may not have come to the end.
    await open({ readers: 2, indexing: { mode: 'off' } });
    await storage.append(
      Array.from({ length: 1000 }, (_, n) => anEvent({ list: Array.from({ length: 500 }, () => n) })),
    );
    // Long enough to be moved to another thread.
    await storage.query(aQuery({ filter: { node: 'eq', field: 'payload.list', value: -1 } }));
    const ended = Promise.all(workers.map((worker) => once(worker, 'exit')));
    await storage.close();
    expect(await ended).toHaveLength(3);
  });
});
