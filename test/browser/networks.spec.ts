import { readFileSync } from 'node:fs';
import type { Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient } from '../support/keep-client.ts';
import { TcpRelay } from '../support/services/tcp-relay.ts';
import {
  hasBrowser,
  type Opened,
  openControlCentre,
  openSection,
  password,
  screenshotFailures,
  signIn,
} from './support.ts';

/** As the build's target has them (apps/control-centre/vite.config.ts). */
const browsers = 'Chrome and Edge from 120 on, Firefox from 121, Safari from 17.4';

describe.runIf(hasBrowser)('the Control Centre over a network that is slow or away', () => {
  let opened: Opened;
  let page: Page;
  let admin: AdminClient;

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
    admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    await signIn(page, opened.keep.url);
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);
  afterEach(() => opened.context.setOffline(false));

  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const appsNamed = async (name: string): Promise<number> => {
    const { items } = await admin.ask<{ items: { name: string }[] }>('GET', '/admin/v1/apps?limit=100');
    return items.filter((app) => app.name === name).length;
  };

  it('sends once what was pressed twice', async () => {
    await openSection(page, 'Apps');
    await press('New app');
    await page.getByRole('dialog').getByLabel('Name').fill('Pressed twice');
    await page.getByRole('button', { name: 'Make the place' }).dblclick();
    await page.getByRole('dialog', { name: 'Connect the app' }).getByRole('button', { name: 'Close' }).click();
    expect(await appsNamed('Pressed twice')).toBe(1);
  });

  it('reads and acts where the browser knows of no network, as a keep on the same computer answers', async () => {
    await page.evaluate<void>("dispatchEvent(new Event('offline'))");
    await openSection(page, 'Runs');
    await page.getByText('Nothing has run yet').waitFor();
    await openSection(page, 'Apps');
    await press('New app');
    await page.getByRole('dialog').getByLabel('Name').fill('Without a network');
    await press('Make the place');
    await page.getByRole('dialog', { name: 'Connect the app' }).getByRole('button', { name: 'Close' }).click();
    expect(await appsNamed('Without a network')).toBe(1);
  });

  it('says at once that the keep cannot be reached, keeps what was typed, and has sent nothing', async () => {
    await openSection(page, 'Apps');
    await press('New app');
    const name = page.getByRole('dialog').getByLabel('Name');
    await name.fill('Amid a tunnel');
    await opened.context.setOffline(true);
    await press('Make the place');
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await opened.context.setOffline(false);
    expect(await appsNamed('Amid a tunnel')).toBe(0);
    await expect.poll(() => name.inputValue()).toBe('Amid a tunnel');
    await press('Make the place');
    await page.getByRole('dialog', { name: 'Connect the app' }).getByRole('button', { name: 'Close' }).click();
    expect(await appsNamed('Amid a tunnel')).toBe(1);
  });

  it('says of an act whose answer is lost that it may have been done', async () => {
    await openSection(page, 'Apps');
    await press('New app');
    await page.getByRole('dialog').getByLabel('Name').fill('Lost answer');
    await page.route('**/admin/v1/apps', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      await route.fetch();
      await route.abort('connectionreset');
    });
    await press('Make the place');
    const alert = page.getByRole('dialog').getByRole('alert');
    await alert.getByText('What you asked for may have been done', { exact: false }).waitFor();
    await page.unroute('**/admin/v1/apps');
    expect(await appsNamed('Lost answer')).toBe(1);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  });

  it('says of an answer that was cut off what it says of none', async () => {
    await page.route('**/admin/v1/apps?*', (route) =>
      route.fulfill({ status: 200, contentType: 'application/json', body: '{"items":[' }),
    );
    await page.goto(`${opened.keep.url}/apps`);
    await page.getByRole('alert').getByText('The keep does not answer').first().waitFor();
    await page.unroute('**/admin/v1/apps?*');
    await page.reload();
    await expect.poll(() => page.getByRole('link', { name: 'Lost answer' }).count()).toBe(1);
  });

  it('signs out in the tab while the keep is silent, and says that the session may go on there', async () => {
    const relay = await TcpRelay.open(Number(new URL(opened.keep.url).port));
    const other = await opened.browser.newPage();
    await signIn(other, `http://127.0.0.1:${relay.port}`);
    relay.silence();
    await other.getByRole('button', { name: 'Sign out' }).click();
    await other.getByRole('alert').getByText('there the session may go on', { exact: false }).waitFor();
    await other.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    await expect.poll(() => other.evaluate<unknown>("sessionStorage.getItem('datakeep.session')")).toBe(null);
    await other.close();
    relay.cut();
  });

  it('shows a list by itself once the network is back', async () => {
    await page.goto(`${opened.keep.url}/indexes`);
    await page.getByRole('heading', { level: 1, name: 'Indexes' }).waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    await opened.context.setOffline(true);
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Apps' }).click();
    await page.getByRole('main').getByRole('alert').waitFor();
    await opened.context.setOffline(false);
    await expect.poll(() => page.getByRole('link', { name: 'Amid a tunnel' }).count()).toBe(1);
  });

  it('says that it is not connected where the network falls silent, and shows later what changed', async () => {
    const relay = await TcpRelay.open(Number(new URL(opened.keep.url).port));
    const other = await opened.browser.newPage();
    await other.clock.install();
    await signIn(other, `http://127.0.0.1:${relay.port}`, '/apps');
    await other.getByText('live', { exact: true }).waitFor();
    relay.silence();
    await admin.ask('POST', '/admin/v1/apps', { body: { name: 'Meanwhile' } });
    await other.clock.fastForward(50_000);
    await other.getByText('not connected', { exact: true }).waitFor();
    relay.restore();
    // What was begun in the silence has no answer either.
    await expect
      .poll(async () => {
        await other.clock.fastForward(10_000);
        return other.getByRole('link', { name: 'Meanwhile' }).isVisible();
      })
      .toBe(true);
    await other.getByText('live', { exact: true }).waitFor();
    await other.close();
    relay.cut();
  });

  it('is readable before its code is there, and says which browsers it works in', async () => {
    const other = await opened.context.newPage();
    const held: Route[] = [];
    await other.route('**/assets/index-*.js', (route) => void held.push(route));
    await other.goto(opened.keep.url, { waitUntil: 'commit' });
    await other.getByText('The Control Centre is opening.').waitFor();
    await other.getByText(browsers, { exact: false }).waitFor();
    expect(readFileSync('docs/control-centre.md', 'utf8')).toContain(browsers);
    await held[0]!.continue();
    await other.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    await other.close();
  });

  it('complained of nothing', () => {
    expect(opened.complaints).toEqual([]);
  });
});
