import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileLock } from '@datakeep/sqlite';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupPassphrase, datakeep } from '../support/datakeep-command.ts';
import { AdminClient } from '../support/keep-client.ts';
import {
  axeFindings,
  hasBrowser,
  type Opened,
  openControlCentre,
  openSection,
  password,
  screenshotFailures,
  signIn,
} from './support.ts';

describe.runIf(hasBrowser)('backups in the Control Centre', () => {
  let opened: Opened;
  let page: Page;
  let place: string;

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'datakeep-backups-'));
    opened = await openControlCentre();
    page = opened.page;
    await signIn(page, opened.keep.url);
    await openSection(page, 'System');
  });
  afterAll(async () => {
    await opened?.close();
    rmSync(place, { recursive: true });
  });
  screenshotFailures(() => page);

  it('are made by a button, and listed once they were checked', async () => {
    await page.getByText('None yet.', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Back up now' }).click();
    const dialog = page.getByRole('dialog', { name: 'Back up now' });
    await dialog.getByLabel(/^Passphrase/).fill(backupPassphrase);
    await dialog.getByLabel(/^The passphrase again/).fill('another one');
    await dialog.getByText('The two differ.').waitFor();
    await dialog.getByLabel(/^The passphrase again/).fill(backupPassphrase);
    await dialog.getByLabel(/^Your password/).fill('wrong, but long enough');
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await dialog.getByText('This is not the present password.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByLabel(/^Your password/).fill(password);
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('button', { name: /^Download datakeep-/ }).waitFor({ timeout: 120_000 });
    expect(await axeFindings(page)).toEqual([]);
  });

  it('are downloaded as the command opens them', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^Download datakeep-/ }).click(),
    ]);
    const file = join(place, download.suggestedFilename());
    await download.saveAs(file);
    expect(existsSync(file)).toBe(true);
    expect(await datakeep(place, ['verify', file])).toMatchObject({ code: 0 });
  });

  it('are restored on the first page of an empty keep, which is signed in to as then', async () => {
    const file = readdirSync(place).find((name) => name.endsWith('.age'));
    const empty = await openControlCentre({ ADMIN_PASSWORD: '' });
    try {
      const first = empty.page;
      await first.goto(/http\S+\/setup#token=\S+/.exec(empty.keep.output)![0]);
      await first.getByRole('button', { name: 'Restore a backup instead' }).click();
      await first.locator('input[type=file]').setInputFiles(join(place, file!));
      await first.getByLabel(/^Passphrase of the backup/).fill('another passphrase');
      await first.getByRole('button', { name: 'Restore', exact: true }).click();
      await first.getByText('The passphrase does not open the backup.').waitFor();
      expect(await axeFindings(first)).toEqual([]);
      await first.getByLabel(/^Passphrase of the backup/).fill(backupPassphrase);
      await first.getByRole('button', { name: 'Restore', exact: true }).click();
      await first.getByRole('heading', { name: 'Everything is back' }).waitFor({ timeout: 120_000 });
      expect(await axeFindings(first)).toEqual([]);
      await first.getByRole('link', { name: 'Sign in' }).click();
      await first.getByLabel(/^Password/).fill(password);
      await first.getByRole('button', { name: 'Sign in' }).click();
      await first.getByRole('button', { name: 'Sign out' }).waitFor();
      expect(empty.complaints).toEqual([]);
    } finally {
      await empty.close();
    }
  });

  it('are deleted once that was confirmed', async () => {
    await page.getByRole('button', { name: /^Delete datakeep-/ }).click();
    await page.getByRole('dialog', { name: 'Delete this backup' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByText('None yet.', { exact: false }).waitFor();
    expect(opened.complaints).toEqual([]);
  });

  it('are shown while the keep makes them, though this page began none, and then in the list', async () => {
    const { keep } = opened;
    const admin = await AdminClient.signIn(keep.url, 'admin', password);
    await admin.ask('POST', '/admin/v1/backups', { body: { password, passphrase: backupPassphrase } });
    await page.getByRole('button', { name: /^Download datakeep-/ }).waitFor({ timeout: 120_000 });
    // As one that the schedule makes: what the page is not told, it asks.
    const lock = FileLock.take(join(keep.dataDir, 'backups/.lock'), '');
    const progress = join(keep.dataDir, 'backups/.progress.json');
    const making = { startedAt: new Date().toISOString(), step: 'pack', done: 0.5 };
    writeFileSync(progress, JSON.stringify({ making, failed: null }));
    try {
      await page.getByLabel('Packing and encrypting: 50 %').waitFor();
      expect(await page.getByRole('button', { name: 'Back up now' }).isDisabled()).toBe(true);
    } finally {
      lock.release();
      rmSync(progress);
    }
    await page.getByLabel('Packing and encrypting: 50 %').waitFor({ state: 'hidden' });
  });

  it('are made by a schedule, which is set with a passphrase', async () => {
    await page.getByText('None: a backup is made only when you ask for one.').waitFor();
    await page.getByRole('button', { name: 'Set a schedule' }).click();
    const dialog = page.getByRole('dialog', { name: 'Back up by itself' });
    await dialog.getByLabel('Every month').check();
    await dialog.getByLabel(/^Day of the month/).fill('3');
    await dialog.getByLabel(/^Time/).fill('03:45');
    await dialog.getByLabel('Weeks').fill('0');
    await dialog.getByLabel(/^Passphrase/).fill('short');
    await dialog.getByLabel(/^The passphrase again/).fill('short');
    await dialog.getByLabel(/^Your password/).fill(password);
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Set it' }).click();
    await dialog.getByText('A passphrase has at least 12 characters.').waitFor();
    await dialog.getByLabel(/^Passphrase/).fill(backupPassphrase);
    await dialog.getByLabel(/^The passphrase again/).fill(backupPassphrase);
    await dialog.getByRole('button', { name: 'Set it' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText('On day 3 of each month at 03:45', { exact: false }).waitFor();
    await page.getByText('the newest of 7 days, 6 months').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('keep the passphrase where only the times of the schedule are changed', async () => {
    await page.getByRole('button', { name: 'Change the schedule' }).click();
    const dialog = page.getByRole('dialog', { name: 'Back up by itself' });
    await dialog.getByLabel('Cron').check();
    const expression = dialog.getByLabel(/^Cron expression/);
    await expect.poll(() => expression.inputValue()).toBe('45 3 3 * *');
    await expression.fill('0 25 * * *');
    await dialog.getByLabel('Remove old backups', { exact: false }).uncheck();
    await dialog.getByLabel(/^Your password/).fill(password);
    await dialog.getByRole('button', { name: 'Set it' }).click();
    await dialog.getByText('Invalid value for hour: 25', { exact: false }).waitFor();
    await expression.fill('*/30 * * * *');
    await dialog.getByRole('button', { name: 'Set it' }).click();
    // While one dialog leaves, a click into the next is lost.
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText('*/30 * * * *', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Turn off' }).click();
    await page.getByRole('dialog', { name: 'Turn the schedule off' }).getByRole('button', { name: 'Turn off' }).click();
    await page.getByRole('button', { name: 'Set a schedule' }).waitFor();
  });
});

describe.runIf(hasBrowser)('a scheduled backup that failed', () => {
  let opened: Opened;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'datakeep-failed-backup-'));
    // As a keep leaves it that was killed while it made one, and again while it made that one anew.
    const setting = { cron: '0 4 * * *', keep: '7d', passphrase: backupPassphrase };
    writeFileSync(
      join(dataDir, 'backup-schedule.json'),
      JSON.stringify({
        format: 1,
        setting,
        begunAt: '2026-11-30T04:00:00.000Z',
        servedAt: '2026-11-30T04:00:00.000Z',
        repeatAt: '2026-11-30T04:00:00.000Z',
        lastDrill: { at: '2026-11-01T04:00:20.000Z', fault: 'The restored keep has 3 events.' },
      }),
    );
    opened = await openControlCentre({ DATA_DIR: dataDir });
    await signIn(opened.page, opened.keep.url);
  });
  afterAll(async () => {
    await opened?.close();
    rmSync(dataDir, { recursive: true });
  });
  screenshotFailures(() => opened?.page);

  it('is shown in red on the System page, with its reason', async () => {
    await openSection(opened.page, 'System');
    const alert = opened.page.getByRole('alert').filter({ hasText: 'The keep ended before the backup was made.' });
    await alert.getByText(/^The backup of 30 Nov 2026.* failed$/).waitFor();
    const drill = opened.page.getByRole('alert').filter({ hasText: 'The restored keep has 3 events.' });
    await drill.getByText(/^The drill of 1 Nov 2026.* failed$/).waitFor();
    expect(await axeFindings(opened.page)).toEqual([]);
    expect(opened.complaints).toEqual([]);
  });
});
