import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, AppClient, type Run } from '../support/keep-client.ts';
import { type Keyboard, keyboardOf } from './keyboard.ts';
import { hasBrowser, type Opened, openControlCentre, password, screenshotFailures } from './support.ts';

const profile = 'bread.example/loaf';
const loop = `module.exports = async ({ clientCustomData }, keep) => {
  const { items } = await keep.events.query({ profile: '${profile}' });
  while (clientCustomData === 'for ever') await new Promise((resolve) => setTimeout(resolve, 50));
  return items.length;
};
`;

/** What functions that run in the page use of the browser. */
interface InPage {
  readonly navigator: { readonly clipboard: { readText(): Promise<string> } };
}

describe.runIf(hasBrowser)('further acts by the keyboard alone', () => {
  let opened: Opened;
  let page: Page;
  let keys: Keyboard;
  let admin: AdminClient;
  let app: AppClient;
  let templateId: string;
  const current = { password };

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
    keys = keyboardOf(page);
    await opened.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    // Without the picker, which no test can answer, the browser downloads.
    await opened.context.addInitScript(() => Reflect.deleteProperty(globalThis, 'showSaveFilePicker'));
    admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    await signInByKeys();
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  async function signInByKeys(): Promise<void> {
    await page.goto(`${opened.keep.url}/`);
    await keys.type(page.getByLabel(/^Password/).first(), current.password);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  }
  const button = (name: string, within: Page | Locator = page): Locator =>
    within.getByRole('button', { name, exact: true });

  it('makes a place for an app, and copies its one-time token', async () => {
    await keys.openSection('Apps');
    await keys.press(button('New app'));
    const dialog = page.getByRole('dialog', { name: 'A place for an app' });
    await keys.type(dialog.getByLabel('Name'), 'Bakery');
    await keys.type(dialog.getByLabel('What it is for'), 'Counts loaves');
    await keys.press(button('Make the place', dialog));
    const connect = page.getByRole('dialog', { name: 'Connect the app' });
    await keys.press(button('Copy the one-time token', connect));
    const token = await page.evaluate(() => (globalThis as unknown as InPage).navigator.clipboard.readText());
    app = await AppClient.associate(opened.keep.url, token, 'Bakery 1.0');
    await keys.press(connect.getByRole('tab', { name: 'curl' }), 'ArrowRight');
    await connect.getByRole('tabpanel', { name: 'TypeScript' }).waitFor();
    await page.keyboard.press('Escape');
    await connect.waitFor({ state: 'hidden' });
    await expect.poll(() => page.url()).toContain(app.appId);
  });

  it('registers a profile, whose schema is written in the editor', async () => {
    await keys.openSection('Data');
    await keys.press(button('New profile'));
    const dialog = page.getByRole('dialog', { name: 'New profile' });
    await keys.type(dialog.getByLabel('Name'), profile);
    await keys.type(
      dialog.getByLabel('Schema (JSON Schema)', { exact: true }).last(),
      '{ "title": "Loaf", "type": "object", "properties": { "grams": { "type": "integer" }, "kind": { "type": ' +
        '"string" } } }',
    );
    await keys.press(button('Register', dialog));
    await page.getByRole('link', { name: 'Loaf' }).waitFor();
    await admin.grant(app, profile, ['read', 'create']);
    const { accepted } = await app.sendEvents(
      [700, 800, 900].map((grams) => ({ metadata: { profile }, payload: { grams, kind: 'rye' } })),
    );
    expect(accepted).toBe(3);
  });

  it('writes a template in the editor, which Tab leaves, tries it and registers it', async () => {
    await keys.openSection('Views');
    await keys.press(page.getByRole('link', { name: 'New template' }));
    await keys.type(page.getByRole('textbox', { name: 'Name', exact: true }), 'Loaves');
    await keys.press(button('Add a profile'));
    await keys.choose(page.getByRole('combobox', { name: 'Profile' }), profile);
    const source = page.getByRole('textbox', { name: 'Source of main.js' });
    await keys.type(source, loop);
    await page.keyboard.press('Tab');
    await expect
      .poll(() => source.evaluate((element) => (element as { matches(s: string): boolean }).matches(':focus')))
      .toBe(false);
    await expect.poll(() => source.textContent()).not.toContain('\t');
    await keys.press(page.getByText('Limits of a run'));
    await keys.type(page.getByLabel('Time, ms', { exact: true }), '60000');
    await keys.press(button('Dry run'));
    const panel = page.getByRole('region', { name: 'Dry run' });
    await panel.getByText('1 call, 3 answers', { exact: false }).waitFor();
    await keys.press(button('Register'));
    await page.getByRole('heading', { level: 1, name: 'Loaves' }).waitFor();
    await page.waitForURL(/\/views\/[0-9a-f]{24}$/);
    templateId = page.url().split('/').at(-1)!;
  });

  it('cancels a run', async () => {
    const instance = await app.makeViewInstance(templateId, {});
    for (const { id } of instance.permissions) await admin.approve(id);
    const run = await app.run(instance.id, 'for ever', 0);
    await keys.openSection('Runs');
    await keys.press(
      page
        .getByRole('row', { name: /Loaves/ })
        .getByRole('link')
        .first(),
    );
    await keys.press(button('Cancel the run'));
    await keys.press(button('Cancel the run', page.getByRole('dialog', { name: 'Cancel this run' })));
    await page.getByText('cancelled', { exact: true }).waitFor();
    expect((await admin.ask<Run>('GET', `/admin/v1/runs/${run.id}`)).state).toBe('cancelled');
  });

  it('filters events by the form, and exports what is left', async () => {
    await keys.openSection('Data');
    await keys.press(page.getByRole('link', { name: 'Loaf' }));
    await page.getByText('Events 1 to 3 of 3').waitFor();
    await keys.press(button('Add a condition'));
    await keys.choose(page.getByRole('combobox', { name: 'Field of condition 1' }), 'grams');
    await keys.choose(page.getByRole('combobox', { name: 'Operator of condition 1' }), 'is more than');
    await keys.type(page.getByLabel('Value of condition 1'), '750');
    await keys.press(button('Show these events'));
    await page.getByText('Events 1 to 2', { exact: true }).waitFor();
    await keys.press(button('Export'));
    const dialog = page.getByRole('dialog', { name: 'Export events' });
    await dialog.getByText('2 events that the filter leaves', { exact: false }).waitFor();
    await keys.press(dialog.getByRole('radio', { name: /NDJSON/ }), 'ArrowDown');
    const download = page.waitForEvent('download');
    await keys.press(button('Export', dialog));
    expect(readFileSync(await (await download).path(), 'utf8')).toContain('rye');
  });

  it('edits an event, and deletes it', async () => {
    await keys.press(page.getByRole('button', { name: /^Open the event/ }).first());
    const dialog = page.getByRole('dialog', { name: 'Event', exact: true });
    await keys.press(button('Edit', dialog));
    await keys.type(dialog.getByLabel('Payload', { exact: true }), '{ "grams": 1000, "kind": "spelt" }');
    await keys.press(button('Save', dialog));
    await page.getByText('The event is changed.').waitFor();
    await keys.press(button('Delete', dialog));
    await keys.press(button('Delete', page.getByRole('dialog', { name: 'Delete this event?' })));
    await dialog.waitFor({ state: 'hidden' });
    const { items } = await admin.ask<{ items: unknown[] }>('POST', '/admin/v1/events/query', { body: { profile } });
    expect(items).toHaveLength(2);
  });

  it('goes to a template by the palette, and has the keys shown', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog', { name: 'Go to' }).getByRole('combobox').waitFor();
    await page.keyboard.type('loaves');
    await page.getByRole('option', { name: /Loaves/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Loaves' }).waitFor();
    await expect.poll(() => page.url()).toContain(templateId);
    await page.keyboard.press('Shift+?');
    const help = page.getByRole('dialog', { name: 'Keys' });
    await help.waitFor();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'hidden' });
  });

  it('ends a session, changes the password and signs in with it', async () => {
    const other = await AdminClient.signIn(opened.keep.url, 'admin', password);
    await keys.openSection('Account');
    const ends = page.getByRole('button', { name: /^End the session of/ });
    await ends.first().waitFor();
    for (let left = await ends.count(); left > 0; left -= 1) {
      await keys.press(ends.first());
      await expect.poll(() => ends.count()).toBe(left - 1);
    }
    expect((await other.send('GET', '/admin/v1/apps')).status).toBe(401);
    await keys.type(page.getByLabel(/^Present password/), password);
    current.password = 'a horse that staples batteries';
    await keys.type(page.getByLabel(/^New password/), current.password);
    await keys.press(button('Change the password'));
    await page.getByRole('heading', { name: 'Your keep' }).waitFor();
    await signInByKeys();
  });

  it('complained of nothing all the while', () => {
    expect(opened.complaints).toEqual([]);
  });
});
