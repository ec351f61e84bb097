import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { aQuery, IndexedStorage, ofUser } from './indexing.fixture.ts';

const file = (name: string): string => new URL(name, import.meta.url).pathname;

/** Runs the child until it has printed so many lines, and kills it. */
async function killAfter(directory: string, lines: number): Promise<void> {
  const child = spawn(process.execPath, ['--import', file('../support/storage/resolve-libs.ts'), file('index-until-killed.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const reader = createInterface({ input: child.stdout });
  let printed = 0;
  reader.on('line', () => {
    printed += 1;
    if (printed === lines) child.kill('SIGKILL');
  });
  await Promise.all([once(child, 'exit'), once(reader, 'close')]);
  expect(child.signalCode).toBe('SIGKILL');
}

function automaticIndexes(directory: string): string[] {
  const database = new DatabaseSync(join(directory, 'events.sqlite'), { readOnly: true });
  const rows = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'auto!_%' ESCAPE '!'").all();
  database.close();
  return rows.map((row) => String(row['name']));
}

test(
  'A-6: killed twenty times while its index comes and goes, the storage finds records and indexes in agreement',
  { timeout: 180_000 },
  async () => {
    await using keep = await IndexedStorage.open({ mode: 'suggest' });
    await keep.fill(20_000, 500);
    await keep.ask(8, 10, (call) => aQuery({ filter: ofUser(call % 500) }));
    const seen = new Set<string>();
    for (let kill = 0; kill < 20; kill += 1) {
      await keep.storage.close();
      await killAfter(keep.directory, 1 + (kill % 7));
      await keep.reopen();
      const [index, ...others] = await keep.automatic();
      expect(others).toEqual([]);
      seen.add(index?.state ?? '');
      const isThere = index?.state === 'verifying' || index?.state === 'active';
      expect(automaticIndexes(keep.directory), `after kill ${kill}: ${index?.state}`).toEqual(isThere ? [index.name] : []);
      expect((await keep.storage.query(aQuery({ filter: ofUser(7) }))).length).toBe(40);
    }
    expect(seen.size).toBeGreaterThan(1);
  },
);
