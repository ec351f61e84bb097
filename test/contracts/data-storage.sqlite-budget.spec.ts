import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Aggregation, EventQuery, Filter } from '@datakeep/contracts';
import { openSqliteStorage, type AdvisedStorage, type SqliteStorageOptions } from '@datakeep/storage';
import { SystemClock } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { anEvent, aQuery, code, fieldsOf } from './data-storage.fixture.ts';

const counted = (profile: string, filter: Filter | undefined, timeoutMs: number): Aggregation => ({
  profile,
  ...(filter ? { filter } : {}),
  groupBy: [],
  measures: [{ name: 'n', op: 'count' }],
  sort: [],
  limit: 1,
  kinds: {},
  arrays: filter ? fieldsOf(filter) : [],
  timeoutMs,
});

const nested = (levels: number, inside: string): string => '{"a":'.repeat(levels) + inside + '}'.repeat(levels);
const ones = (count: number): string => `[${'1,'.repeat(count - 1)}1]`;
const path = (levels: number): string => `payload${'.a'.repeat(levels)}`;

/** Each takes seconds in one comparison or in 46 of them: an event's payload, and the comparison. */
const large: readonly [name: string, payload: string, leaf: Filter][] = [
  ['sixty levels', nested(60, ones(500_000)), { node: 'eq', field: path(60), value: 2 }],
  ['three levels', nested(3, ones(1_900_000)), { node: 'eq', field: path(3), value: 2 }],
  ['one level', nested(1, ones(1_900_000)), { node: 'in', field: path(1), values: [2, 3] }],
  ['scalars on the way', nested(1, ones(1_900_000)), { node: 'exists', field: path(2) }],
  [
    'one long text',
    `{"a":"${'a'.repeat(4_000_000)}"}`,
    { node: 'contains', field: path(1), value: `${'a'.repeat(1000)}b` },
  ],
  [
    'many lists',
    `{"a":[${Array.from({ length: 4000 }, () => `{"a":${ones(450)}}`).join(',')}]}`,
    { node: 'lt', field: path(2), value: 0 },
  ],
];

/**
 * Forty comparisons with each element of a list of three, for each of many events: a scan far beyond the short reads'
 * time slice.
 */
const scan: Filter = {
  node: 'or',
  children: Array.from({ length: 40 }, (_, n) => ({ node: 'eq', field: `payload.list.x${n}`, value: n })),
};
const of = <Q>(fairnessKey: string, question: Q): Q => ({ ...question, fairnessKey });
const scanOf = (key: string): EventQuery => of(key, aQuery({ profile: 'many', filter: scan, timeoutMs: 50_000 }));
const small = of('b', aQuery({ profile: 'small', limit: 2, timeoutMs: 50_000 }));

let directory: string;
let storage: AdvisedStorage;
const workers: Worker[] = [];
const remember = (worker: Worker): number => workers.push(worker);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'datakeep-budget-'));
  workers.length = 0;
  process.on('worker', remember);
});
afterEach(async () => {
  process.off('worker', remember);
  await storage.close();
  await rm(directory, { recursive: true });
});

async function open(options: Partial<SqliteStorageOptions> = {}): Promise<void> {
  storage = await openSqliteStorage({
    directory,
    synchronous: 'normal',
    readers: 2,
    clock: new SystemClock(),
    indexing: { mode: 'off' },
    ...options,
  });
  await storage.append([anEvent({}, { profile: 'small' }), anEvent({}, { profile: 'small' })]);
  for (let batch = 0; batch < 2; batch++)
    await storage.append(
      Array.from({ length: 1000 }, (_, n) => anEvent({ list: [n, n + 1, n + 2] }, { profile: 'many' })),
    );
}

describe('on SQLite what is over its time takes no more of it', () => {
  test.each(large)('where a single event takes it that long: %s', async (_name, payload, leaf) => {
    await open();
    await storage.append([{ ...anEvent({}, { profile: 'large' }), payload }]);
    const filter: Filter = { node: 'or', children: Array.from({ length: 46 }, () => leaf) };
    const asked = [
      () => storage.query(aQuery({ profile: 'large', filter, timeoutMs: 100 })),
      () => storage.query(aQuery({ profile: 'large', filter, count: true, timeoutMs: 100 })),
      () => storage.aggregate(counted('large', filter, 100)),
    ];
    for (const ask of asked) {
      await expect(ask()).rejects.toMatchObject(code('query-timeout'));
      // Answered by the threads that there were.
      expect((await storage.query(small)).length).toBe(2);
      expect((await storage.query(scanOf('b'))).length).toBe(0);
    }
    // The writer, a thread for short reads and one for long ones: none was replaced.
    expect(workers).toHaveLength(3);
  });
});

