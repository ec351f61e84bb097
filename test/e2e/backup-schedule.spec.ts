import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimOf } from '@datakeep/backup';
import { dataDirParts } from '@datakeep/keep-data';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { backupPassphrase, datakeep, quickScrypt } from '../support/datakeep-command.ts';
import { AdminClient } from '../support/keep-client.ts';
import { KeepProcess, withoutViews } from '../support/keep-process.ts';

const password = 'a password for tests only';
const route = '/admin/v1/backups/schedule';
/** The passphrase is stretched twice, for writing and for reading back. */
const patient = { timeout: 120_000 };

describe('the schedule of backups by the API', () => {
  let dataDir: string;
  let keep: KeepProcess;
  let admin: AdminClient;

  const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    const usual = { ADMIN_PASSWORD: password, LOG_LEVEL: 'info', ...quickScrypt, ...withoutViews };
    keep = await KeepProcess.start({ dataDir, env: { ...usual, ...env } });
    admin = await AdminClient.signIn(keep.url, 'admin', password);
  };
  const set = (body: object): ReturnType<AdminClient['send']> => admin.send('PUT', route, { body });
  const file = (): string => join(dataDir, 'backup-schedule.json');
  const metric = async (name: string): Promise<number> => {
    const response = await fetch(`${keep.url}/metrics`, { headers: { authorization: `Bearer ${admin.token}` } });
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(await response.text())?.[1]);
  };

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'datakeep-schedule-'));
    await start();
  });
  afterAll(async () => {
    await keep.stop();
    rmSync(dataDir, { recursive: true });
  });

  it('is none at first', async () => {
    expect(await admin.ask('GET', route)).toMatchObject({ source: 'none', cron: null, nextAt: null, failed: null });
    expect(await metric('datakeep_backup_last_success_timestamp_seconds')).toBe(0);
    expect(await metric('datakeep_backup_last_failed')).toBe(0);
  });

  it('is refused without the password, and where a member is wrong', async () => {
    const cron = '0 4 * * *';
    expect(await set({ cron, passphrase: backupPassphrase, password: 'wrong, but long enough' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/password', code: 'wrong-password' }] },
    });
    expect(await set({ cron, password })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/passphrase', code: 'required' }] },
    });
    expect(await set({ cron, password, passphrase: 'short' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/passphrase', code: 'range' }] },
    });
    expect(await set({ cron, keep: null, password, passphrase: backupPassphrase })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/keep', code: 'type' }] },
    });
    expect(await set({ cron: '0 4 * *', keep: '7', password, passphrase: backupPassphrase })).toMatchObject({
      status: 422,
      body: {
        errors: [
          { pointer: '/cron', code: 'format' },
          { pointer: '/keep', code: 'format' },
        ],
      },
    });
    expect(existsSync(file())).toBe(false);
  });

  it('is set, and read without its passphrase, which only its file has', async () => {
    const answer = await set({ cron: '0 4 * * *', keep: '7d,4w', password, passphrase: backupPassphrase });
    expect(answer).toMatchObject({ status: 200, body: { source: 'admin', cron: '0 4 * * *', keep: '7d,4w' } });
    expect(await set({ cron: '0 5 * * *', password })).toMatchObject({ status: 200, body: { keep: null } });
    const state = await admin.ask<{ nextAt: string }>('GET', route);
    expect(new Date(state.nextAt).getHours()).toBe(5);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readFileSync(file(), 'utf8')).toContain(backupPassphrase);
    const { items } = await admin.ask<{ items: { action: string; details: object }[] }>(
      'GET',
      '/admin/v1/audit?action=backup.schedule-changed',
    );
    expect(items.map(({ details }) => details)).toEqual([
      { cron: '0 5 * * *', keep: null, passphraseChanged: false },
      { cron: '0 4 * * *', keep: '7d,4w', passphraseChanged: true },
    ]);
    expect(JSON.stringify([answer.body, state, items, keep.output])).not.toContain(backupPassphrase);
    expect(claimOf('backup-schedule.json', dataDirParts)).toContain('passphrase');
  });

  it('makes up for a time that passed while the keep was down, and its backup is good', async () => {
    await keep.stop();
    const stored = JSON.parse(readFileSync(file(), 'utf8')) as { due: { at: string } };
    stored.due.at = '2020-01-01T05:00:00.000Z';
    writeFileSync(file(), JSON.stringify(stored));
    await start();
    const name = await vi.waitFor(async () => {
      const { lastMade, lastDrill } = await admin.ask<{ lastMade: { name: string } | null; lastDrill: unknown }>(
        'GET',
        route,
      );
      // The first of its month: it holds the folder of backups until its drill has ended.
      expect(lastDrill).toMatchObject({ fault: null });
      return lastMade!.name;
    }, patient);
    const { items } = await admin.ask<{ items: { name: string }[] }>('GET', '/admin/v1/backups');
    expect(items.map((item) => item.name)).toEqual([name]);
    expect(readdirSync(join(dataDir, 'backups')).toSorted()).toEqual(['.lock', name]);
    expect(await metric('datakeep_backup_last_drill_failed')).toBe(0);
    expect(await datakeep(dataDir, ['verify', join(dataDir, 'backups', name)])).toMatchObject({ code: 0 });
    expect(await metric('datakeep_backup_last_success_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 600);
    expect(await metric('datakeep_backup_last_failed')).toBe(0);
    expect(keep.output).not.toContain(backupPassphrase);
  });

  it('ends its drill with the keep: no process and no folder is left', async () => {
    await keep.stop();
    const { lastDrill: _, ...stored } = JSON.parse(readFileSync(file(), 'utf8')) as { due: object; lastDrill: object };
    writeFileSync(file(), JSON.stringify({ ...stored, due: { ...stored.due, at: '2020-01-01T05:00:00.000Z' } }));
    await start();
    const children = await vi.waitFor(() => {
      const found = readFileSync(`/proc/${keep.pid}/task/${keep.pid}/children`, 'utf8').trim().split(' ');
      const drills = found.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('drill.child'));
      expect(drills).not.toEqual([]);
      return drills;
    }, patient);
    expect(await keep.stop()).toBe(0);
    for (const pid of children) expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(readdirSync(join(dataDir, 'backups')).filter((name) => name.startsWith('.work-'))).toEqual([]);
    await start();
    expect(await admin.ask('GET', route)).toMatchObject({ lastDrill: null, failed: null });
  });

  it('makes one anew at once that was under way when the keep was killed', async () => {
    await keep.stop();
    const { lastMade: _, ...stored } = JSON.parse(readFileSync(file(), 'utf8')) as { lastMade: object };
    writeFileSync(file(), JSON.stringify({ ...stored, begunAt: '2026-11-30T05:00:00.000Z' }));
    await start();
    await expect
      .poll(() => admin.ask('GET', route), patient)
      .toMatchObject({
        failed: null,
        lastMade: { name: expect.any(String) as string },
      });
    expect(keep.output).toContain('The keep ended before the backup was made.');
  });

  it('says across a restart that one failed', async () => {
    await keep.stop();
    const { repeatAt, ...stored } = JSON.parse(readFileSync(file(), 'utf8')) as { repeatAt: string };
    const repeated = { ...stored, begunAt: '2026-11-30T05:00:00.000Z', servedAt: repeatAt, repeatAt };
    writeFileSync(file(), JSON.stringify(repeated));
    await start();
    expect(await admin.ask('GET', route)).toMatchObject({
      failed: { at: '2026-11-30T05:00:00.000Z', reason: 'The keep ended before the backup was made.' },
    });
    expect(await metric('datakeep_backup_last_failed')).toBe(1);
  });

  it('is deleted with its passphrase', async () => {
    expect((await admin.send('DELETE', route)).status).toBe(204);
    expect(existsSync(file())).toBe(false);
    expect(await admin.ask('GET', route)).toMatchObject({ source: 'none', nextAt: null, failed: null });
  });

  it('is that of the variables where they are set, and cannot be changed here then', async () => {
    await keep.stop();
    const env = { BACKUP_SCHEDULE: '30 3 * * 1', BACKUP_KEEP: '2w', DATAKEEP_PASSPHRASE: backupPassphrase };
    await start({ ...env, TZ: 'Asia/Tokyo' });
    const state = await admin.ask<{ nextAt: string }>('GET', route);
    expect(state).toMatchObject({
      source: 'configuration',
      cron: '30 3 * * 1',
      keep: '2w',
      timeZone: 'Asia/Tokyo',
    });
    expect(state.nextAt).toMatch(/T18:30:00\.000Z$/);
    const refused = { status: 409, body: { code: 'backup-schedule-configured' } };
    expect(await set({ cron: '0 4 * * *', password, passphrase: backupPassphrase })).toMatchObject(refused);
    expect(await admin.send('DELETE', route)).toMatchObject(refused);
    expect(keep.output).not.toContain(backupPassphrase);
  });

  it.each([
    [{ BACKUP_SCHEDULE: '0 4 * * *' }, 'DATAKEEP_PASSPHRASE is not: set it to a passphrase of at least 12 characters'],
    [{ BACKUP_SCHEDULE: '0 4 * * *', DATAKEEP_PASSPHRASE: 'short' }, 'A passphrase has at least 12 characters.'],
    [{ BACKUP_SCHEDULE: '0 25 * * *' }, 'BACKUP_SCHEDULE="0 25 * * *" is not legal: expected a cron expression'],
    [{ BACKUP_KEEP: '7x' }, 'BACKUP_KEEP="7x" is not legal: expected a list like 7d,4w,6m'],
    [
      {
        BACKUP_SCHEDULE: '0 4 * * *',
        DATAKEEP_PASSPHRASE: backupPassphrase,
        STORAGE_URL: 'http://127.0.0.1:1',
        STORAGE_KEY: 'k'.repeat(43),
      },
      'the events of this keep are at STORAGE_URL',
    ],
  ])('stops a start with %j and says why', async (env, line) => {
    await expect(KeepProcess.start({ env: env as Record<string, string> })).rejects.toThrow(line);
  });
});
