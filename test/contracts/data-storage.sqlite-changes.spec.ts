import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteStorage, type AdvisedStorage } from '@datakeep/storage';
import { ManualClock } from '@datakeep/kernel/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anEvent, code, identified } from './data-storage.fixture.ts';

const day = 86_400_000;

describe('changes in a SQLite file', () => {
  let directory: string;
  let storage: AdvisedStorage;
  let clock: ManualClock;

  const open = async (): Promise<void> => {
    storage = await openSqliteStorage({ directory, synchronous: 'normal', readers: 1, clock });
  };
  const ids = async (after?: string): Promise<string[]> => {
    const { changes } = await storage.changes({ limit: 1000, ...(after === undefined ? {} : { after }) });
    return changes.map(({ change, json }) => `${change} ${(JSON.parse(json) as { id: string }).id}`);
  };

  /** To the columns of version 2. */
  const asBefore =
    'ALTER TABLE sources DROP COLUMN events; ALTER TABLE sources DROP COLUMN bytes; ' +
    'ALTER TABLE events DROP COLUMN modified_by;';

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
    file.exec(
      `${asBefore} DROP TABLE changes; DELETE FROM tallies WHERE name = 'changes-pruned';
       PRAGMA user_version = 1;`,
    );
    file.close();
    await open();
    await storage.remove(events[0]!.id);
    expect(await ids()).toEqual([`created ${events[1]!.id}`, `created ${events[2]!.id}`, `deleted ${events[0]!.id}`]);
  });

  test('of a later version are not touched', async () => {
    await storage.close();
    const file = new DatabaseSync(join(directory, 'events.sqlite'));
    file.exec('PRAGMA user_version = 5');
    file.close();
    await expect(open()).rejects.toMatchObject(code('storage-unreachable'));
    const again = new DatabaseSync(join(directory, 'events.sqlite'));
    again.exec('PRAGMA user_version = 4');
    again.close();
    await open();
  });

  test('of version 2 lose the identifiers that they kept, and nothing else', async () => {
    const [deleted, left] = [identified('secret of a deleted event'), identified('left')];
    await storage.append([deleted, left]);
    await storage.remove(deleted.id);
    await storage.close();
    const file = new DatabaseSync(join(directory, 'events.sqlite'));
    file.exec(
      `${asBefore} DROP INDEX changes_by_id;
       ALTER TABLE changes DROP COLUMN modified_by;
       ALTER TABLE changes ADD COLUMN identifier TEXT; UPDATE changes SET identifier = 'secret of a deleted event';
       PRAGMA user_version = 2;`,
    );
    file.close();
    await open();
    expect(await ids()).toEqual([`created ${left.id}`, `deleted ${deleted.id}`]);
    const { json } = await storage.replace(left.id, '{}', 1, 'admin');
    expect(JSON.parse(json)).toMatchObject({ metadata: { identifier: 'left', modifiedBy: 'admin' } });
    await storage.close();
    expect(readFileSync(join(directory, 'events.sqlite'), 'latin1')).not.toContain('secret of a deleted event');
    await open();
  });

  test('keep no identifier of an event that is deleted', async () => {
    const [deleted, swept] = [
      identified('of a deleted event'),
      identified('of another', {}, { source: '7'.repeat(24) }),
    ];
    await storage.append([deleted, swept]);
    await storage.replace(deleted.id, '{}');
    await storage.remove(deleted.id);
    await storage.removeBySource('7'.repeat(24));
    const file = new DatabaseSync(join(directory, 'events.sqlite'), { readOnly: true });
    const kept = JSON.stringify(file.prepare('SELECT * FROM changes').all());
    file.close();
    expect(kept).toContain(deleted.id);
    expect(kept).not.toMatch(/of a deleted event|of another/);
  });

  test('are kept for 30 days: an older place is gone, a walk that began later goes on', async () => {
    const events = [anEvent(), anEvent(), anEvent(), anEvent()];
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
    const left = [`created ${events[3]!.id}`, `deleted ${events[1]!.id}`, `modified ${events[2]!.id}`];
    expect(await ids(walk.next)).toEqual(left);
    expect(await ids()).toEqual(left);
    await clock.advance(31 * day);
    await storage.remove(events[3]!.id);
    expect(await ids()).toEqual([`created ${events[2]!.id}`, `deleted ${events[3]!.id}`]);
  });
});
