import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteStorage } from '@datakeep/storage';
import { SystemClock } from '@datakeep/kernel';
import { integrityOf } from '../support/sqlite/inspect-file.ts';
import { thorough } from '../support/thorough.ts';
import { aQuery, itemsOf } from './data-storage.fixture.ts';

const kills = thorough(10, 20);
const support = (file: string): string => fileURLToPath(new URL(`../support/storage/${file}`, import.meta.url));

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'datakeep-killed-'));
});
afterEach(() => rm(directory, { recursive: true }));

/**
 * Starts the writing process and kills it after `lines` acknowledgements; resolves with all that it printed before it
 * died.
 */
async function acknowledgedBeforeKill(round: number, lines: number): Promise<string[]> {
  const child = spawn(
    process.execPath,
    ['--import', support('resolve-libs.ts'), support('append-until-killed.ts'), directory, String(round)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const printed: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    printed.push(line);
    if (printed.length === lines) child.kill('SIGKILL');
  });
  await Promise.all([once(child, 'exit'), once(reader, 'close')]);
  expect(child.signalCode).toBe('SIGKILL');
  return printed;
}

async function batchesPresent(): Promise<Map<string, { size: number; events: number }>> {
  const storage = await openSqliteStorage({ directory, synchronous: 'full', readers: 1, clock: new SystemClock() });
  const batches = new Map<string, { size: number; events: number }>();
  let after = {};
  for (;;) {
    const query = { profile: 'killed', limit: 1000, ...after };
    for (const { payload } of await itemsOf(storage, query)) {
      const { batch, size } = payload as { batch: string; size: number };
      batches.set(batch, { size, events: (batches.get(batch)?.events ?? 0) + 1 });
    }
    const { next } = await storage.query(aQuery({ ...query, fields: [] }));
    if (!next) break;
    after = { after: next };
  }
  const { events } = await storage.figures();
  expect([...batches.values()].reduce((sum, batch) => sum + batch.events, 0)).toBe(events);
  await storage.close();
  return batches;
}

test(`${kills} × kill -9 while eight writers append: the acknowledged is there, and no batch in part`, async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < kills; round++) {
    acknowledged.push(...(await acknowledgedBeforeKill(round, 1 + ((round * 37) % 120))));
    // Every fifth time somebody opens and closes the file in between; else the next writer recovers it.
    if (round % 5 === 4) await batchesPresent();
  }
  const present = await batchesPresent();
  const lost = acknowledged
    .map((line) => line.split(' '))
    .filter(([name = '', size]) => present.get(name)?.events !== Number(size));
  expect(lost).toEqual([]);
  expect([...present].filter(([, { size, events }]) => size !== events)).toEqual([]);
  expect(acknowledged.length).toBeGreaterThanOrEqual(kills);
  expect(integrityOf(directory)).toBe('ok');
});
