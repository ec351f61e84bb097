import type { Locator, Page } from 'playwright-core';
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

const profile = 'tea.example/cup';

describe.runIf(hasBrowser)('what bad input gets in the Control Centre', () => {
  let opened: Opened;
  let page: Page;
  let admin: AdminClient;
  let app: AppClient;

  beforeAll(async () => {
    // Unset, so that the start prints a setup link.
    opened = await openControlCentre({ ADMIN_PASSWORD: '' });
    page = opened.page;
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  const alert = (title: string, within: Page | Locator = page): Locator =>
    within.getByRole('alert').filter({ hasText: title });
  const write = async (field: Locator, text: string): Promise<void> => {
    await field.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText(text);
  };

  it('says of a set-up link that it is not valid, and that it was used already', async () => {
    const link = /http\S+\/setup#token=\S+/.exec(opened.keep.output)![0];
    await page.goto(`${link.slice(0, -4)}AAAA`);
    await page.getByLabel('Your name').fill('Ida');
    await page.getByLabel(/^Password/).fill('short');
    await page.getByRole('button', { name: 'Make this keep mine' }).click();
    await page.getByText('10 more: at least 15 characters.').waitFor();
    await page.getByLabel(/^Password/).fill(password);
    await page.getByRole('button', { name: 'Make this keep mine' }).click();
    await alert('There is no such setup token').waitFor();
    await expect.poll(() => page.getByLabel('Your name').inputValue()).toBe('Ida');
    await expect.poll(() => page.getByLabel(/^Password/).inputValue()).toBe(password);
    expect(await axeFindings(page)).toEqual([]);

    const late = await opened.context.newPage();
    await late.goto(link);
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByLabel(/^Password/).fill(password);
    await page.getByRole('button', { name: 'Make this keep mine' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();

    await late.getByLabel('Your name').fill('Max');
    await late.getByLabel(/^Password/).fill(password);
    await late.getByRole('button', { name: 'Make this keep mine' }).click();
    await alert('The setup token is spent', late).waitFor();
    await expect.poll(() => late.getByLabel('Your name').inputValue()).toBe('Max');
    await late.getByRole('link', { name: 'Sign in instead' }).click();
    await late.getByRole('heading', { name: 'Your keep' }).waitFor();
    await late.close();
  });

  it('refuses a wrong password at sign-in, and keeps the name', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Name').fill('admin');
    await page.getByLabel(/^Password/).fill('not the one that was chosen');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await alert('Name or password is wrong').waitFor();
    await expect.poll(() => page.getByLabel('Name').inputValue()).toBe('admin');
    await expect.poll(() => page.getByLabel(/^Password/).inputValue()).toBe('not the one that was chosen');
    await page.getByLabel(/^Password/).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  });

  it('marks a wrong present password and one that is too short, each at its field', async () => {
    await openSection(page, 'Account');
    const present = page.getByLabel(/^Present password/);
    const next = page.getByLabel(/^New password/);
    await present.fill('not the one that was chosen');
    await next.fill('too short');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('6 more: at least 15 characters.').waitFor();
    await expect.poll(() => next.getAttribute('aria-invalid')).toBe('true');
    await next.fill('a horse that staples batteries');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('This is not the present password.').waitFor();
    await expect.poll(() => present.getAttribute('aria-invalid')).toBe('true');
    await expect.poll(() => present.inputValue()).toBe('not the one that was chosen');
    await expect.poll(() => next.inputValue()).toBe('a horse that staples batteries');
    expect(await axeFindings(page)).toEqual([]);
  });

  it("marks an app's name that the keep does not take", async () => {
    await openSection(page, 'Apps');
    await page.getByRole('button', { name: 'New app' }).click();
    const dialog = page.getByRole('dialog', { name: 'A place for an app' });
    await dialog.getByLabel('Name').fill('  ');
    await dialog.getByLabel('What it is for').fill('Counts the cups');
    await dialog.getByRole('button', { name: 'Make the place' }).click();
    await dialog.getByText('No space at the beginning or the end is allowed.').waitFor();
    await expect.poll(() => dialog.getByLabel('Name').getAttribute('aria-invalid')).toBe('true');
    await expect.poll(() => dialog.getByLabel('What it is for').inputValue()).toBe('Counts the cups');
    await dialog.getByLabel('Name').fill('Tea diary');
    await dialog.getByRole('button', { name: 'Make the place' }).click();
    await page.getByRole('dialog', { name: 'Connect the app' }).getByRole('button', { name: 'Close' }).click();
  });

  it('marks a limit of an app that is no number of its own, and shows one that is', async () => {
    await page.getByText('0 of 10,000,000').waitFor();
    await page.getByRole('button', { name: 'Change its limits' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change its limits' });
    await dialog.getByLabel('Events', { exact: true }).fill('0');
    await dialog.getByLabel('Size of its events').fill('1.5');
    await dialog.getByRole('button', { name: 'Set them' }).click();
    await dialog.getByText('events must not be less than 1').waitFor();
    await expect.poll(() => dialog.getByLabel('Events', { exact: true }).getAttribute('aria-invalid')).toBe('true');
    await dialog.getByLabel('Events', { exact: true }).fill('5000');
    await dialog.getByRole('button', { name: 'Set them' }).click();
    await page.getByText('0 of 5,000, your number').waitFor();
    await page.getByText('0 bytes of 1.5 MiB, your number').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('asks before it makes a new signing key, and shows that it signs', async () => {
    await openSection(page, 'System');
    const kidShown = (): Promise<string | null> => page.locator('dt:text-is("Present") + dd').textContent();
    const former = await kidShown();
    await page.getByRole('button', { name: 'Make a new key' }).click();
    const dialog = page.getByRole('dialog', { name: 'Make a new signing key' });
    await dialog.getByText('Nothing becomes void by this.', { exact: false }).waitFor();
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await expect.poll(kidShown).not.toBe(former);
    expect(await axeFindings(page)).toEqual([]);
  });

  it('says that a one-time token ran out, in the list and on the page, and makes a new one', async () => {
    const { url } = opened.keep;
    const context = await opened.browser.newContext({ locale: 'en-GB' });
    const later = await context.newPage();
    // The page goes by the keep's clock, which it reads off each answer: a day on.
    const date = new Date(Date.now() + 25 * 3_600_000).toUTCString();
    await later.route('**/admin/v1/**', async (route) => {
      // A stream is never in whole.
      if (route.request().url().includes('/notifications')) return route.abort();
      const response = await route.fetch();
      return route.fulfill({ response, headers: { ...response.headers(), date } });
    });
    await signIn(later, url, '/apps');
    await later.getByRole('row', { name: /Tea diary.*one-time token ran out/ }).waitFor();
    await later.getByRole('link', { name: 'Tea diary' }).click();
    await later.getByText('no program had used it', { exact: false }).waitFor();
    await later.getByRole('button', { name: 'Connect it' }).click();
    const connect = later.getByRole('dialog', { name: 'Connect the app' });
    await connect
      .getByText(/^dk_assoc\S+$/)
      .first()
      .waitFor();
    expect(await axeFindings(later)).toEqual([]);
    await context.close();
  });

  it('marks a query that is refused at its line', async () => {
    admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    app = await admin.connectApp('Tea room');
    await app.registerProfile(profile, {
      title: 'Cup of tea',
      type: 'object',
      properties: { sort: { type: 'string' }, minutes: { type: 'integer' } },
    });
    await admin.grant(app, profile, ['read', 'create']);
    await app.sendEvents([{ metadata: { profile }, payload: { sort: 'Assam', minutes: 4 } }]);
    await page.goto(`${opened.keep.url}/data/${encodeURIComponent(profile)}`);
    await page.getByRole('switch', { name: 'Show the query as JSON' }).click();
    const query = page.getByLabel('Query', { exact: true });
    await write(query, `{\n  "profile": "${profile}",\n  "filter": {\n    "payload.minutes": { "above": 3 }\n  }\n}`);
    await page.getByRole('button', { name: 'Show these events' }).click();
    await page.getByText(/Line 4: .*above/).waitFor();
    await expect.poll(() => query.textContent()).toContain('"above": 3');
    expect(await axeFindings(page)).toEqual([]);
    await write(query, `{\n  "profile": "${profile}",\n  "filter": {\n`);
    await page.getByText('This cannot be used yet.').waitFor();
    await expect.poll(() => query.textContent()).toContain('"filter": {');
  });

  it.each([
    ['9007199254740993', 'cannot hold 9007199254740993 exactly'],
    ['9.007199254740993E15', 'cannot hold 9.007199254740993E15 exactly'],
    ['1e400', '1e400 is beyond the range'],
    ['1,}', 'JSON'],
  ])('puts no filter of the address in force whose number would be another: %s', async (number, words) => {
    const path = `/data/${encodeURIComponent(profile)}`;
    await page.goto(`${opened.keep.url}${path}?filter={"payload.sugar":{"lt":${number}}}`);
    const notice = page.getByRole('status').filter({ hasText: 'The filter in the address is not in force' });
    await notice.getByText(words, { exact: false }).waitFor();
    await page.goto(`${opened.keep.url}${path}?filter={"payload.sugar":{"lt":1.5E3}}`);
    await expect.poll(() => page.getByRole('textbox', { name: 'Value of condition 1' }).inputValue()).toBe('1500');
    await expect.poll(() => notice.count()).toBe(0);
  });

  it('takes an id in the address for a text, also where it has digits alone', async () => {
    await page.goto(`${opened.keep.url}/audit?subject=692000000000000000000001`);
    await page.getByText('No entry').waitFor();
    await expect.poll(() => page.getByLabel('To what').inputValue()).toBe('692000000000000000000001');
  });

  it('stands a day in an address that is none, as while a year is typed', async () => {
    for (const day of ['20266-01-01', 'soon', '2026']) {
      await page.goto(`${opened.keep.url}/runs?from=${day}`);
      await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
      await expect.poll(() => page.getByText(/^(Nothing has run yet|No run like that)$/).count()).toBe(1);
    }
  });

  it('marks a change of an event that breaks its schema at its line', async () => {
    await page.goto(`${opened.keep.url}/data/${encodeURIComponent(profile)}`);
    await page.getByRole('button', { name: /^Open the event/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Event', exact: true });
    await dialog.getByRole('button', { name: 'Edit' }).click();
    const payload = dialog.getByLabel('Payload', { exact: true });
    await write(payload, '{\n  "sort": "Assam",\n  "minutes": "four"\n}');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText(/Line 3: .*integer/).waitFor();
    await expect.poll(() => payload.textContent()).toContain('"four"');
    await page.goto(`${opened.keep.url}/data`);
  });

  it('says of a new profile that the keep has one of that name', async () => {
    await page.getByRole('button', { name: 'New profile' }).click();
    const dialog = page.getByRole('dialog', { name: 'New profile' });
    await dialog.getByLabel('Name').fill(profile);
    await write(dialog.getByLabel('Schema (JSON Schema)', { exact: true }).last(), '{ "type": "array" }');
    await dialog.getByRole('button', { name: 'Register' }).click();
    await alert('The profile exists with another schema', dialog).waitFor();
    await expect.poll(() => dialog.getByLabel('Name').inputValue()).toBe(profile);
    await page.keyboard.press('Escape');
  });

  it('says of a dry run and of a run that they took too long', async () => {
    await page.goto(`${opened.keep.url}/views/new`);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('For ever');
    await page.getByText('Limits of a run').click();
    await page.getByLabel('Time, ms', { exact: true }).fill('1');
    await write(
      page.getByRole('textbox', { name: 'Source of main.js' }),
      'module.exports = async () => {\n  for (;;);\n};\n',
    );
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByText('wallTimeMs must not be less than 100.').first().waitFor();
    await expect.poll(() => page.getByLabel('Time, ms', { exact: true }).getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Time, ms', { exact: true }).fill('300');
    await page.getByRole('button', { name: 'Dry run' }).click();
    const panel = page.getByRole('region', { name: 'Dry run' });
    await panel.getByText('timed-out').waitFor();
    await panel.getByText('wall time', { exact: false }).waitFor();
    await expect
      .poll(() => page.getByRole('textbox', { name: 'Source of main.js' }).textContent())
      .toContain('for (;;);');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByRole('heading', { level: 1, name: 'For ever' }).waitFor();
    await page.waitForURL(/\/views\/[0-9a-f]{24}$/);
    const instance = await app.makeViewInstance(page.url().split('/').at(-1)!, {});
    const run = await app.run(instance.id);
    expect(run.state).toBe('timed-out');
    await page.goto(`${opened.keep.url}/runs/${run.id}`);
    await alert('wall time').waitFor();
  });

  it('keeps a template that instances use, and says so', async () => {
    await openSection(page, 'Views');
    await page.getByRole('link', { name: 'For ever' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete this template' });
    await dialog.getByText('1 instance uses it: delete those first.').waitFor();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await alert('View instances use this template', dialog).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('For ever');
  });

  it('says of a permission that another window ended meanwhile', async () => {
    const { id } = await admin.grant(app, profile, ['modify']);
    await page.goto(`${opened.keep.url}/requests/${id}`);
    await page.route('**/revoke', async (route) => {
      await admin.deny(id);
      await route.continue();
    });
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog', { name: 'Revoke this permission' }).getByRole('button', { name: 'Revoke' }).click();
    await alert('A permission that is denied has nothing to revoke.').first().waitFor();
    await page.getByText('denied', { exact: true }).first().waitFor();
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    expect(await axeFindings(page)).toEqual([]);
    await page.unroute('**/revoke');
  });

  it('says of a request that it is gone with its app', async () => {
    const { id } = await app.requestPermission(profile, ['delete'], 'To empty the cups');
    await openSection(page, 'Requests');
    const card = page.getByRole('article', { name: 'Request' });
    await card.getByLabel('For how long').click();
    await page.getByRole('option', { name: 'Until a date …' }).click();
    await card.getByLabel('Last day').fill('20266-01-01');
    await expect.poll(() => card.getByRole('button', { name: 'Approve deleting' }).isDisabled()).toBe(true);
    await card.getByLabel('Last day').fill('2099-01-01');
    await page.route('**/approve', async (route) => {
      await admin.deleteApp(app.appId);
      await route.continue();
    });
    await card.getByRole('button', { name: 'Approve deleting' }).click();
    await alert('Not found').waitFor();
    await page.getByText('is gone: its app took it back, or is gone itself', { exact: false }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.unroute('**/approve');
    await page.goto(`${opened.keep.url}/requests/${id}`);
    await page.getByText('is gone: its app took it back, or is gone itself', { exact: false }).waitFor();
    await page.getByRole('listitem').filter({ hasText: 'asked for (delete)' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('complained of nothing all the while', () => {
    expect(opened.complaints).toEqual([]);
  });
});
