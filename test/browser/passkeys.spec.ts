import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  axeFindings,
  hasBrowser,
  type Opened,
  openControlCentre,
  password,
  screenshotFailures,
  signIn,
} from './support.ts';

describe.runIf(hasBrowser)('passkeys in the Control Centre', () => {
  let opened: Opened;
  let page: Page;
  let localhost: string;

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
    localhost = opened.keep.url.replace('127.0.0.1', 'localhost');
    const debug = await opened.context.newCDPSession(page);
    await debug.send('WebAuthn.enable');
    await debug.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  it('do not work under an IP address, which the page says with what to do', async () => {
    await signIn(page, opened.keep.url, '/account');
    await page.getByText(`Browsers know no passkeys under an IP address. Open ${localhost} instead`).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Sign in with a passkey' }).count()).toBe(0);
  });

  it('are refused by the browser where there is none', async () => {
    await page.goto(`${localhost}/sign-in`);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('alert').getByText('No passkey was used').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('are added with the password', async () => {
    await page.getByLabel(/^Password/).fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.goto(`${localhost}/account`);
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a passkey' });
    await dialog.getByLabel(/^Name/).fill('Laptop');
    await dialog.getByLabel(/^Password/).fill('wrong, though long enough');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.getByText('This is not the present password.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByLabel(/^Password/).fill(password);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('Laptop', { exact: true }).waitFor();
    await page.getByText(/not used yet/).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('sign in without a password', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.goto(`${localhost}/account`);
    await expect.poll(() => page.getByText(/last used/).count()).toBe(1);
    const here = page.getByRole('row').filter({ hasText: 'this one' });
    await expect.poll(() => here.textContent()).toMatch(/Chrome on Linux.*with a passkey/);
  });

  it('are renamed and removed', async () => {
    await page.getByRole('button', { name: 'Rename Laptop' }).click();
    const rename = page.getByRole('dialog', { name: 'Rename this passkey' });
    await rename.getByLabel(/^Name/).fill('Old laptop');
    await rename.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('button', { name: 'Remove Old laptop' }).click();
    const remove = page.getByRole('dialog', { name: 'Remove this passkey' });
    await remove.getByLabel(/^Password/).fill(password);
    expect(await axeFindings(page)).toEqual([]);
    await remove.getByRole('button', { name: 'Remove' }).click();
    await expect.poll(() => page.getByText('Old laptop', { exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('alert').getByText('The passkey does not sign in').waitFor();
    expect(opened.complaints.filter((complaint) => !complaint.includes(localhost))).toEqual([]);
  });
});
