import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, type AppClient } from '../support/keep-client.ts';
import { keyboardOf } from './keyboard.ts';
import {
  hasBrowser,
  type Opened,
  openControlCentre,
  openSection,
  password,
  screenshotFailures,
  signIn,
} from './support.ts';

const profile = 'library.example/loan';
/** A keep in use watches a query for half an hour before it calls it a habit. */
const env = { INDEX_TIME_FACTOR: '600' };

describe.runIf(hasBrowser)('an index in the Control Centre', () => {
  let opened: Opened;
  let page: Page;
  let admin: AdminClient;
  let app: AppClient;

  beforeAll(async () => {
    opened = await openControlCentre(env);
    page = opened.page;
    admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    app = await admin.connectApp('Library');
    await app.registerProfile(profile, { type: 'object', properties: { book: { type: 'integer' } } });
    await admin.grant(app, profile, ['read', 'create']);
    for (let batch = 0; batch < 20; batch += 1)
      await app.sendEvents(
        Array.from({ length: 1000 }, (_, index) => ({
          metadata: { profile },
          payload: { book: batch * 1000 + index },
        })),
        true,
      );
    await signIn(page, opened.keep.url);
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  it('is suggested once a question is a habit, and made when the owner approves', async () => {
    await openSection(page, 'Indexes');
    await page.getByRole('radio', { name: 'Ask me' }).check();
    await page.getByText('That is the policy from now on.').waitFor();
    const card = page.getByRole('article', { name: `Index on ${profile}` });
    const approve = card.getByRole('button', { name: 'Approve' });
    const asked = async (until: () => Promise<boolean>): Promise<void> => {
      for (let call = 0; !(await until()); call += 1) {
        await app.query({ profile, filter: { 'payload.book': call % 20_000 }, limit: 100 });
        if (call % 50 === 49) await page.reload();
      }
    };
    await asked(async () => (await approve.count()) > 0);
    await card.getByText('payload.book', { exact: false }).first().waitFor();
    // By the keyboard alone.
    await keyboardOf(page).press(approve);
    await asked(async () => (await card.getByText('active', { exact: true }).count()) > 0);
    const explained = await admin.ask<{ explain: { index: string | null } }>(
      'POST',
      '/admin/v1/events/query?explain=true',
      { body: { profile, filter: { 'payload.book': 7 } } },
    );
    expect(explained.explain.index).not.toBeNull();
  });
});
