import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { aQuery, day, IndexedStorage, ofUser } from './indexing.fixture.ts';

const file = (name: string): string => new URL(name, import.meta.url).pathname;

/** Runs the child until its index is in this state, and kills it. */
async function killIn(state: string, { directory, clock }: IndexedStorage): Promise<void> {
  const resolve = ['--import', file('../support/storage/resolve-libs.ts')];
  const child = spawn(process.execPath, [...resolve, file('index-until-killed.ts'), directory, String(clock.now())], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    if (line === state) child.kill('SIGKILL');
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

// Three real kills in each state and one in the first, which never comes again: 20 in each would take minutes. SQLite hides no index; being taken back, and every single change on the way through all
// states, dies in the advisor's own crashes.spec.ts, without a process.
const kills = ['candidate', ...Array.from({ length: 3 }, () => ['approved', 'building', 'verifying', 'active', 'dropped']).flat()];

test(
  `A-6: killed ${kills.length} times, three times in each state that its index passes, the storage finds records and indexes in agreement`,
  { timeout: 180_000 },
  async () => {
    await using keep = await IndexedStorage.open({ mode: 'suggest' });
    await keep.fill(10_000, 500);
    await keep.ask(8, 10, (call) => aQuery({ filter: ofUser(call % 500) }));
    for (const [kill, state] of kills.entries()) {
      await keep.storage.close();
      await killIn(state, keep);
      // Whatever the other's clock came to is over.
      await keep.clock.advance(day / 4);
      await keep.reopen();
      const [index, ...others] = await keep.automatic();
      expect(others).toEqual([]);
      const isThere = index?.state === 'verifying' || index?.state === 'active';
      expect(index?.state).not.toBe('building');
      expect(automaticIndexes(keep.directory), `after kill ${kill} in ${state}: ${index?.state}`).toEqual(isThere ? [index.name] : []);
      expect((await keep.storage.query(aQuery({ filter: ofUser(7) }))).length).toBe(20);
    }
  },
);
