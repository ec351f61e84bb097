import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastBuild } from '../../scripts/build.ts';
import { compileCache } from '../support/compile-cache.ts';
import { backupPassphrase, datakeep, quickScrypt } from '../support/datakeep-command.ts';
import { AdminClient, type AppClient } from '../support/keep-client.ts';
import { walk, walkingApp } from '../support/keep-in-process.ts';
import { KeepProcess, withoutViews } from '../support/keep-process.ts';
import { thorough } from '../support/thorough.ts';

const password = 'a password for tests only';
/** Kills, spread over the time that a backup takes. */
const kills = thorough(8, 40);

describe('a backup that is killed', { timeout: 600_000 }, () => {
  let keep: KeepProcess;
  let dataDir: string;
  let admin: AdminClient;
  let app: AppClient;
  let sent = 0;

  const start = async (): Promise<void> => {
    keep = await KeepProcess.start({ dataDir, env: { ADMIN_PASSWORD: password, ...quickScrypt, ...withoutViews } });
    admin = await AdminClient.signIn(keep.url, 'admin', password);
  };
  const backups = (): string[] => readdirSync(join(dataDir, 'backups')).filter((name) => name.endsWith('.age'));
  const expectWhole = async (): Promise<void> => {
    for (const name of backups())
      expect(await datakeep(dataDir, ['verify', join(dataDir, 'backups', name)])).toMatchObject({ code: 0 });
  };
  const send = async (): Promise<void> =>
    void (await app.sendEvents(Array.from({ length: 500 }, () => walk(++sent, { identifier: `walk-${sent}` }))));

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'datakeep-backup-killed-'));
    await start();
    app = await walkingApp(admin);
    for (let batch = 0; batch < 20; batch++) await send();
  });
  afterAll(async () => {
    await keep.stop();
    rmSync(dataDir, { recursive: true });
  });

  it('by the command at any moment leaves the keep serving, no half of a backup, and room for the next', async () => {
    const command = [join(lastBuild(), 'apps/cli/src/main.js'), 'backup'];
    const begun = performance.now();
    expect(await datakeep(dataDir, ['backup'])).toMatchObject({ code: 0 });
    let takes = performance.now() - begun;
    let cut = 0;
    for (let kill = 0; kill < kills; kill++) {
      for (const name of backups()) rmSync(join(dataDir, 'backups', name));
      const startedAt = performance.now();
      const child = spawn(process.execPath, command, {
        stdio: 'ignore',
        env: {
          PATH: process.env['PATH'],
          ...compileCache,
          ...quickScrypt,
          DATA_DIR: dataDir,
          DATAKEEP_PASSPHRASE: backupPassphrase,
        },
      });
      const late = setTimeout(() => child.kill('SIGKILL'), (takes * (kill + 0.5)) / kills);
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      clearTimeout(late);
      if (signal === 'SIGKILL') cut++;
      // The first may have met a busier machine.
      else takes = performance.now() - startedAt;
      await send();
      await expectWhole();
    }
    expect(cut).toBeGreaterThan(kills / 2);
    expect(await datakeep(dataDir, ['backup'])).toMatchObject({ code: 0 });
    await expectWhole();
    expect(readdirSync(join(dataDir, 'backups')).filter((name) => !name.endsWith('.age'))).toEqual(['.lock']);
  });

  it('with its keep at any moment leaves no half of it, and the keep has all events and makes the next', async () => {
    const route = '/admin/v1/backups';
    const begin = (): Promise<unknown> =>
      admin.ask('POST', route, { body: { password, passphrase: backupPassphrase } });
    const making = async (): Promise<object | null> =>
      (await admin.ask<{ making: object | null }>('GET', route)).making;
    const begun = performance.now();
    await begin();
    await expect.poll(making, { timeout: 120_000, interval: 50 }).toBe(null);
    const takes = performance.now() - begun;
    for (let kill = 0; kill < kills / 4; kill++) {
      for (const name of backups()) rmSync(join(dataDir, 'backups', name));
      await begin();
      await new Promise((resolve) => setTimeout(resolve, (takes * (kill + 0.5)) / (kills / 4)));
      await keep.kill();
      await expectWhole();
      await start();
      expect(readdirSync(join(dataDir, 'backups')).filter((name) => /^\.work|\.partial$/.test(name))).toEqual([]);
      expect(await admin.ask('GET', '/admin/v1/system')).toMatchObject({ storage: { events: sent } });
      expect(await making()).toBe(null);
    }
    await begin();
    await expect.poll(making, { timeout: 120_000, interval: 50 }).toBe(null);
    expect(backups().length).toBeGreaterThan(0);
    await expectWhole();
    expect(readdirSync(join(dataDir, 'backups')).filter((name) => !name.endsWith('.age'))).toEqual(['.lock']);
  });
});
