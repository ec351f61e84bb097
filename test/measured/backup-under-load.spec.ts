import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupPassphrase, datakeep, outcomeOf } from '../support/datakeep-command.ts';
import { AdminClient, ApiError, AppClient, type KeepEvent, type Page } from '../support/keep-client.ts';
import { walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { KeepProcess } from '../support/keep-process.ts';
import { thorough } from '../support/thorough.ts';
import { print } from '../faults/load.ts';

const password = 'a password for tests only';
const rounds = thorough(2, 20);
/** All events are read at the end of each round. */
const limits = 'rows-per-minute=1000000000';

/**
 * Reads, again where the connection was lost: a busy machine may hold up this process for longer than a keep leaves an
 * idle connection open.
 */
async function readAgain<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    return read();
  }
}

describe('a backup under load', () => {
  let place: string;
  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), 'datakeep-rounds-'));
  });
  const started: KeepProcess[] = [];
  afterAll(async () => {
    await Promise.all(started.map((keep) => keep.kill()));
    rmSync(place, { recursive: true, force: true });
  });

  const start = async (dataDir: string): Promise<KeepProcess> => {
    const keep = await KeepProcess.start({ dataDir, env: { ADMIN_PASSWORD: password, APP_LIMITS: limits } });
    started.push(keep);
    return keep;
  };

  /** The digest of every event of the profile by its identifier: of 20 rounds there are millions. */
  const eventsOf = async (app: AppClient): Promise<Map<string, string>> => {
    const found = new Map<string, string>();
    let cursor: string | null = null;
    do {
      const query = { profile: walkProfile, limit: 1000, ...(cursor === null ? {} : { cursor }) };
      const page: Page<KeepEvent> = await readAgain(() => app.query(query));
      for (const event of page.items)
        found.set(event.metadata.identifier!, hash('md5', JSON.stringify(event), 'base64'));
      cursor = page.nextCursor;
    } while (cursor !== null);
    return found;
  };

  it(
    'has every event and record that was acknowledged before it began, restored elsewhere after a kill',
    { timeout: thorough(600_000, 3_600_000) },
    async () => {
      const dataDir = join(place, 'kept');
      let keep = await start(dataDir);
      let admin = await AdminClient.signIn(keep.url, 'admin', password);
      let app = await walkingApp(admin);
      let number = 0;
      for (let round = 1; round <= rounds; round++) {
        const acknowledged = new Set<string>();
        const holders = new Set<string>();
        let going = true;
        const writing = Array.from({ length: 4 }, async () => {
          while (going) {
            const events = Array.from({ length: 20 }, () => {
              const identifier = `event-${++number}`;
              return { identifier, ...walk(number, { identifier }) };
            });
            await app.sendEvents(events.map(({ metadata, payload }) => ({ metadata, payload })));
            for (const { identifier } of events) acknowledged.add(identifier);
          }
        });
        const making = (async () => {
          while (going) holders.add((await admin.makeAppHolder(`Holder ${++number}`)).id);
        })();
        await expect.poll(() => acknowledged.size > 200 && holders.size > 5).toBe(true);
        const before = { events: new Set(acknowledged), holders: new Set(holders) };
        const archive = join(place, `round-${round}.age`);
        const made = await outcomeOf('npx', ['datakeep', 'backup', '--to', archive, '--json'], dataDir, {
          DATAKEEP_PASSPHRASE: backupPassphrase,
          HOME: place,
        });
        expect(made).toMatchObject({ code: 0, output: expect.stringContaining('"done":true') as string });
        expect(acknowledged.size).toBeGreaterThan(before.events.size);
        going = false;
        await Promise.all([...writing, making]);
        const kept = await eventsOf(app);
        await keep.kill();

        const elsewhere = join(place, `restored-${round}`);
        const { code, output } = await datakeep(elsewhere, ['restore', archive]);
        expect({ code, output }).toMatchObject({ code: 0 });
        const restored = await start(elsewhere);
        const there = await AdminClient.signIn(restored.url, 'admin', password);
        const found = await eventsOf(new AppClient(restored.url, app.token!, app.appId));
        expect([...before.events].filter((identifier) => !found.has(identifier))).toEqual([]);
        for (const [identifier, event] of found) expect(event).toBe(kept.get(identifier));
        const apps = new Set<string>();
        let path: string | null = '/admin/v1/apps?limit=1000';
        while (path !== null) {
          const from: string = path;
          const page: Page<{ id: string }> = await readAgain(() => there.ask('GET', from));
          for (const { id } of page.items) apps.add(id);
          path = page.nextCursor === null ? null : `/admin/v1/apps?limit=1000&cursor=${page.nextCursor}`;
        }
        expect([...before.holders].filter((id) => !apps.has(id))).toEqual([]);
        await restored.stop();
        print('backup under load', {
          round,
          acknowledgedBefore: before.events.size,
          holdersBefore: before.holders.size,
          restored: found.size,
          kept: kept.size,
          apps: apps.size,
        });
        if (round < rounds) {
          keep = await start(dataDir);
          admin = await AdminClient.signIn(keep.url, 'admin', password);
          app = new AppClient(keep.url, app.token!, app.appId);
        }
      }
    },
  );
});
