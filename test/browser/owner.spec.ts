import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstWalk } from './first-walk.ts';
import {
  axeFindings,
  hasBrowser,
  type Opened,
  openControlCentre,
  openSection,
  password,
  screenshotFailures,
} from './support.ts';

describe.runIf(hasBrowser)("an owner's first day in the Control Centre", () => {
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    // Unset, so that the start prints a setup link.
    opened = await openControlCentre({ ADMIN_PASSWORD: '' });
    page = opened.page;
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  it('is set up by the link that the start printed, and says what is wrong with a short password', async () => {
    const link = /http\S+\/setup#token=\S+/.exec(opened.keep.output)![0];
    await page.goto(link);
    await page.getByLabel('Password').first().fill('short');
    await page.getByText('10 more: at least 15 characters.').waitFor();
    await page.getByLabel('Password').first().fill(password);
    await page.getByRole('button', { name: 'Make this keep mine' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByText('Your keep is empty').waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Import a file' }).waitFor();
    await expect.poll(() => page.url()).not.toContain('token');
  });

  firstWalk(() => ({ url: opened.keep.url, page }));

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
    await openSection(page, 'Apps');
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
    await expect
      .poll(() => page.getByRole('dialog', { name: 'A place for an app' }).getByLabel('Name').inputValue())
      .toBe('Half typed');
    await page.keyboard.press('Escape');
  });

  it.each(['Overview', 'Requests', 'Apps', 'Data', 'Import', 'Views', 'Runs', 'Indexes', 'Audit', 'System', 'Account'])(
    'has nothing on %s that axe-core finds, in both themes, wide and narrow',
    async (name) => {
      await openSection(page, name);
      await expect.poll(() => page.locator('.mantine-Skeleton-root').count()).toBe(0);
      expect(await axeFindings(page)).toEqual([]);
    },
  );

  it('says of a mistyped address that there is no such page, and programs get the problem', async () => {
    const answer = await page.goto(`${opened.keep.url}/requets`);
    expect(answer!.status()).toBe(404);
    await page.getByText('There is no such page').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('link', { name: 'Back to the overview' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    const html = { accept: 'text/html,*/*;q=0.8' };
    for (const [path, headers] of [
      ['/requets', {}],
      ['/app/v1/requets', html],
    ] as const) {
      const problem = await fetch(`${opened.keep.url}${path}`, { headers });
      expect(problem.status).toBe(404);
      expect(problem.headers.get('content-type')).toContain('application/problem+json');
    }
  });

  it('loaded its scripts and styles compressed', async () => {
    const received = await page.evaluate(() =>
      (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
        .filter(({ name }) => /\/assets\/(index-.*\.js|style-.*\.css)$/.test(name))
        .map(({ encodedBodySize, decodedBodySize }) => encodedBodySize / decodedBodySize),
    );
    expect(received.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...received)).toBeLessThan(0.5);
  });

  it('complained of nothing: no error, no breach of its policy, no request that left the keep', () => {
    expect(opened.complaints).toEqual([]);
  });
});
