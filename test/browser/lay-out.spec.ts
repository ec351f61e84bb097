import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient } from '../support/keep-client.ts';
import {
  hasBrowser,
  type Opened,
  openControlCentre,
  openSection,
  password,
  screenshotFailures,
  signIn,
} from './support.ts';

const profile = 'walk.example/track';
const schema = {
  title: 'Rambles',
  type: 'object',
  properties: { place: { type: 'string' }, metres: { type: 'integer' } },
};
const phone = { width: 390, height: 844 };
const wide = { width: 1280, height: 900 };

/** What functions that run in the page use of the browser: the program's types are Node's. */
interface InPage {
  getComputedStyle(element: unknown): { readonly textAlign: string; getPropertyValue(name: string): string };
}

describe.runIf(hasBrowser)('the lay-out of the Control Centre', () => {
  let opened: Opened;
  let page: Page;
  let admin: AdminClient;

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
    admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    const app = await admin.connectApp('Ramblers');
    await app.registerProfile(profile, schema);
    await admin.grant(app, profile, ['create']);
    await app.sendEvents([{ metadata: { profile }, payload: { place: 'river', metres: 4200 } }]);
    await app.requestPermission(profile, ['read'], 'To count your steps');
    // As over plain HTTP at any address but localhost.
    await opened.context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'clipboard'));
    await signIn(page, opened.keep.url);
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  const alignment = (cell: Locator): Promise<string> =>
    cell.evaluate((element) => (globalThis as unknown as InPage).getComputedStyle(element).textAlign);

  it('has the heads of columns of numbers above their figures', async () => {
    await openSection(page, 'Data');
    await page.getByRole('main').getByRole('link', { name: 'Rambles' }).click();
    await page.getByRole('cell', { name: '4200' }).waitFor();
    expect(await alignment(page.getByRole('columnheader', { name: 'metres' }))).toBe('right');
    expect(await alignment(page.getByRole('cell', { name: '4200' }))).toBe('right');
    await openSection(page, 'Requests');
    const card = page.getByRole('article', { name: 'Request' });
    await card.getByRole('cell', { name: '4200' }).waitFor();
    expect(await alignment(card.getByRole('columnheader', { name: 'metres' }))).toBe('right');
    expect(await alignment(card.getByRole('cell', { name: '4200' }))).toBe('right');
  });

  it('warns on the overview of a disk that is nearly full', async () => {
    const fullKeep = (url: URL): boolean => url.pathname === '/admin/v1/system';
    await page.route(fullKeep, async (route) => {
      const response = await route.fetch();
      const figures = (await response.json()) as object;
      await route.fulfill({ response, json: { ...figures, disk: { freeBytes: 1.5 * 1024 ** 3, totalBytes: 1e12 } } });
    });
    await page.goto(opened.keep.url);
    await page.getByText('The keep’s disk has 1.5 GiB left.').waitFor();
    await openSection(page, 'System');
    await page.getByText('1.5 GiB of 931 GiB').getByText('nearly full').waitFor();
    await page.unroute(fullKeep);
    await page.goto(opened.keep.url);
    await page.getByText('The keep has no backup yet.').waitFor();
    await expect.poll(() => page.getByText('The keep’s disk has').count()).toBe(0);
  });

  it('finds a profile by the title that the page has for it, on a phone by its menu', async () => {
    await page.setViewportSize(phone);
    await page.getByRole('button', { name: 'Open the menu' }).click();
    await page.getByRole('button', { name: 'Go to…' }).click();
    await page.getByRole('dialog', { name: 'Go to' }).getByRole('combobox').fill('ramb');
    await page.getByRole('option', { name: 'Rambles profile' }).click();
    await page.getByRole('heading', { level: 1, name: 'Rambles' }).waitFor();
    await expect.poll(() => page.url()).toContain('/data/');
    await page.setViewportSize(wide);
  });

  it('has the figures of an event in sight beside its date on a phone', async () => {
    await page.setViewportSize(phone);
    const box = await page.getByRole('cell', { name: 'river' }).boundingBox();
    expect(box!.x + box!.width).toBeLessThan(phone.width);
    await page.setViewportSize(wide);
  });

  it('shows by its bar that a table goes on to the right, and has none where all of it is in sight', async () => {
    const bar = page.getByRole('main').locator('.mantine-ScrollArea-scrollbar[data-orientation="horizontal"]');
    await page.setViewportSize(phone);
    await page.goto(`${opened.keep.url}/apps`);
    await page.getByRole('link', { name: 'Ramblers' }).waitFor();
    await expect.poll(() => bar.isVisible()).toBe(true);
    await page.setViewportSize(wide);
    await expect.poll(() => bar.isVisible()).toBe(false);
  });

  it('reaches the last page of the menu on a phone that lies on its side', async () => {
    await page.setViewportSize({ width: 700, height: 360 });
    await page.getByRole('button', { name: 'Open the menu' }).click();
    await openSection(page, 'Account');
    await expect.poll(() => page.url()).toMatch(/\/account$/);
    await page.setViewportSize(wide);
  });

  it('selects what it cannot copy, where the browser gives it no clipboard', async () => {
    await openSection(page, 'Apps');
    await page.getByRole('button', { name: 'New app' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Diary');
    await page.getByRole('button', { name: 'Make the place' }).click();
    const dialog = page.getByRole('dialog', { name: 'Connect the app' });
    const token = await dialog
      .getByText(/^dk_assoc\S+$/)
      .first()
      .textContent();
    const copy = dialog.getByRole('button', { name: 'Copy the one-time token' });
    // Beside a text that takes all the width, it has its word whole.
    const label = copy.getByText('Copy', { exact: true });
    await expect.poll(() => label.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)).toBe(true);
    await copy.click();
    await dialog.getByText('Selected: press Ctrl C').waitFor();
    expect(await page.evaluate<string>('String(getSelection())')).toBe(token);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  it('forgets the name that was typed to remove an app, once one has thought better of it', async () => {
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove the app' });
    await dialog.getByLabel('Type “Diary” to go on').fill('Diary');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect.poll(() => dialog.getByLabel('Type “Diary” to go on').inputValue()).toBe('');
    await expect.poll(() => dialog.getByRole('button', { name: 'Remove the app' }).isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
  });

  it('breaks a name without a space where it has to be typed, on a phone', async () => {
    const { id } = await admin.makeAppHolder('W'.repeat(200));
    await page.goto(`${opened.keep.url}/apps/${id}`);
    await page.setViewportSize(phone);
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    const label = page.getByRole('dialog', { name: 'Remove the app' }).getByText(/^Type “W+” to go on$/);
    await expect.poll(() => label.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    await page.setViewportSize(wide);
  });

  it('marks by a line where one is, and draws its switches and ticks, where the system takes its colours', async () => {
    const styleOf = (of: Locator, name: string): Promise<string> =>
      of.evaluate(
        (element, property) => (globalThis as unknown as InPage).getComputedStyle(element).getPropertyValue(property),
        name,
      );
    await page.emulateMedia({ forcedColors: 'active' });
    await page.goto(`${opened.keep.url}/data/${encodeURIComponent(profile)}`);
    const link = (name: string): Locator => page.getByRole('navigation').getByRole('link', { name });
    await expect.poll(() => styleOf(link('Data'), 'outline-style')).toBe('solid');
    await expect.poll(() => styleOf(link('Apps'), 'outline-style')).toBe('none');
    await expect.poll(() => styleOf(page.getByRole('tab', { name: 'Events' }), 'outline-style')).toBe('solid');
    await expect.poll(() => styleOf(page.getByRole('tab', { name: 'Schema' }), 'outline-style')).toBe('none');
    const track = page.locator('.mantine-Switch-track');
    await expect.poll(() => styleOf(track, 'border-top-width')).toBe('1px');
    await openSection(page, 'Requests');
    const tick = page.getByRole('article', { name: 'Request' }).locator('.mantine-Checkbox-icon');
    await expect.poll(() => styleOf(tick, 'color')).toBe('rgb(0, 0, 0)');
    await page.emulateMedia({ forcedColors: 'none' });
  });

  it('has the request itself for the heading of what belongs to it', async () => {
    await openSection(page, 'Requests');
    const headings = page.getByRole('article', { name: 'Request' }).getByRole('heading');
    await expect.poll(() => headings.first().textContent()).toMatch(/^Ramblers asks to read every “Rambles”/);
    const levels = await headings.evaluateAll((all) => all.map((heading) => heading.nodeName));
    expect(levels).toEqual(['H2', 'H3', 'H3']);
  });

  it('complained of nothing', () => {
    expect(opened.complaints).toEqual([]);
  });
});
