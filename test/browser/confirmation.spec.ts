import type { Page } from 'playwright-core';
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

const profile = 'garden.example/harvest';

describe.runIf(hasBrowser)('an act that needs a recent proof, in the Control Centre', () => {
  let opened: Opened;
  let page: Page;
  let app: AppClient;

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
    const admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    app = await admin.connectApp('Garden');
    await app.registerProfile(profile, { title: 'Harvest', type: 'object' });
    await app.requestPermission(profile, ['read', 'delete'], 'To clear the shed');
    await signIn(page, opened.keep.url);
    await openSection(page, 'Requests');
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  /** The next approval is refused as in a session of more than five minutes; the one after it reaches the keep. */
  const refuseOnce = (): Promise<unknown> =>
    page.route(
      '**/approve',
      (route) =>
        route.fulfill({
          status: 403,
          contentType: 'application/problem+json',
          body: JSON.stringify({
            type: 'about:blank',
            code: 'confirmation-needed',
            status: 403,
            title: 'Confirm that it is you',
            detail: 'Confirm that it is you',
            instance: '',
          }),
        }),
      { times: 1 },
    );
  const statusOf = async (): Promise<string> =>
    (await app.ask<{ items: { status: string }[] }>('GET', '/app/v1/permissions')).items[0]!.status;
  const dialog = () => page.getByRole('dialog', { name: 'Confirm that it is you' });
  const approve = () => page.getByRole('button', { name: /^Approve/ }).click();

  it('is not done when its owner closes the dialog, which the page says', async () => {
    await refuseOnce();
    await approve();
    await dialog().waitFor();
    // The button below the dialog turns without an end.
    await page.evaluate('document.getAnimations().forEach((one) => one.cancel())');
    expect(await axeFindings(page)).toEqual([]);
    await dialog().getByRole('button', { name: 'Close' }).click();
    await page.getByRole('alert').getByText('Confirm that it is you').first().waitFor();
    expect(await statusOf()).toBe('pending');
  });

  it('is done by itself once the password was given', async () => {
    await refuseOnce();
    await approve();
    await dialog()
      .getByLabel(/^Password/)
      .fill('wrong, though long enough');
    await dialog().getByRole('button', { name: 'Go on' }).click();
    await dialog().getByText('This is not the present password.').waitFor();
    expect(await statusOf()).toBe('pending');
    await dialog()
      .getByLabel(/^Password/)
      .fill(password);
    await dialog().getByRole('button', { name: 'Go on' }).click();
    await page.getByText(/^Approved: reading and deleting/).waitFor();
    await expect.poll(() => dialog().count()).toBe(0);
    expect(await statusOf()).toBe('approved');
    expect(opened.complaints).toEqual([]);
  });
});
