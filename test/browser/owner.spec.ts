import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiError, AppClient } from '../support/keep-client.ts';
import { axeFindings, hasBrowser, type Opened, openControlCentre, password, screenshotFailures } from './support.ts';

const profile = 'travel.example/flight';
const schema = {
  title: 'Flight',
  type: 'object',
  required: ['from', 'to'],
  properties: { from: { type: 'string' }, to: { type: 'string' }, delay: { type: 'integer' } },
};
const flights = Array.from({ length: 7 }, (_, index) => ({
  metadata: { profile, createdDate: `2026-03-0${index + 1}T08:00:00.000Z` },
  payload: { from: 'VIE', to: 'LHR', delay: index },
}));

describe.runIf(hasBrowser)("an owner's first day in the Control Centre", { timeout: 120_000 }, () => {
  let opened: Opened;
  let page: Page;
  let app: AppClient;
  let instanceId: string;

  beforeAll(async () => {
    // Unset, so that the start prints a setup link.
    opened = await openControlCentre({ ADMIN_PASSWORD: '' });
    page = opened.page;
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  const statusOf = async (done: Promise<unknown>): Promise<number> => {
    try {
      await done;
      return 200;
    } catch (error) {
      return (error as ApiError).status;
    }
  };
  const open = async (name: string): Promise<void> => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
    await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  };

  it('is set up by the link that the start printed, and says what is wrong with a short password', async () => {
    const link = /http\S+\/setup#token=\S+/.exec(opened.keep.output)![0];
    await page.goto(link);
    await page.getByLabel('Password').first().fill('short');
    await page.getByText('10 more: at least 15 characters.').waitFor();
    await page.getByLabel('Password').first().fill(password);
    await page.getByRole('button', { name: 'Make this keep mine' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByText('Your keep is empty').waitFor();
    expect(page.url()).not.toContain('token');
  });

  it('makes a place for an app and shows its one-time token once, with commands', async () => {
    await open('Apps');
    await page.getByRole('button', { name: 'New app' }).click();
    const dialog = page.getByRole('dialog', { name: 'A place for an app' });
    await dialog.getByLabel('Name').fill('Airline log');
    await dialog.getByRole('button', { name: 'Make the place' }).click();
    const connect = page.getByRole('dialog', { name: 'Connect the app' });
    const token = await connect
      .getByText(/^dk_assoc\S+$/)
      .first()
      .textContent();
    await connect.getByRole('img', { name: 'The one-time token as a QR code' }).waitFor();
    for (const language of ['curl', 'TypeScript', 'Python'])
      await connect.getByRole('tab', { name: language }).waitFor();
    app = await AppClient.associate(opened.keep.url, token!, 'Airline log 2.0');
    await connect.getByRole('button', { name: 'Close' }).click();
    await page.getByText('connected', { exact: true }).waitFor();
    await expect.poll(() => page.getByText(token!).count()).toBe(0);
  });

  it('shows a request as it comes, and approves a part of it until a date', async () => {
    await app.registerProfile(profile, schema);
    await page.getByRole('heading', { level: 1, name: 'Airline log' }).waitFor();
    const asked = await app.ask<{ id: string }>('POST', '/app/v1/permissions', {
      body: { profile, rights: ['read', 'create', 'delete'], message: 'To keep your flights' },
    });
    await vi.waitFor(async () => expect(await page.title()).toMatch(/^\(1\)/));
    await open('Requests');
    const card = page.getByRole('article', { name: 'Request' });
    await card.getByText('To keep your flights').waitFor();
    await card.getByText('There is no event of this profile in your keep.', { exact: false }).waitFor();
    await card.getByLabel(/^Delete/).uncheck();
    await card.getByLabel('For how long').click();
    await page.getByRole('option', { name: 'For 30 days' }).click();
    await card.getByRole('button', { name: 'Approve reading and adding' }).click();
    await page.getByText('Nothing waits for you').waitFor();
    const decided = await app.ask<{ granted: string[]; expiresAt: string }>('GET', `/app/v1/permissions/${asked.id}`);
    expect(decided.granted).toEqual(['read', 'create']);
    expect(Date.parse(decided.expiresAt) - Date.now()).toBeGreaterThan(29 * 86_400_000);
  });

  it('holds the app to what was approved', async () => {
    const { events } = await app.ask<{ events: { id: string }[] }>('POST', '/app/v1/events', {
      body: { events: flights },
    });
    expect(await statusOf(app.ask('DELETE', `/app/v1/events/${events[0]!.id}`))).toBe(403);
  });

  it('shows the very events that another app would get', async () => {
    const holder = await page.request.post(`${opened.keep.url}/admin/v1/session`, {
      data: { name: 'admin', password },
    });
    const { token } = (await holder.json()) as { token: string };
    const admin = { authorization: `Bearer ${token}` };
    const made = await page.request.post(`${opened.keep.url}/admin/v1/apps`, {
      data: { name: 'Trips' },
      headers: admin,
    });
    const { id } = (await made.json()) as { id: string };
    const once = await page.request.post(`${opened.keep.url}/admin/v1/apps/${id}/association-tokens`, {
      data: {},
      headers: admin,
    });
    const { associationToken } = (await once.json()) as { associationToken: string };
    const trips = await AppClient.associate(opened.keep.url, associationToken, 'Trips');
    await trips.ask('POST', '/app/v1/permissions', { body: { profile, rights: ['read'], message: 'To plan trips' } });
    const card = page.getByRole('article', { name: 'Request' });
    await card.getByText('7 events').waitFor();
    await card.getByText('The newest 5 of 7').waitFor();
    expect(await card.getByRole('row').count()).toBe(6);
    await card.getByText('and every new one', { exact: true }).waitFor();
  });

  it('denies by the keyboard alone, with a reason that the app sees', async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('d');
    await page.keyboard.type('Not now');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing waits for you').waitFor();
    await page.getByRole('tab', { name: 'Decided' }).click();
    await page.getByText('Denied', { exact: true }).click();
    await page.getByRole('cell', { name: 'Trips' }).waitFor();
    expect(await page.getByRole('row', { name: /Trips.*denied/ }).count()).toBe(1);
  });

  it('tries view code beside what it reads, marks its syntax error at the line, and registers it mended', async () => {
    await open('Views');
    await page.getByRole('link', { name: 'New template' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Mean delay');
    await page.getByRole('button', { name: 'Add a profile' }).click();
    await page.getByRole('combobox', { name: 'Profile' }).click();
    await page.getByRole('option', { name: profile }).click();
    const source = page.getByRole('textbox', { name: 'Source of main.js' });
    await source.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText('module.exports = async (parameters, keep) => {\n  return (;\n};\n');
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByText(/^Line 2: /).waitFor();
    await source.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(
      `module.exports = async (parameters, keep) => {\n  const { items } = await keep.events.query({ profile: '${profile}' });\n  console.log('read', items.length);\n  return items.reduce((sum, event) => sum + event.payload.delay, 0) / items.length;\n};\n`,
    );
    await page.getByRole('button', { name: 'Dry run' }).click();
    const panel = page.getByRole('region', { name: 'Dry run' });
    await panel.getByText('succeeded').waitFor();
    await panel.getByText('1 call, 7 answers', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByRole('heading', { level: 1, name: 'Mean delay' }).waitFor();
    expect(page.url()).toMatch(/\/views\/[0-9a-f]{24}$/);
  });

  it('lets an instance run once it is approved, and shows the run', async () => {
    const templateId = page.url().split('/').at(-1)!;
    const instance = await app.makeViewInstance(templateId, { unit: 'min' });
    instanceId = instance.id;
    await open('Requests');
    const card = page.getByRole('article', { name: 'Request' });
    await card.getByText('asks that the code of the view').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('a');
    await page.getByText('Nothing waits for you').waitFor();
    const run = await app.ask<{ state: string }>('POST', `/app/v1/view-instances/${instanceId}/runs`, {
      body: {},
      headers: { prefer: 'wait=20' },
    });
    expect(run.state).toBe('succeeded');
    await open('Runs');
    await page
      .getByRole('row', { name: /succeeded/ })
      .getByRole('link')
      .first()
      .click();
    await page.getByRole('heading', { level: 1, name: 'Run' }).waitFor();
    await page.getByText('read 7', { exact: false }).waitFor();
    await page.getByText('Ended:', { exact: false }).waitFor();
  });

  it('revokes, and the app is refused from its next call on', async () => {
    await open('Requests');
    await page.getByRole('tab', { name: 'Decided' }).click();
    await page
      .getByRole('row', { name: /Airline log.*read, add/ })
      .getByRole('link', { name: profile })
      .click();
    await page.getByRole('button', { name: 'Revoke' }).click();
    const dialog = page.getByRole('dialog', { name: 'Revoke this permission' });
    await dialog.getByLabel('Reason (the app sees it)').fill('Enough flown');
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('revoked', { exact: true }).first().waitFor();
    expect(await statusOf(app.ask('GET', `/app/v1/events?profile=${encodeURIComponent(profile)}`))).toBe(403);
    await page.getByText('“Enough flown”').waitFor();
  });

  it('finds pages and things by name with the palette, and shows the keys', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog', { name: 'Go to' }).getByRole('combobox').fill('mean');
    await page.getByRole('option', { name: /Mean delay/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Mean delay' }).waitFor();
    await page.keyboard.press('Shift+?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  });

  it('keeps what was typed when the session ends in mid-work', async () => {
    await open('Apps');
    await page.getByRole('button', { name: 'New app' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Half typed');
    await page.evaluate(() =>
      fetch('/admin/v1/session', {
        method: 'DELETE',
        headers: { authorization: `Bearer ${sessionStorage.getItem('datakeep.session')}` },
      }),
    );
    const expired = page.getByRole('dialog', { name: 'Your session has ended' });
    await expired.getByLabel(/^Password/).fill(password);
    await expired.getByRole('button', { name: 'Sign in' }).click();
    await expired.waitFor({ state: 'hidden' });
    expect(await page.getByRole('dialog', { name: 'A place for an app' }).getByLabel('Name').inputValue()).toBe(
      'Half typed',
    );
    await page.keyboard.press('Escape');
  });

  it.each(['Overview', 'Requests', 'Apps', 'Data', 'Views', 'Runs', 'Indexes', 'Audit', 'System', 'Account'])(
    'has nothing on %s that axe-core finds, in both themes, wide and narrow',
    async (name) => {
      await open(name);
      await page.waitForLoadState('networkidle').catch(() => undefined);
      expect(await axeFindings(page)).toEqual([]);
    },
  );

  it('complained of nothing: no error, no breach of its policy, no request that left the keep', () => {
    expect(opened.complaints).toEqual([]);
  });
});
