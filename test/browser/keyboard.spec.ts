import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppClient } from '../support/keep-client.ts';
import { keyboardOf } from './keyboard.ts';
import { hasBrowser, type Opened, openControlCentre, password, screenshotFailures } from './support.ts';

const profile = 'steps.example/day';

describe.runIf(hasBrowser)('the Control Centre by the keyboard alone', () => {
  let opened: Opened;
  let page: Page;
  let app: AppClient;

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  const tabTo = (target: Locator): Promise<void> => keyboardOf(page).tabTo(target);
  const press = (target: Locator, key?: string): Promise<void> => keyboardOf(page).press(target, key);
  const section = (name: string): Locator =>
    page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name });

  it('signs in', async () => {
    await page.goto(`${opened.keep.url}/`);
    await tabTo(page.getByLabel(/^Password/).first());
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await expect.poll(() => page.url()).toBe(`${opened.keep.url}/`);
  });

  it('makes a place for an app, which connects', async () => {
    await press(section('Apps'));
    await press(page.getByRole('button', { name: 'New app' }));
    await tabTo(page.getByRole('dialog', { name: 'A place for an app' }).getByLabel('Name'));
    await page.keyboard.type('Step counter');
    await page.keyboard.press('Enter');
    const connect = page.getByRole('dialog', { name: 'Connect the app' });
    const token = await connect
      .getByText(/^dk_assoc\S+$/)
      .first()
      .textContent();
    app = await AppClient.associate(opened.keep.url, token!, 'Step counter 1.0');
    await page.keyboard.press('Escape');
    await connect.waitFor({ state: 'hidden' });
    await page.getByText('connected', { exact: true }).waitFor();
    await expect.poll(() => page.url()).toContain(app.appId);
  });

  it('approves a part of a request', async () => {
    await app.registerProfile(profile, { title: 'Day of steps', type: 'object' });
    const { id } = await app.requestPermission(profile, ['read', 'delete'], 'To count your steps');
    await press(section('Requests'));
    const card = page.getByRole('article', { name: 'Request' });
    await press(card.getByLabel(/^Delete/), 'Space');
    await press(card.getByRole('button', { name: 'Approve reading' }));
    await page.getByText('Nothing waits for you').waitFor();
    const { granted } = await app.ask<{ granted: string[] }>('GET', `/app/v1/permissions/${id}`);
    expect(granted).toEqual(['read']);
  });

  it('revokes it', async () => {
    await press(page.getByRole('tab', { name: 'Waiting' }), 'ArrowRight');
    await press(page.getByRole('row', { name: /Step counter/ }).getByRole('link', { name: 'Day of steps' }));
    await press(page.getByRole('button', { name: 'Revoke' }));
    const dialog = page.getByRole('dialog', { name: 'Revoke this permission' });
    await tabTo(dialog.getByLabel('Reason (the app sees it)'));
    await page.keyboard.type('Enough counted');
    await press(dialog.getByRole('button', { name: 'Revoke' }));
    await page.getByText('“Enough counted”').waitFor();
    const answer = await app.send('POST', '/app/v1/events/query', { body: { profile } });
    expect(answer.status).toBe(403);
  });
});
