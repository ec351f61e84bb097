import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backupName } from '@datakeep/backup';
import { FileLock } from '@datakeep/sqlite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { backupPassphrase, datakeep } from '../support/datakeep-command.ts';
import { AdminClient } from '../support/keep-client.ts';
import { walk, walkingApp } from '../support/keep-in-process.ts';
import { KeepProcess, withoutViews } from '../support/keep-process.ts';

const password = 'a password for tests only';
/** The passphrase is stretched twice, for writing and for reading back. */
const patient = { timeout: 120_000 };

interface State {
  readonly making: object | null;
  readonly failed: { readonly reason: string } | null;
  readonly items: readonly { readonly name: string; readonly bytes: number }[];
}

describe('backups by the API', () => {
  let place: string;
  let keep: KeepProcess;
  let admin: AdminClient;

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'datakeep-backups-'));
    keep = await KeepProcess.start({
      dataDir: join(place, 'keep'),
      env: { ADMIN_PASSWORD: password, ...withoutViews },
    });
    admin = await AdminClient.signIn(keep.url, 'admin', password);
    const app = await walkingApp(admin);
    await app.sendEvents([walk(1), walk(2), walk(3)]);
  });
  afterAll(async () => {
    await keep.stop();
    rmSync(place, { recursive: true });
  });

  const make = (body: object): ReturnType<AdminClient['send']> => admin.send('POST', '/admin/v1/backups', { body });
  const state = (): Promise<State> => admin.ask('GET', '/admin/v1/backups');

  it('are refused without the password, and with a passphrase that is too short', async () => {
    expect(await make({ password: 'wrong, but long enough', passphrase: backupPassphrase })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/password', code: 'wrong-password' }] },
    });
    expect(await make({ password, passphrase: 'short' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/passphrase' }] },
    });
    expect(await state()).toEqual({ making: null, failed: null, items: [] });
    expect((await admin.send('GET', '/admin/v1/backups/..%2Fdocuments.sqlite')).status).toBe(404);
  });

  it('are made one at a time, while the keep serves, and restored by the command', async () => {
    const [first, second] = await Promise.all([
      make({ password, passphrase: backupPassphrase }),
      make({ password, passphrase: backupPassphrase }),
    ]);
    expect([first.status, second.status].toSorted()).toEqual([202, 409]);
    const made = await vi.waitFor(async () => {
      const { making, failed, items } = await state();
      expect({ making, failed, count: items.length }).toEqual({ making: null, failed: null, count: 1 });
      return items[0]!;
    }, patient);
    expect(made.name).toMatch(/^datakeep-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.tar\.zst\.age$/);
    expect(readdirSync(join(keep.dataDir, 'backups')).toSorted()).toEqual(['.lock', made.name]);

    const response = await fetch(`${keep.url}/admin/v1/backups/${made.name}`, {
      headers: { authorization: `Bearer ${admin.token}` },
    });
    expect(response.headers.get('content-length')).toBe(String(made.bytes));
    const file = join(place, 'downloaded.age');
    writeFileSync(file, Buffer.from(await response.arrayBuffer()));
    const restored = join(place, 'restored');
    const { code, output } = await datakeep(restored, ['restore', file]);
    expect({ code, output }).toMatchObject({ code: 0 });
    const again = await KeepProcess.start({ dataDir: restored, env: withoutViews });
    try {
      const owner = await AdminClient.signIn(again.url, 'admin', password);
      expect(await owner.ask('GET', '/admin/v1/system')).toMatchObject({ storage: { events: 3 } });
    } finally {
      await again.stop();
    }

    expect((await admin.send('DELETE', `/admin/v1/backups/${made.name}`)).status).toBe(204);
    expect((await state()).items).toEqual([]);
    const { items } = await admin.ask<{ items: { action: string }[] }>('GET', '/admin/v1/audit?limit=10');
    expect(items.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['backup.begun', 'backup.downloaded', 'backup.deleted']),
    );
  });

  it('are refused while the command makes one', async () => {
    const lock = FileLock.take(join(keep.dataDir, 'backups/.lock'), '');
    try {
      expect(await make({ password, passphrase: backupPassphrase })).toMatchObject({
        status: 409,
        body: { code: 'backup-under-way' },
      });
      expect(await state()).toMatchObject({ making: null, failed: null });
    } finally {
      lock.release();
    }
  });

  it('say why one was not made, also after a restart, until another is begun', async () => {
    // Nothing is overwritten: the names of the next minute are taken.
    const now = Date.now();
    const taken = Array.from({ length: 60 }, (_, seconds) => backupName(new Date(now + seconds * 1000)));
    for (const name of taken) writeFileSync(join(keep.dataDir, 'backups', name), '');
    expect((await make({ password, passphrase: backupPassphrase })).status).toBe(202);
    const failed = { reason: expect.stringContaining('a backup overwrites nothing') as string };
    await vi.waitFor(async () => expect(await state()).toMatchObject({ making: null, failed }), patient);
    for (const name of taken) rmSync(join(keep.dataDir, 'backups', name));
    await keep.stop();
    keep = await KeepProcess.start({ dataDir: keep.dataDir, env: { ADMIN_PASSWORD: password, ...withoutViews } });
    admin = await AdminClient.signIn(keep.url, 'admin', password);
    expect(await state()).toMatchObject({ making: null, failed });
    expect((await make({ password, passphrase: backupPassphrase })).status).toBe(202);
    expect(await state()).toMatchObject({ failed: null });
    await vi.waitFor(async () => expect((await state()).items).toHaveLength(1), patient);
  });
});
