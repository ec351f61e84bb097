import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteStorage, type AdvisedStorage } from '@datakeep/storage';
import { SystemClock } from '@datakeep/kernel';
import { aQuery } from './data-storage.fixture.ts';

const kills = 8;
const support = (file: string): string => fileURLToPath(new URL(`../support/storage/${file}`, import.meta.url));

/** A client's copy by the changes that it receives: the existing events, by id, with their versions. */
class Mirror {
  readonly events = new Map<string, number>();
  place = '';

  told(change: string, id: string, version: number): void {
    if (change === 'deleted') this.events.delete(id);
    else this.events.set(id, version);
  }

  line(text: string): void {
    const [word = '', what = '', version] = text.split(' ');
    if (word === 'place') this.place = what;
    else this.told(word, what, Number(version));
  }
}

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'datakeep-followed-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function followUntilKilled(mirror: Mirror, round: number, lines: number): Promise<void> {
  const file = support('follow-until-killed.ts');
  const child = spawn(
    process.execPath,
    ['--import', support('resolve-libs.ts'), file, directory, String(round), mirror.place],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let count = 0;
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    mirror.line(line);
    count += 1;
    if (count === lines) child.kill('SIGKILL');
  });
  await Promise.all([once(child, 'exit'), once(reader, 'close')]);
  expect(child.signalCode).toBe('SIGKILL');
}

async function stored(storage: AdvisedStorage): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  let after = {};
  for (;;) {
    const { itemsJson, next } = await storage.query(aQuery({ profile: 'killed', limit: 1000, ...after }));
    for (const { id, metadata } of JSON.parse(itemsJson) as { id: string; metadata: { version: number } }[])
      found.set(id, metadata.version);
    if (!next) return found;
    after = { after: next };
  }
}

test(`${kills} × kill -9 while changes are followed: who goes on from the last place has what is stored`, async () => {
  const mirror = new Mirror();
  for (let round = 0; round < kills; round += 1) await followUntilKilled(mirror, round, 10 + ((round * 137) % 400));
  const storage = await openSqliteStorage({ directory, synchronous: 'full', readers: 1, clock: new SystemClock() });
  try {
    for (let more = true; more;) {
      const page = await storage.changes({ limit: 100, after: mirror.place });
      for (const { change, json } of page.changes) {
        const { id, metadata } = JSON.parse(json) as { id: string; metadata: { version: number } };
        mirror.told(change, id, metadata.version);
      }
      ({ more } = page);
      mirror.place = page.next;
    }
    const events = await stored(storage);
    expect(events.size).toBeGreaterThan(kills);
    expect(new Map([...mirror.events].toSorted())).toEqual(new Map([...events].toSorted()));
  } finally {
    await storage.close();
  }
});
