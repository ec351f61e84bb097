import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bundleProgram } from '../support/storage/bundle-program.ts';
import { thorough } from '../support/thorough.ts';
import { aQuery, day, IndexedStorage, ofUser } from './indexing.fixture.ts';

interface Settled {
  readonly records: readonly { readonly name: string; readonly state: string }[];
  readonly indexes: readonly string[];
  readonly found: number;
}

interface Life {
  readonly program: string;
  readonly directory: string;
  /** Of the clock that the children share. */
  now: number;
  /** How each child died: the last state that it stored. */
  readonly deaths: string[];
  /** What the children found that came so far as to look. */
  readonly settled: Settled[];
}

/** Runs a child until `afterMs` after this state was stored, when it dies. */
async function dieIn(state: string, afterMs: number, life: Life): Promise<void> {
  const { program, directory, now, deaths, settled } = life;
  const child = spawn(process.execPath, [program, directory, String(now), state, String(afterMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const reader = createInterface({ input: child.stdout });
  let last = '';
  reader.on('line', (line) => {
    const told = JSON.parse(line) as { readonly state: string; readonly at: number } | Settled;
    if ('records' in told) settled.push(told);
    else [last, life.now] = [told.state, told.at];
  });
  await Promise.all([once(child, 'exit'), once(reader, 'close')]);
  expect(child.signalCode).toBe('SIGKILL');
  deaths.push(last);
}

const lives = 4;
const cycles = thorough(2, 5);
const inEach = lives * cycles;
/** The time of its tombstone is over then, however often it was taken back, and so is every habit. */
const longAfter = 91 * day;

/**
 * Each state that an index passes on SQLite, which hides none, in the order in which one life passes them. The n-th
 * kill comes later after the state was stored: at once, or in the middle of the replays, of the drop, or of the build,
 * which takes some 20 ms; that kill is additional to those of its state, since the build may be over by then.
 */
const passage: readonly (readonly [state: string, afterMs: (n: number) => number])[] = [
  ['candidate', () => 0],
  ['approved', (n) => n % 3],
  ['building', () => 0],
  ['failed', (n) => n % 3],
  ['building', (n) => 1 + 3 * n],
  ['verifying', (n) => 5 * n],
  ['active', (n) => n % 3],
  ['dropped', (n) => Math.floor(n / 2)],
  ['reverted', (n) => Math.floor(n / 2)],
];

async function liveAndDie(life: Life, number: number): Promise<void> {
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    life.now += longAfter;
    for (const [state, afterMs] of passage) await dieIn(state, afterMs(cycle * lives + number), life);
  }
}

test(
  `A-6: killed ${inEach} times in each state of an index, records and indexes agree, and no index is an orphan`,
  { timeout: 400_000 },
  async () => {
    await using keep = await IndexedStorage.open({ mode: 'suggest' });
    await keep.fill(10_000, 500);
    await keep.ask(8, 10, (call) => aQuery({ filter: ofUser(call % 500) }));
    await keep.storage.close();
    const folder = await mkdtemp(join(tmpdir(), 'datakeep-killed-'));
    try {
      const program = await bundleProgram(
        fileURLToPath(new URL('index-until-killed.ts', import.meta.url)),
        join(folder, 'program'),
      );
      const all = Array.from({ length: lives }, (_, number): Life => ({
        program,
        directory: join(folder, String(number)),
        now: keep.clock.now(),
        deaths: [],
        settled: [],
      }));
      for (const { directory } of all) await cp(keep.directory, directory, { recursive: true });
      await Promise.all(all.map(liveAndDie));
      // One more looks at what the last one left.
      await Promise.all(all.map((life) => dieIn('approved', 0, life)));

      const deaths = new Map<string, number>();
      for (const state of all.flatMap((life) => life.deaths)) deaths.set(state, (deaths.get(state) ?? 0) + 1);
      process.stdout.write(
        `killed in each state: ${[...deaths].map(([state, count]) => `${state} ${count}`).join(', ')}\n`,
      );
      for (const [state] of passage) expect(deaths.get(state), state).toBeGreaterThanOrEqual(inEach);
      for (const { records, indexes, found } of all.flatMap(({ settled }) => settled)) {
        expect(records).toHaveLength(1);
        expect(records.map(({ state }) => state)).not.toContain('building');
        expect(indexes, JSON.stringify(records)).toEqual(
          records.filter(({ state }) => state === 'verifying' || state === 'active').map(({ name }) => name),
        );
        expect(found).toBe(20);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
