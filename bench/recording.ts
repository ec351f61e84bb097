/**
 * The cost of counting the queries that the Data Storage serves: its own classes from `dist`, in this process, so that
 * no transport makes the queries look longer. The advisor's `queried` and the flush of its memory are timed where the
 * storage calls them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EventQuery, Filter } from '@datakeep/contracts';
import { lastBuild } from '../scripts/build.ts';
import { figure, printTable } from './table.ts';

const profile = 'bench/recording';
const events = 10_000;
const warmUp = 2000;
const queries = 10_000;

interface Spent {
  calls: number;
  ms: number;
}

const built = <Module>(path: string): Promise<Module> =>
  import(pathToFileURL(join(lastBuild(), 'libs', path)).href) as Promise<Module>;

/** Has every call of a method add to what was spent, until its promise is settled where it returns one. */
function timeMethod(prototype: object, name: string): Spent {
  const spent: Spent = { calls: 0, ms: 0 };
  const original = Reflect.get(prototype, name) as (...args: unknown[]) => unknown;
  const add = (begun: number): void => {
    spent.calls += 1;
    spent.ms += performance.now() - begun;
  };
  Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]): unknown {
    const begun = performance.now();
    const result = original.apply(this, args);
    if (result instanceof Promise) return result.finally(() => add(begun));
    add(begun);
    return result;
  });
  return spent;
}

const queryOf = (limit: number, filter?: Filter): EventQuery => ({
  profile,
  limit,
  timeoutMs: 60_000,
  sort: [{ field: 'metadata.createdDate', direction: 'descending' }],
  kinds: { 'metadata.createdDate': 'date', 'payload.place': 'string', 'payload.amount': 'number' },
  arrays: [],
  ...(filter ? { filter } : {}),
});

const kinds: readonly (readonly [name: string, of: (number: number) => EventQuery])[] = [
  ['the newest event', () => queryOf(1)],
  ['page of 100', () => queryOf(100)],
  [
    'page of 100 by two payload fields, no index',
    (number) =>
      queryOf(100, {
        node: 'and',
        children: [
          { node: 'eq', field: 'payload.place', value: `place-${number % 50}` },
          { node: 'gte', field: 'payload.amount', value: number % 500 },
        ],
      }),
  ],
];

export async function benchRecording(): Promise<void> {
  const { openSqliteStorage } = await built<typeof import('@datakeep/storage')>('storage/src/index.js');
  const { SystemClock } = await built<typeof import('@datakeep/kernel')>('kernel/src/index.js');
  const { Advisor } = await built<{ Advisor: { prototype: object } }>('storage/src/advisor/advisor.js');
  const { Memory } = await built<{ Memory: { prototype: object } }>('storage/src/advisor/memory.js');
  const recording = timeMethod(Advisor.prototype, 'queried');
  const flushing = timeMethod(Memory.prototype, 'flush');
  const directory = mkdtempSync(join(tmpdir(), 'datakeep-recording-'));
  const storage = await openSqliteStorage({ directory, synchronous: 'normal', readers: 1, clock: new SystemClock() });
  const table: string[][] = [];
  try {
    const id = (number: number): string => number.toString(16).padStart(24, '0');
    for (let first = 0; first < events; first += 1000)
      await storage.append(
        Array.from({ length: 1000 }, (_, index) => {
          const number = first + index;
          const payload = JSON.stringify({ place: `place-${number % 50}`, amount: number % 997 });
          return {
            id: id(number + 1),
            profile,
            source: id(1),
            createdAt: number * 60_000,
            acceptedAt: number,
            payload,
          };
        }),
      );
    // A new storage begins to count a second after its start, or when it is first asked about indexes.
    await storage.indexes();
    for (const [name, of] of kinds) {
      for (let number = 0; number < warmUp; number += 1) await storage.query(of(number));
      Object.assign(recording, { calls: 0, ms: 0 });
      const begun = performance.now();
      for (let number = 0; number < queries; number += 1) await storage.query(of(number));
      const query = ((performance.now() - begun) * 1000) / queries;
      const cost = (recording.ms * 1000) / recording.calls;
      table.push([name, figure(query), figure(cost), `${figure((cost / query) * 100)} %`]);
    }
  } finally {
    // Stores what is counted.
    await storage.close();
    rmSync(directory, { recursive: true, force: true });
  }
  console.log(
    `The cost of counting queries; ${queries} of each kind on ${events} events, asked of the storage in its own ` +
      `process\n`,
  );
  printTable(['query', 'in all, µs', 'counting it, µs', 'share'], table);
  console.log(`What was counted was stored ${flushing.calls} times, which took ${figure(flushing.ms)} ms in all.\n`);
}
