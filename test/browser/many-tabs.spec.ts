import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, type AppClient } from '../support/keep-client.ts';
import { hasBrowser, type Opened, openControlCentre, password, screenshotFailures, signIn } from './support.ts';

const profile = 'garden.example/harvest';

describe.runIf(hasBrowser)('many open tabs of the Control Centre', () => {
  let opened: Opened;
  let app: AppClient;
  let newest: Page;
  const hidden: Page[] = [];

  /** A tab to be hidden by `become`: without a window, Chromium counts every tab as visible. */
  const openTab = async (): Promise<Page> => {
    newest = await opened.context.newPage();
    newest.setDefaultTimeout(15_000);
    await newest.addInitScript(
      "globalThis.tabIs = 'visible'; Object.defineProperty(document, 'visibilityState', { get: () => tabIs })",
    );
    return newest;
  };
  const become = (tab: Page, state: 'visible' | 'hidden'): Promise<void> =>
    tab.evaluate(`tabIs = '${state}'; void document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`);

  beforeAll(async () => {
    opened = await openControlCentre();
    await opened.page.close();
    const admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    app = await admin.connectApp('Garden');
    await app.registerProfile(profile, { title: 'Harvest', type: 'object' });
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => newest);

  it('leave to one more the connections that a browser makes to one host, six', async () => {
    for (let count = 0; count < 7; count += 1) {
      const tab = await openTab();
      await tab.clock.install();
      await signIn(tab, opened.keep.url);
      await tab.getByText('live', { exact: true }).waitFor();
      await become(tab, 'hidden');
      hidden.push(tab);
    }
    const tab = await openTab();
    await signIn(tab, opened.keep.url, '/requests');
    await expect.poll(() => tab.getByText('Nothing waits for you').isVisible()).toBe(true);
    await tab.close();
  });

  it('count in the titles of the hidden ones within a minute what waits', async () => {
    await app.requestPermission(profile, ['read', 'create'], 'To weigh the apples');
    const [tab] = hidden;
    await tab!.clock.fastForward(60_000);
    await expect.poll(() => tab!.title()).toMatch(/^\(1\)/);
  });

  it('show what changed meanwhile when they are shown, and follow from then on', async () => {
    const [, tab] = hidden;
    newest = tab!;
    await become(tab!, 'visible');
    await expect.poll(() => tab!.title()).toMatch(/^\(1\)/);
    await app.requestPermission(profile, ['delete'], 'To eat them');
    await expect.poll(() => tab!.title()).toMatch(/^\(2\)/);
  });
});
