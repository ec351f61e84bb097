import { TOTP } from 'otpauth';
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

describe.runIf(hasBrowser)('the second factor in the Control Centre', () => {
  let opened: Opened;
  let page: Page;
  let recoveryCodes: readonly string[];

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
    await signIn(page, opened.keep.url, '/account');
    await page.getByRole('heading', { level: 1, name: 'Account' }).waitFor();
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  const signInWith = async (code: string): Promise<void> => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel(/^Password/).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel(/^Code/).fill(code);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };

  it('is turned on with an authenticator app, and leaves ten recovery codes', async () => {
    await page.getByRole('button', { name: 'Turn it on' }).click();
    const dialog = page.getByRole('dialog', { name: 'Turn the second factor on' });
    await dialog.getByLabel(/^Password/).fill('wrong, though long enough');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.getByText('This is not the present password.').waitFor();
    await dialog.getByLabel(/^Password/).fill(password);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.getByRole('img', { name: 'The secret for the authenticator app as a QR code' }).waitFor();
    const secret = await dialog.getByText(/^[A-Z2-7]{32}$/).textContent();
    await dialog.getByLabel(/^Code/).fill('000000');
    await dialog.getByRole('button', { name: 'Turn it on' }).click();
    await dialog.getByText('The code is wrong, too old, or was used before.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByLabel(/^Code/).fill(new TOTP({ secret: secret! }).generate());
    await dialog.getByRole('button', { name: 'Turn it on' }).click();
    const codes = dialog.getByRole('group', { name: 'the recovery codes' });
    await expect.poll(() => codes.textContent()).toMatch(/^([0-9A-Z]{4}(-[0-9A-Z]{4}){3}\n?){10}$/);
    recoveryCodes = (await codes.textContent())!.split('\n');
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'I have put them away' }).click();
    await page.getByText('Recovery codes left: 10.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('is asked for at the next sign-in, where a recovery code will do', async () => {
    await signInWith('111111');
    await page.getByRole('alert').getByText('The code is wrong', { exact: true }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel(/^Code/).fill(recoveryCodes[0]!);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.goto(`${opened.keep.url}/account`);
    await page.getByText('Recovery codes left: 9.').waitFor();
  });

  it('has new recovery codes made, and is turned off', async () => {
    await page.getByRole('button', { name: 'New recovery codes' }).click();
    const renew = page.getByRole('dialog', { name: 'New recovery codes' });
    await renew.getByLabel(/^Password/).fill(password);
    await renew.getByLabel(/^Code/).fill(recoveryCodes[1]!);
    await renew.getByRole('button', { name: 'Make new codes' }).click();
    const codes = renew.getByRole('group', { name: 'the recovery codes' });
    await expect.poll(() => codes.textContent()).toMatch(/^([0-9A-Z]{4}(-[0-9A-Z]{4}){3}\n?){10}$/);
    const [code] = (await codes.textContent())!.split('\n');
    await renew.getByRole('button', { name: 'I have put them away' }).click();
    await page.getByText('Recovery codes left: 10.').waitFor();
    await page.getByRole('button', { name: 'Turn it off' }).click();
    const disable = page.getByRole('dialog', { name: 'Turn the second factor off' });
    await disable.getByLabel(/^Password/).fill(password);
    await disable.getByLabel(/^Code/).fill(code!);
    await disable.getByRole('button', { name: 'Turn it off' }).click();
    await page.getByRole('button', { name: 'Turn it on' }).waitFor();
    expect(opened.complaints).toEqual([]);
  });
});
