import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SqliteStorage } from '@datakeep/event-store';
import { ManualClock } from '@datakeep/kernel/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anEvent, code } from './data-storage.fixture.ts';

const day = 86_400_000;

describe('changes in a SQLite file', () => {
  let directory: string;
  let storage: SqliteStorage;
  let clock: ManualClock;

  const open = async (): Promise<void> => {
    storage = await SqliteStorage.open({ directory, synchronous: 'normal', readers: 1, clock });
  };
  const ids = async (after?: string): Promise<string[]> => {
    const { changes } = await storage.changes({ limit: 1000, ...(after === undefined ? {} : { after }) });
    return changes.map(({ change, json }) => `${change} ${(JSON.parse(json) as { id: string }).id}`);
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'datakeep-changes-'));
    clock = new ManualClock();
    await open();
  });
  afterEach(async () => {
    await storage.close();
    await rm(directory, { recursive: true });
  });

  test('of version 1 are told from its first event on', async () => {
    const events = [anEvent(), anEvent(), anEvent()];
    await storage.append(events);
    await storage.close();
    const file = new DatabaseSync(join(directory, 'events.sqlite'));
    file.exec("DROP TABLE changes; DELETE FROM tallies WHERE name = 'changes-pruned'; PRAGMA user_version = 1;");
    file.close();
    await open();
    await storage.remove(events[0]!.id);
    expect(await ids()).toEqual([`created ${events[1]!.id}`, `created ${events[2]!.id}`, `deleted ${events[0]!.id}`]);
  });

  test('of a later version are not touched', async () => {
    await storage.close();
    const file = new DatabaseSync(join(directory, 'events.sqlite'));
    file.exec('PRAGMA user_version = 3');
    file.close();
    await expect(open()).rejects.toMatchObject(code('storage-unreachable'));
    const again = new DatabaseSync(join(directory, 'events.sqlite'));
    again.exec('PRAGMA user_version = 2');
    again.close();
    await open();
  });

  test('are kept for 30 days: an older place is gone, a walk that began later goes on', async () => {
    const events = [anEvent(), anEvent(), anEvent()];
    await storage.append(events);
    const old = await storage.lastChange();
    await storage.remove(events[0]!.id);
    await clock.advance(29 * day);
    await storage.remove(events[1]!.id);
    expect(await ids(old)).toEqual([`deleted ${events[0]!.id}`, `deleted ${events[1]!.id}`]);
    const walk = await storage.changes({ limit: 1 });
    await clock.advance(2 * day);
    await storage.replace(events[2]!.id, '{"new":true}');
    await expect(storage.changes({ limit: 10, after: old })).rejects.toMatchObject({
      ...code('changes-gone'),
      status: 410,
    });
    expect(await ids(walk.next)).toEqual([`deleted ${events[1]!.id}`, `modified ${events[2]!.id}`]);
    expect((await ids())[0]).toBe(`created ${events[2]!.id}`);
  });
});
