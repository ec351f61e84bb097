import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { ApiError, AppClient } from '../support/keep-client.ts';
import { openSection, password } from './support.ts';

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

/**
 * What an owner does with a first app, from its one-time token to the revocation: tests that follow each other, on a
 * page whose admin is signed in.
 */
export function firstWalk(
  under: () => { readonly url: string; readonly page: Page; readonly password?: string },
): void {
  let app: AppClient;
  let instanceId: string;
  const open = (name: string): Promise<void> => openSection(under().page, name);
  const statusOf = async (done: Promise<unknown>): Promise<number> => {
    try {
      await done;
      return 200;
    } catch (error) {
      return (error as ApiError).status;
    }
  };

  it('makes a place for an app and shows its one-time token once, with commands', async () => {
    const { page, url } = under();
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
    app = await AppClient.associate(url, token!, 'Airline log 2.0');
    await connect.getByRole('button', { name: 'Close' }).click();
    await page.getByText('connected', { exact: true }).waitFor();
    await expect.poll(() => page.getByText(token!).count()).toBe(0);
  });

  it('shows a request as it comes, and approves a part of it until a date', async () => {
    const { page } = under();
    await app.registerProfile(profile, schema);
    await page.getByRole('heading', { level: 1, name: 'Airline log' }).waitFor();
    const asked = await app.ask<{ id: string }>('POST', '/app/v1/permissions', {
      body: { profile, rights: ['read', 'create', 'delete'], message: 'To keep your flights' },
    });
    await expect.poll(() => page.title()).toMatch(/^\(1\)/);
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
    const { page, url } = under();
    const holder = await page.request.post(`${url}/admin/v1/session`, {
      data: { name: 'admin', password: under().password ?? password },
    });
    const { token } = (await holder.json()) as { token: string };
    const admin = { authorization: `Bearer ${token}` };
    const made = await page.request.post(`${url}/admin/v1/apps`, {
      data: { name: 'Trips' },
      headers: admin,
    });
    const { id } = (await made.json()) as { id: string };
    const once = await page.request.post(`${url}/admin/v1/apps/${id}/association-tokens`, {
      data: {},
      headers: admin,
    });
    const { associationToken } = (await once.json()) as { associationToken: string };
    const trips = await AppClient.associate(url, associationToken, 'Trips');
    await trips.ask('POST', '/app/v1/permissions', { body: { profile, rights: ['read'], message: 'To plan trips' } });
    const card = page.getByRole('article', { name: 'Request' });
    await card.getByText('7 events').waitFor();
    await card.getByText('The newest 5 of 7').waitFor();
    await expect.poll(() => card.getByRole('row').count()).toBe(6);
    await card.getByText('and every new one', { exact: true }).waitFor();
  });

  it('denies by the keyboard alone, with a reason that the app sees', async () => {
    const { page } = under();
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
    await expect.poll(() => page.getByRole('row', { name: /Trips.*denied/ }).count()).toBe(1);
  });

  it('tries view code beside what it reads, marks its syntax error at the line, and registers it mended', async () => {
    const { page } = under();
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
      `module.exports = async (parameters, keep) => {\n  const { items } = await keep.events.query({ profile: ` +
        `'${profile}' });\n  console.log('read', items.length);\n  return items.reduce((sum, ` +
        `event) => sum + event.payload.delay, 0) / items.length;\n};\n`,
    );
    await page.getByRole('button', { name: 'Dry run' }).click();
    const panel = page.getByRole('region', { name: 'Dry run' });
    await panel.getByText('succeeded').waitFor();
    await panel.getByText('1 call, 7 answers', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByRole('heading', { level: 1, name: 'Mean delay' }).waitFor();
    await expect.poll(() => page.url()).toMatch(/\/views\/[0-9a-f]{24}$/);
  });

  it('lets an instance run once it is approved, and shows the run', async () => {
    const { page } = under();
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
    // The rights of the view stand beside those of its app.
    await open('Apps');
    await page.getByRole('row', { name: /Airline log.*read, add; by a view: read/ }).waitFor();
  });

  it('revokes, and the app is refused from its next call on', async () => {
    const { page } = under();
    await open('Requests');
    await page.getByRole('tab', { name: 'Decided' }).click();
    await page
      .getByRole('row', { name: /Airline log.*read, add/ })
      .getByRole('link', { name: schema.title })
      .click();
    await page.getByRole('button', { name: 'Revoke' }).click();
    const dialog = page.getByRole('dialog', { name: 'Revoke this permission' });
    await dialog.getByLabel('Reason (the app sees it)').fill('Enough flown');
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('revoked', { exact: true }).first().waitFor();
    expect(await statusOf(app.ask('GET', `/app/v1/events?profile=${encodeURIComponent(profile)}`))).toBe(403);
    await page.getByText('“Enough flown”').waitFor();
  });
}
