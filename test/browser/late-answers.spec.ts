import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, type AppClient, type KeepEvent, type Page as EventPage } from '../support/keep-client.ts';
import {
  hasBrowser,
  type Opened,
  openControlCentre,
  openSection,
  password,
  screenshotFailures,
  signIn,
} from './support.ts';

const profile = 'orchard.example/tree';

describe.runIf(hasBrowser)('the Control Centre where answers are late, fail or come in another order', () => {
  let opened: Opened;
  let page: Page;
  let admin: AdminClient;
  let app: AppClient;

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
    admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    app = await admin.connectApp('Orchard');
    await app.registerProfile(profile, {
      title: 'Trees',
      type: 'object',
      properties: { fruit: { type: 'string' }, latitude: { type: 'number' }, longitude: { type: 'number' } },
    });
    await admin.grant(app, profile, ['create']);
    await app.sendEvents(
      ['apple', 'pear', 'quince'].map((fruit, index) => ({
        metadata: { profile },
        payload: { fruit, latitude: 49 + index, longitude: 16 + index },
      })),
    );
    await signIn(page, opened.keep.url);
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  const open = async (search: string): Promise<void> => {
    await page.goto(`${opened.keep.url}/data/${encodeURIComponent(profile)}${search}`);
    await page.getByRole('tab', { name: 'Events' }).waitFor();
  };
  const filtered = (filter: object): string => `?filter=${encodeURIComponent(JSON.stringify(filter))}`;
  const requests = () => page.getByRole('article', { name: 'Request' });

  it('offers the apps in a filter, and on the page of a template that is opened next', async () => {
    await open(filtered({ 'metadata.source': app.appId }));
    await expect.poll(() => page.getByRole('combobox', { name: 'Value of condition 1' }).inputValue()).toBe('Orchard');
    await openSection(page, 'Views');
    await page.getByRole('link', { name: 'New template' }).click();
    await page.getByRole('combobox', { name: 'On the events of' }).click();
    await expect.poll(() => page.getByRole('option', { name: 'Orchard' }).count()).toBe(1);
  });

  it('puts no filter in force that was cleared before its answer came', async () => {
    await open(filtered({ 'payload.fruit': 'apple' }));
    await page.getByText('Events 1 to 1', { exact: true }).waitFor();
    const held: Route[] = [];
    await page.route('**/admin/v1/events/query', (route) =>
      route.request().postData()?.includes('"pear"') ? void held.push(route) : route.continue(),
    );
    await page.getByLabel('Value of condition 1').fill('pear');
    await page.getByRole('button', { name: 'Show these events' }).click();
    await expect.poll(() => held.length).toBe(1);
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.getByText('Events 1 to 3 of 3').waitFor();
    const answered = page.waitForResponse((response) => response.request().postData()?.includes('"pear"') ?? false);
    await held[0]!.continue();
    await (await answered).finished();
    await page.unroute('**/admin/v1/events/query');
    await page.getByRole('tab', { name: 'Schema' }).click();
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.getByText('Events 1 to 3 of 3').waitFor();
    await expect.poll(() => page.url()).not.toContain('pear');
  });

  it('stays on the tab that was opened while a filter was awaited', async () => {
    await open('');
    const held: Route[] = [];
    await page.route('**/admin/v1/events/query', (route) =>
      route.request().postData()?.includes('"quince"') ? void held.push(route) : route.continue(),
    );
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.getByLabel('Value of condition 1').fill('quince');
    await page.getByRole('button', { name: 'Show these events' }).click();
    await expect.poll(() => held.length).toBe(1);
    await page.getByRole('tab', { name: 'Chart' }).click();
    await page.getByRole('img', { name: /^Events by/ }).waitFor();
    await held[0]!.continue();
    await expect.poll(() => page.url()).toContain('quince');
    await page.unroute('**/admin/v1/events/query');
    await expect.poll(() => page.url()).toContain('tab=chart');
  });

  it('tells of a request that came while the stream of notifications was not open yet', async () => {
    const held: Route[] = [];
    await page.route('**/admin/v1/notifications', (route) => void held.push(route));
    await page.goto(`${opened.keep.url}/system`);
    await page.getByText('Every part of the keep answers.').waitFor();
    const inNavigation = page.getByRole('navigation', { name: 'Pages' });
    await expect.poll(() => inNavigation.getByRole('link', { name: 'Requests' }).textContent()).toBe('Requests');
    await expect.poll(() => held.length).toBe(1);
    const asked = await app.requestPermission(profile, ['modify'], 'To prune');
    await held[0]!.continue();
    await page.unroute('**/admin/v1/notifications');
    await expect.poll(() => inNavigation.getByRole('link', { name: /Requests/ }).textContent()).toMatch(/1/);
    await admin.ask('POST', `/admin/v1/permissions/${asked.id}/deny`, { body: {} });
    await expect.poll(() => inNavigation.getByRole('link', { name: 'Requests' }).textContent()).toBe('Requests');
  });

  it('takes a deleted event off the places', async () => {
    await open('?tab=map');
    await page.getByRole('button', { name: 'As a table' }).click();
    await page.getByText('3 places').waitFor();
    await page
      .getByRole('button', { name: /^Open the event/ })
      .first()
      .click();
    await page.getByRole('dialog', { name: 'Event', exact: true }).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog', { name: 'Delete this event?' }).getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => page.getByText('2 places').count()).toBe(1);
  });

  it('keeps what is typed into an event that is deleted meanwhile', async () => {
    await open('');
    await page
      .getByRole('button', { name: /^Open the event/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog', { name: 'Event', exact: true });
    await dialog.getByRole('button', { name: 'Edit' }).click();
    await dialog.getByLabel('Payload', { exact: true }).click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText('{ "fruit": "medlar" }');
    const { items } = await admin.ask<EventPage<KeepEvent>>('POST', '/admin/v1/events/query', {
      body: { profile, limit: 1 },
    });
    const gone = page.waitForResponse((answer) => answer.url().includes(items[0]!.id) && answer.status() === 404);
    await admin.ask('DELETE', `/admin/v1/events/${items[0]!.id}`, { headers: { 'if-match': '"1"' } });
    await gone;
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('alert').waitFor();
    await expect
      .poll(() => dialog.getByLabel('Payload', { exact: true }).first().textContent())
      .toContain('"fruit": "medlar"');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.getByText('This event is not there any more').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
  });

  it('keeps a reason that is half typed where the list of requests cannot be loaded anew', async () => {
    await app.requestPermission(profile, ['read'], 'To count');
    await openSection(page, 'Requests');
    const reason = page.getByLabel('Reason for denying');
    await reason.fill('Not before the harvest');
    await page.route('**/admin/v1/permissions?*limit=20*', (route) => route.fulfill({ status: 500 }));
    await app.requestPermission(profile, ['modify'], 'To correct');
    await page.getByText('The keep answered in an unexpected way').waitFor();
    await page.unroute('**/admin/v1/permissions?*limit=20*');
    await expect.poll(() => reason.inputValue()).toBe('Not before the harvest');
  });

  it('says of no decision of this window that another made it, though its answer comes after the list', async () => {
    const asked = await app.requestPermission(profile, ['modify'], 'To fell');
    await openSection(page, 'Requests');
    const card = requests().filter({ hasText: 'To fell' });
    await card.waitFor();
    const notice = page.getByText('that stood here is approved by now');
    let isAnswered = false;
    await page.route('**/approve', async (route) => {
      const response = await route.fetch();
      await notice.waitFor();
      await route.fulfill({ response });
      isAnswered = true;
    });
    await card.getByRole('button', { name: /^Approve/ }).click();
    await expect.poll(() => isAnswered).toBe(true);
    await notice.waitFor({ state: 'hidden' });
    await page.unroute('**/approve');
    await admin.ask('POST', `/admin/v1/permissions/${asked.id}/revoke`, { body: {} });
  });

  it('decides no other request by a key that is pressed once too often', async () => {
    await page.reload();
    await expect.poll(() => requests().count()).toBe(2);
    await page.keyboard.press('j');
    await page.keyboard.press('a');
    await expect.poll(() => requests().count()).toBe(1);
    await page.keyboard.press('a');
    await page.keyboard.press('j');
    await page.keyboard.press('d');
    await page.keyboard.type('No');
    await expect.poll(() => page.getByLabel('Reason for denying').inputValue()).toBe('No');
    const pending = await admin.ask<{ items: unknown[] }>('GET', '/admin/v1/permissions?status=pending');
    expect(pending.items).toHaveLength(1);
  });

  it.each(['?from=soon', '?from=2026', '?to=275760-09-13', '?action=1&actor=2&subject=3', '?subject=null'])(
    'opens the audit log by an address that nobody would type: %s',
    async (search) => {
      await page.goto(`${opened.keep.url}/audit${search}`);
      await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
      await expect.poll(() => page.getByRole('table').or(page.getByText('No entry')).count()).toBeGreaterThan(0);
    },
  );

  it('waits for the code of a page while the keep is away, and loads nothing anew', async () => {
    await page.goto(`${opened.keep.url}/requests`);
    await page.getByRole('heading', { level: 1, name: 'Requests' }).waitFor();
    await page.evaluate<void>('globalThis.isSame = true');
    const asked: string[] = [];
    const isAway = ({ pathname }: URL): boolean => /^\/(assets|health)\//.test(pathname);
    await page.route(isAway, (route) => {
      asked.push(route.request().url());
      return route.abort();
    });
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'System' }).click();
    await expect.poll(() => asked.filter((url) => url.includes('/assets/SystemPage-')).length).toBeGreaterThan(1);
    await page.unroute(isAway);
    await page.getByRole('heading', { level: 1, name: 'System' }).waitFor();
    await expect.poll(() => page.evaluate<boolean>('globalThis.isSame === true')).toBe(true);
  });

  it('shows the numbers of a chart that the browser cannot draw', async () => {
    const other = await page.context().newPage();
    try {
      // As WebKit has it where the system has no language; Intl takes no such tag.
      await other.addInitScript(() => Object.defineProperty(navigator, 'language', { get: () => 'C' }));
      await signIn(other, opened.keep.url);
      await other.getByText('This browser cannot draw the chart.').waitFor();
      await expect.poll(() => other.getByRole('columnheader', { name: 'Day' }).count()).toBe(1);
      await expect.poll(() => other.getByRole('heading', { name: 'Overview' }).count()).toBe(1);
    } finally {
      await other.close();
    }
  });

  it('follows what happens by one stream', async () => {
    const other = await page.context().newPage();
    let streams = 0;
    other.on('request', (request) => {
      if (request.url().endsWith('/notifications')) streams += 1;
    });
    try {
      await signIn(other, opened.keep.url);
      await openSection(other, 'Apps');
      await other.getByRole('link', { name: 'Orchard' }).waitFor();
      for (const name of ['Cellar', 'Attic', 'Shed']) {
        await admin.connectApp(name);
        await expect.poll(() => other.getByRole('link', { name }).count()).toBe(1);
      }
      expect(streams).toBe(1);
    } finally {
      await other.close();
    }
  });

  it('complained of nothing all the while', () => {
    expect(opened.complaints).toEqual([]);
  });
});
