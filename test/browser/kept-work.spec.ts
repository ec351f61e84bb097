import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, type AppClient } from '../support/keep-client.ts';
import {
  confirmSession,
  hasBrowser,
  type Opened,
  openControlCentre,
  password,
  screenshotFailures,
  signIn,
} from './support.ts';

const profile = 'orchard.example/way';
const code = 'module.exports = async () => 1;';

/** What functions that run in the page use of the browser. */
interface InPage {
  readonly files: { readonly length: number };
}

describe.runIf(hasBrowser)('the Control Centre keeps what its owner typed, chose and began', () => {
  let opened: Opened;
  let page: Page;
  let admin: AdminClient;
  let app: AppClient;
  let templateId: string;

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
    admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    app = await admin.connectApp('Orchard');
    await app.registerProfile(profile, { title: 'Ways', type: 'object' });
    await admin.grant(app, profile, ['read', 'create']);
    await app.sendEvents([
      {
        metadata: { profile },
        payload: {
          way: {
            type: 'LineString',
            coordinates: [
              [14.4, 50.1],
              [14.5, 50.1],
              [14.5, 50],
            ],
          },
        },
      },
    ]);
    const files = [{ path: 'main.js', content: code }];
    const template = { name: 'One', runtime: 'javascript', permissions: [], files };
    templateId = (await admin.ask<{ id: string }>('POST', '/admin/v1/view-templates', { body: template })).id;
    await signIn(page, opened.keep.url);
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  const go = (path: string): Promise<unknown> => page.goto(`${opened.keep.url}${path}`);
  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

  /** Signed in, with a clock of its own that a test moves. */
  async function pageWithClock(path: string): Promise<Page> {
    const own = await (await opened.browser.newContext()).newPage();
    own.setDefaultTimeout(30_000);
    await own.clock.install();
    await signIn(own, opened.keep.url, path);
    return own;
  }

  it('takes the option that an arrow key marked, however late the timers of the list are', async () => {
    const slow = await pageWithClock('/views/new');
    await slow.getByRole('button', { name: 'Add a profile' }).click();
    const box = slow.getByRole('combobox', { name: 'Profile' });
    await box.click();
    await slow.getByRole('option', { name: profile }).waitFor();
    await slow.getByRole('textbox', { name: 'Name', exact: true }).fill('Ways');
    await slow.getByRole('option', { name: profile }).waitFor({ state: 'hidden' });
    await slow.clock.pauseAt(Date.now() + 60_000);
    await box.focus();
    await box.press('ArrowDown');
    await slow.clock.runFor(1000);
    await box.press('Enter');
    await slow.clock.resume();
    await expect.poll(() => box.inputValue()).toBe(profile);
    await slow.context().close();
  });

  it('keeps the focus in the field of a dialog that was clicked, however late its timers are', async () => {
    await go('/apps');
    await page.evaluate<void>(`globalThis.held = []; globalThis.timer = setTimeout;
      setTimeout = (call, ms, ...given) => (ms === undefined ? void held.push(call) : timer(call, ms, ...given));`);
    await press('New app');
    const dialog = page.getByRole('dialog', { name: 'A place for an app' });
    const words = dialog.getByLabel('What it is for');
    await words.click();
    await expect.poll(() => page.evaluate<number>('held.length')).toBeGreaterThan(0);
    await page.evaluate<void>('setTimeout = timer; for (const call of held) call();');
    await page.keyboard.type('Trips');
    await expect.poll(() => words.inputValue()).toBe('Trips');
    await expect.poll(() => dialog.getByLabel('Name').inputValue()).toBe('');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    // Not clicked, its first field has the focus.
    await press('New app');
    await expect.poll(() => dialog.getByLabel('Name').evaluate((element) => element.matches(':focus'))).toBe(true);
    await page.keyboard.press('Escape');
  });

  it('asks again with what an app is, after an edit that was cancelled', async () => {
    await go(`/apps/${app.appId}`);
    const dialog = page.getByRole('dialog', { name: 'Edit' });
    const name = dialog.getByLabel('Name');
    await press('Edit');
    await name.fill('Never saved');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await press('Edit');
    await expect.poll(() => name.inputValue()).toBe('Orchard');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  it('asks for the name again, after a removal that was cancelled', async () => {
    await go(`/apps/${app.appId}`);
    const dialog = page.getByRole('dialog', { name: 'Remove the app' });
    const name = dialog.getByLabel('Type “Orchard” to go on');
    await press('Remove');
    await dialog.getByLabel('Keep 1 event', { exact: true }).waitFor();
    await name.fill('Orchard');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await press('Remove');
    await expect.poll(() => name.inputValue()).toBe('');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  it('takes parts of a mebibyte for a limit of an app', async () => {
    await go(`/apps/${app.appId}`);
    await press('Change its limits');
    const dialog = page.getByRole('dialog', { name: 'Change its limits' });
    await dialog.getByLabel('Size of its events').pressSequentially('1.5');
    await dialog.getByRole('button', { name: 'Set them' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await expect.poll(() => page.getByText('1.5 MiB, your number', { exact: false }).count()).toBe(1);
  });

  it('saves each of two downloads, also where the page was left meanwhile', async () => {
    const madeAt = new Date().toISOString();
    const items = ['one.age', 'two.age'].map((name) => ({ name, bytes: 3, madeAt }));
    await page.route('**/admin/v1/backups', (route) => route.fulfill({ json: { making: null, failed: null, items } }));
    const held: Route[] = [];
    await page.route('**/admin/v1/backups/*.age', (route) => void held.push(route));
    await go('/system');
    const saved: string[] = [];
    page.on('download', (download) => saved.push(download.suggestedFilename()));
    for (const { name } of items) await press(`Download ${name}`);
    await expect.poll(() => held.length).toBe(2);
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    for (const route of held) await route.fulfill({ body: 'abc' });
    await expect.poll(() => saved.toSorted()).toEqual(['one.age', 'two.age']);
    await page.unrouteAll();
  });

  it('keeps a correction that is being written while another version is made', async () => {
    await go(`/views/${templateId}/correct`);
    const words = page.getByLabel('What it does, in words');
    await words.fill('Half written');
    await admin.confirm();
    await confirmSession(page);
    const body = { permissions: [], files: [{ path: 'main.js', content: 'module.exports = async () => 2;' }] };
    await admin.ask('POST', `/admin/v1/view-templates/${templateId}/versions`, { body });
    await page.getByText('Version 2 was made while you wrote', { exact: false }).waitFor();
    await expect.poll(() => words.inputValue()).toBe('Half written');
    await press('Begin with that version');
    await expect.poll(() => page.getByLabel('Source of main.js').textContent()).toContain('async () => 2');
    await words.fill('Returns two');
    await page.getByText('Limits of a run').click();
    await page.getByLabel('Time, ms', { exact: true }).fill('12000');
    await press('Look at what changes');
    await page.getByText('Time, ms: as the keep has it → 12,000').waitFor();
    await press('Make it the next version');
    await page.getByRole('heading', { level: 1, name: 'One' }).waitFor();
    await page.getByText('Version 3,', { exact: false }).waitFor();
    await page.getByText('12,000', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'compare with the newest' }).first().click();
    await page.getByText('Time, ms: as the keep has it → 12,000').waitFor();
  });

  it('asks before code that is half written is lost with its page', async () => {
    await go('/views/new');
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Half written');
    const asked = page.waitForEvent('dialog');
    await page.evaluate<void>('void setTimeout(() => location.reload())');
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await expect.poll(() => page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('Half written');
  });

  it('takes a file again that was changed, and says of what is no text that it is none', async () => {
    await go('/views/new');
    const chooser = page.waitForEvent('filechooser');
    await press('Choose files');
    const twoLines = `// With the ends of lines of Windows.\r\n${code}\r\n`;
    const file = { name: 'main.js', mimeType: 'text/javascript', buffer: Buffer.from(twoLines) };
    await (await chooser).setFiles([file]);
    await expect.poll(() => page.getByLabel('Source of main.js').textContent()).toContain(code);
    const again = page.waitForEvent('filechooser');
    await press('Choose files');
    const input = (await again).element();
    await expect.poll(() => input.evaluate((element) => (element as unknown as InPage).files.length)).toBe(0);
    await (await again).setFiles([{ ...file, buffer: Buffer.from([0xff, 0xfe, 0x00]) }]);
    await page.getByRole('alert').getByText('main.js is no file of text in UTF-8.').waitFor();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Two lines');
    await confirmSession(page);
    const sent = page.waitForRequest('**/admin/v1/view-templates');
    await press('Register');
    expect((await sent).postDataJSON()).toMatchObject({ files: [{ path: 'main.js', content: twoLines }] });
  });

  it('leaves the page of an instance that was deleted, and shows it nowhere any more', async () => {
    const { id } = await app.makeViewInstance(templateId, {});
    await go(`/apps/${app.appId}`);
    await page.getByRole('link', { name: 'An instance' }).click();
    await page.getByRole('heading', { level: 1, name: 'View instance' }).waitFor();
    await expect.poll(() => page.url()).toContain(id);
    await page.route('**/admin/v1/notifications', (route) => route.abort());
    await press('Delete');
    await page.getByRole('dialog', { name: 'Delete this instance' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { level: 1, name: 'Views' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'View instance' }).waitFor();
    await page.goBack();
    await page.getByText('It has no view instance.').waitFor();
    await page.unrouteAll();
  });

  it('draws the line of an event, which is opened by a click on it', async () => {
    await go(`/data/${encodeURIComponent(profile)}?tab=map`);
    const drawing = page.getByRole('img', { name: /^1 place drawn as lines/ });
    const box = (await drawing.boundingBox())!;
    // Half of the way along its first stretch, which goes east at its north.
    await drawing.click({ position: { x: box.width / 2, y: 30 } });
    await page.getByRole('dialog', { name: 'Event', exact: true }).getByRole('button', { name: 'Close' }).click();
    await press('As a table');
    await expect.poll(() => page.getByText('14.4° E, and 2 more of its line').count()).toBe(1);
  });

  it('keeps the session while an import runs, and ends it half an hour after', async () => {
    const busy = await pageWithClock('/data/import/events');
    const held: Route[] = [];
    await busy.route('**/admin/v1/events/import', (route) => void held.push(route));
    const line = { metadata: { profile, source: app.appId }, payload: {} };
    await busy.locator('input[type=file]').setInputFiles({
      name: 'events.ndjson',
      mimeType: 'application/x-ndjson',
      buffer: Buffer.from(`${JSON.stringify({ profile: { name: profile, schema: {} } })}\n${JSON.stringify(line)}\n`),
    });
    await busy.getByRole('button', { name: 'Import', exact: true }).click();
    await expect.poll(() => held.length).toBe(1);
    const expired = busy.getByRole('dialog', { name: 'Your session has ended' });
    await busy.clock.fastForward('31:00');
    await expect.poll(() => expired.count()).toBe(0);
    await held[0]!.fulfill({ status: 400 });
    await busy.getByText('stopped', { exact: false }).first().waitFor();
    await busy.clock.fastForward('31:00');
    await expired.waitFor();
    await busy.context().close();
  });

  it('complained of nothing all the while', () => {
    expect(opened.complaints).toEqual([]);
  });
});
