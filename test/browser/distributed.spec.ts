import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminPassword } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';
import { firstWalk } from './first-walk.ts';
import { hasBrowser, launchBrowser, openSection, screenshotFailures, signIn } from './support.ts';

const shapes = (await keepShapes('the Control Centre of a distributed keep')).filter(
  ({ name, available }) => available && name.startsWith('distributed'),
);

describe.runIf(hasBrowser).for(shapes)('the Control Centre: $name', ({ start }) => {
  let under: KeepInShape;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    under = await start({}, 'deployed');
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
    page.setDefaultTimeout(30_000);
  });
  afterAll(async () => {
    await browser?.close();
    await under?.stop();
  });
  screenshotFailures(() => page);

  it('is served by each gateway', async () => {
    for (const url of under.urls) {
      await signIn(page, url, '/', adminPassword);
      await expect.poll(() => page.title()).toContain('Overview');
    }
  });

  it('offers backups and their schedule, which its gateways make', async () => {
    await openSection(page, 'System');
    await page.getByRole('button', { name: 'Set a schedule' }).waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Back up now' }).isEnabled()).toBe(true);
  });

  // What one gateway did, the other shows.
  firstWalk(() => ({ url: under.url, page, password: adminPassword }));
});
