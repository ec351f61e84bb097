import type { Locator, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, type AppClient } from '../support/keep-client.ts';
import {
  hasBrowser,
  type Opened,
  openControlCentre,
  openSection,
  password,
  screenshotFailures,
  signIn,
} from './support.ts';

const profile = 'garden.example/harvest';
/** How long two open tabs may contradict each other, ms: 5 s. The rest is for a busy machine. */
const longest = 15_000;

describe.runIf(hasBrowser)('two open tabs of the Control Centre', () => {
  let opened: Opened;
  let acting: Page;
  let watching: Page;
  let admin: AdminClient;
  let app: AppClient;

  beforeAll(async () => {
    opened = await openControlCentre();
    acting = opened.page;
    // A window of its own: a tab behind another draws once a second, and a click waits for two drawings.
    [watching] = await Promise.all([
      opened.context.waitForEvent('page'),
      acting.evaluate(`void open('about:blank', '_blank', 'popup,noopener')`),
    ]);
    watching.setDefaultTimeout(30_000);
    admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    app = await admin.connectApp('Garden');
    await app.registerProfile(profile, {
      title: 'Harvest',
      type: 'object',
      properties: { fruit: { type: 'string' }, kilos: { type: 'number' } },
    });
    // Each tab has a separate session: its token is in sessionStorage.
    await signIn(acting, opened.keep.url);
    await signIn(watching, opened.keep.url);
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => watching);

  /** Resolves with true once it is there, without a reload; throws where it is not in time. */
  const shows = (what: Locator, state: 'visible' | 'hidden' = 'visible'): Promise<true> =>
    what.waitFor({ state, timeout: longest }).then(() => true);

  it('show both that a request was approved', async () => {
    await app.requestPermission(profile, ['read', 'create'], 'To weigh the apples');
    await openSection(acting, 'Requests');
    await openSection(watching, 'Requests');
    await watching.getByRole('article', { name: 'Request' }).waitFor();
    await expect.poll(() => watching.title()).toMatch(/^\(1\)/);
    await acting.getByRole('button', { name: 'Approve reading and adding' }).click();
    expect(await shows(watching.getByText('Nothing waits for you'))).toBe(true);
    expect(await shows(watching.getByText('that stood here is approved by now', { exact: false }))).toBe(true);
    await expect.poll(() => watching.title()).not.toMatch(/^\(/);
    // The tab that decided says so once, and requires no reload.
    await acting.getByText('Approved: reading and adding.').waitFor();
    await expect.poll(() => acting.getByText('Decided meanwhile').count()).toBe(0);
  });

  it('show both that an event was changed, and that it was deleted', async () => {
    await app.sendEvents([{ metadata: { profile }, payload: { fruit: 'apple', kilos: 3 } }]);
    const path = `${opened.keep.url}/data/${encodeURIComponent(profile)}`;
    await watching.goto(path);
    await watching.getByRole('cell', { name: 'apple' }).waitFor();
    await acting.goto(path);
    await acting.getByRole('button', { name: /^Open the event/ }).click();
    const dialog = acting.getByRole('dialog', { name: 'Event', exact: true });
    await dialog.getByRole('button', { name: 'Edit' }).click();
    await dialog.getByLabel('Payload', { exact: true }).click();
    await acting.keyboard.press('ControlOrMeta+a');
    await acting.keyboard.insertText('{ "fruit": "quince", "kilos": 3 }');
    await dialog.getByRole('button', { name: 'Save' }).click();
    expect(await shows(watching.getByRole('cell', { name: 'quince' }))).toBe(true);
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await acting.getByRole('dialog', { name: 'Delete this event?' }).getByRole('button', { name: 'Delete' }).click();
    expect(await shows(watching.getByText('No events yet'))).toBe(true);
  });

  it('show both that a permission was revoked', async () => {
    await watching.goto(`${opened.keep.url}/apps/${app.appId}`);
    await watching.getByRole('link', { name: '✓ yes' }).first().waitFor();
    await openSection(acting, 'Requests');
    await acting.getByRole('tab', { name: 'Decided' }).click();
    await acting
      .getByRole('row', { name: /Garden/ })
      .getByRole('link')
      .last()
      .click();
    await acting.getByRole('button', { name: 'Revoke' }).click();
    await acting
      .getByRole('dialog', { name: 'Revoke this permission' })
      .getByRole('button', { name: 'Revoke' })
      .click();
    expect(await shows(watching.getByText('no permission is approved', { exact: false }))).toBe(true);
  });

  it('show both a template that was registered, and that it is gone', async () => {
    await openSection(watching, 'Views');
    await acting.goto(`${opened.keep.url}/views/new`);
    await acting.getByRole('textbox', { name: 'Name', exact: true }).fill('Weigh');
    await acting.getByRole('button', { name: 'Register' }).click();
    expect(await shows(watching.getByRole('link', { name: 'Weigh' }))).toBe(true);
    await acting.getByRole('button', { name: 'Delete' }).click();
    await acting.getByRole('dialog', { name: 'Delete this template' }).getByRole('button', { name: 'Delete' }).click();
    expect(await shows(watching.getByRole('link', { name: 'Weigh' }), 'hidden')).toBe(true);
  });

  it('show both that an app was removed, with what it asked for', async () => {
    await app.requestPermission(profile, ['delete'], 'To eat them');
    await openSection(watching, 'Requests');
    await watching.getByRole('article', { name: 'Request' }).waitFor();
    await acting.goto(`${opened.keep.url}/apps/${app.appId}`);
    await acting.getByRole('button', { name: 'Remove' }).click();
    const dialog = acting.getByRole('dialog', { name: 'Remove the app' });
    await dialog.getByLabel('Type “Garden” to go on').fill('Garden');
    await dialog.getByRole('button', { name: 'Remove the app' }).click();
    expect(await shows(watching.getByText('Nothing waits for you'))).toBe(true);
    expect(await shows(watching.getByText('that stood here is gone', { exact: false }))).toBe(true);
    await openSection(acting, 'Apps');
    await openSection(watching, 'Apps');
    await watching.getByText('No app yet').waitFor();
    await acting.getByRole('button', { name: 'New app' }).click();
    await acting.getByRole('dialog').getByLabel('Name').fill('Orchard');
    await acting.getByRole('button', { name: 'Make the place' }).click();
    expect(await shows(watching.getByRole('link', { name: 'Orchard' }))).toBe(true);
  });

  it('show an import that one of them is at, and begin none beside it', async () => {
    const held: Route[] = [];
    await acting.route('**/app/v1/events', (route) => void held.push(route));
    const begin = async (tab: Page, name: string): Promise<void> => {
      await tab.goto(`${opened.keep.url}/import`);
      const buffer = Buffer.from('date,text\n2026-03-01,Crocuses\n');
      await tab.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer });
      await tab.getByRole('main').getByRole('button', { name: 'Import', exact: true }).click();
    };
    await begin(acting, 'one.csv');
    await acting.getByRole('button', { name: /^Allow adding/ }).click();
    await expect.poll(() => held.length).toBe(1);
    await watching.goto(`${opened.keep.url}/import`);
    const row = watching.getByRole('row', { name: /one\.csv/ });
    expect(await shows(row.getByText('running', { exact: true }))).toBe(true);
    await row.getByText('in another tab').waitFor();
    await expect.poll(() => row.getByRole('button').count()).toBe(0);
    await begin(watching, 'two.csv');
    await watching.getByText('Another tab of this browser imports', { exact: false }).waitFor();
    await held[0]!.continue();
    await acting.unroute('**/app/v1/events');
    await acting.getByRole('heading', { name: /is imported$/ }).waitFor();
    expect(await shows(row.getByText('done', { exact: true }))).toBe(true);
    expect(await shows(row.getByRole('button', { name: 'Undo the import of one.csv' }))).toBe(true);
    await watching.getByRole('button', { name: 'Try again' }).click();
    await watching.getByRole('button', { name: /^Allow adding/ }).click();
    await watching.getByRole('heading', { name: /is imported$/ }).waitFor();
  });

  it('show that the session of one was ended in the other', async () => {
    await acting.goto(`${opened.keep.url}/account`);
    const others = acting.getByRole('button', { name: /^End the session of/ });
    await others.first().waitFor();
    for (let left = await others.count(); left > 0; left -= 1) {
      await others.first().click();
      await expect.poll(() => others.count()).toBe(left - 1);
    }
    expect(await shows(watching.getByRole('dialog', { name: 'Your session has ended' }))).toBe(true);
  });
});
