import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, type AppClient } from '../support/keep-client.ts';
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

const profile = 'garden.example/harvest';

describe.runIf(hasBrowser)('the audit in the Control Centre', () => {
  let opened: Opened;
  let app: AppClient;

  beforeAll(async () => {
    opened = await openControlCentre();
    const admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    app = await admin.connectApp('Garden');
    await app.registerProfile(profile, { title: 'Harvest', type: 'object' });
    await admin.grant(app, profile, ['read', 'create']);
    await signIn(opened.page, opened.keep.url);
    await openSection(opened.page, 'Audit');
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => opened?.page);

  const entry = (text: string) => opened.page.getByRole('row').filter({ hasText: text }).first();

  it('says in words who did what, by titles and the owner’s words for rights', async () => {
    await expect
      .poll(() => entry('Garden asked for a permission').textContent())
      .toMatch(/the request.*Harvest · asked to read, add$/);
    await expect
      .poll(() => entry('You approved a permission').textContent())
      .toMatch(/Garden · Harvest · may read, add$/);
    await expect
      .poll(() => entry('You signed in').textContent())
      .toMatch(/You signed infrom the address: 127\.0\.0\.1.*by: password$/);
    await expect.poll(() => entry('Garden connected').textContent()).not.toContain('again');
    expect(await axeFindings(opened.page)).toEqual([]);
  });

  it('finds by who acted: an app by its name, the owner, and the keep itself', async () => {
    const { page } = opened;
    const who = page.getByRole('combobox', { name: 'Who' });
    const rows = page.getByRole('table').getByRole('row');
    const found = async (name: string): Promise<readonly string[]> => {
      await who.click();
      await page.getByRole('option', { name, exact: true }).click();
      await expect.poll(() => page.url()).toContain('actor=');
      return (await rows.allTextContents()).slice(1);
    };
    await found('Garden');
    await expect
      .poll(async () => (await rows.allTextContents()).slice(1).every((row) => row.includes('Garden')))
      .toBe(true);
    await found('You');
    await expect.poll(async () => (await rows.allTextContents()).slice(1).every((row) => /You /.test(row))).toBe(true);
    await found('The keep');
    await expect
      .poll(async () => (await rows.allTextContents()).slice(1).every((row) => row.includes('The keep')))
      .toBe(true);
    // An id without a name is searched for as it is.
    await who.fill(app.appId.replace(/.{4}$/, 'ffff'));
    await page.getByRole('option', { name: /ffff$/ }).click();
    await page.getByText('Nothing of that kind was recorded.', { exact: false }).waitFor();
  });

  it('complained of nothing', () => {
    expect(opened.complaints).toEqual([]);
  });
});
