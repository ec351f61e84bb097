import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, type AppClient } from '../support/keep-client.ts';
import { hasBrowser, type Opened, openControlCentre, password, screenshotFailures, signIn } from './support.ts';

const profile = 'garden.example/harvest';
const day = 86_400_000;

describe.runIf(hasBrowser)('the Control Centre in a browser whose clock is wrong', () => {
  let opened: Opened;
  let admin: AdminClient;
  let app: AppClient;
  let page: Page;

  beforeAll(async () => {
    opened = await openControlCentre();
    admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    app = await admin.connectApp('Garden');
    await app.registerProfile(profile, { title: 'Harvest', type: 'object' });
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  it.each([
    ['a day late', -day],
    ['a day early', day],
  ])('grants for a day what ends a day later, where it is %s', async (_, off) => {
    const { id } = await app.requestPermission(profile, ['read'], 'To weigh the apples');
    page = await (await opened.browser.newContext({ locale: 'en-GB' })).newPage();
    page.setDefaultTimeout(30_000);
    await page.clock.install({ time: Date.now() + off });
    await signIn(page, opened.keep.url, `/requests/${id}`);
    await page
      .getByText(/^(now|\d+ seconds? ago)$/)
      .first()
      .waitFor();
    await page.getByRole('combobox', { name: 'For how long' }).click();
    await page.getByRole('option', { name: 'For 24 hours' }).click();
    await page.getByRole('button', { name: 'Approve reading' }).click();
    await page.getByText('Approved: reading.').waitFor();
    const { expiresAt } = await admin.ask<{ expiresAt: string }>('GET', `/admin/v1/permissions/${id}`);
    const left = Date.parse(expiresAt) - Date.now();
    expect(left).toBeGreaterThan(day - 120_000);
    expect(left).toBeLessThan(day + 120_000);
    await admin.ask('POST', `/admin/v1/permissions/${id}/revoke`, { body: {} });
  });
});