describe('on SQLite what one caller asks', () => {
  test('does not wait for the scans of another', async () => {
    await open();
    let ended = 0;
    const scans = Array.from({ length: 8 }, async () => {
      await storage.query(scanOf('a'));
      ended += 1;
    });
    for (let time = 0; time < 5; time++) expect((await storage.query(small)).length).toBe(2);
    expect(ended).toBeLessThan(4);
    await Promise.all(scans);
  });

  test('does not wait for aggregations of another caller: an aggregation, a count, changes, an event', async () => {
    await open();
    const [{ id }] = JSON.parse((await storage.query(small)).itemsJson) as [{ id: string }];
    let ended = 0;
    const scans = Array.from({ length: 8 }, async () => {
      await storage.aggregate(of('a', counted('many', scan, 50_000)));
      ended += 1;
    });
    expect(await storage.aggregate(of('b', counted('small', undefined, 50_000)))).toMatchObject({
      groupsJson: '[{"key":[],"n":2}]',
    });
    expect(await storage.query({ ...small, count: true })).toMatchObject({ count: 2 });
    expect((await storage.changes(of('b', { limit: 10, profiles: ['small'] }))).changes).toHaveLength(2);
    expect(await storage.get(id)).toMatchObject({ id });
    await storage.ping();
    expect(ended).toBeLessThan(4);
    await Promise.all(scans);
  });

  test('takes its turn among scans after one of each other caller, not after all of them', async () => {
    await open();
    const order: string[] = [];
    const scanned = async (key: string): Promise<void> => {
      await storage.query(scanOf(key));
      order.push(key);
    };
    await Promise.all([...Array.from({ length: 6 }, () => scanned('a')), scanned('b'), scanned('c')]);
    expect(order.slice(0, 6)).toEqual(expect.arrayContaining(['b', 'c']));
  });

  test('has a thread for scans, of several, that another leaves to it', async () => {
    await open({ readers: 3 });
    const order: string[] = [];
    const scanned = async (key: string): Promise<void> => {
      await storage.query(scanOf(key));
      order.push(key);
    };
    const scans = Array.from({ length: 6 }, () => scanned('a'));
    // The scans of `a` have begun.
    await vi.waitFor(() => expect(workers.length).toBeGreaterThan(2));
    await Promise.all([...scans, scanned('b')]);
    expect(order.indexOf('b')).toBeLessThan(4);
  });

  test('finds a place to wait where another fills all that it may, three quarters', async () => {
    await open({ limits: { waitingReads: 8 } });
    const asked = Array.from({ length: 20 }, () => storage.query(of('a', small)));
    const other = storage.query(small);
    const outcomes = await Promise.allSettled(asked);
    // One was being read and one at hand.
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
    expect((await other).length).toBe(2);
  });
});

test('the thread for scans on SQLite begins with the first, and ends when there was none for a while', async () => {
  const clock = new ManualClock();
  await open({ clock });
  expect(workers).toHaveLength(2);
  await storage.query(scanOf('a'));
  expect(workers).toHaveLength(3);
  const ended = new Promise((resolve) => workers[2]?.once('exit', resolve));
  await clock.advance(60_000);
  await ended;
  // And another begins.
  await storage.query(scanOf('a'));
  expect(workers).toHaveLength(4);
});

test('a late read on SQLite that is no query is to be sent again, and not to be narrowed', async () => {
  const clock = new ManualClock();
  await open({ clock });
  const [{ id, metadata }] = JSON.parse((await storage.query(small)).itemsJson) as [
    { id: string; metadata: { source: string } },
  ];
  const reads = [
    ['storage-busy', () => storage.get(id)],
    ['storage-busy', () => storage.usageOf(metadata.source)],
    ['query-timeout', () => storage.query(small)],
  ] as const;
  for (const [problem, read] of reads) {
    // The time is over before an answer of the thread is read.
    await Promise.all([expect(read()).rejects.toMatchObject(code(problem)), clock.advance(50_000)]);
  }
});
