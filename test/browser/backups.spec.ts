import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupPassphrase, datakeep } from '../support/datakeep-command.ts';
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

describe.runIf(hasBrowser)('backups in the Control Centre', { timeout: 120_000 }, () => {
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
    await page.getByRole('button', { name: /^Download datakeep-/ }).waitFor({ timeout: 60_000 });
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
      await first.getByRole('heading', { name: 'Everything is back' }).waitFor({ timeout: 60_000 });
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
});
