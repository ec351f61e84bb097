import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger, readConfig, SystemClock } from '@datakeep/kernel';
import { type RunningKeep, startKeep } from '../../apps/standalone/src/bootstrap.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { AdminClient } from '../support/keep-client.ts';

const password = 'river hill 10300 metres';

describe.runIf(hasBrowser('the setup page in a browser'))('The setup link of a first start, in a browser', () => {
  let browser: Browser;
  let page: Page;
  let keep: RunningKeep;
  let dataDir: string;
  let asked: string[];
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'datakeep-setup-'));
    keep = await startKeep({
      config: { ...readConfig({}), port: 0, dataDir },
      logger: createLogger('silent'),
      clock: new SystemClock(),
      selfTest: false,
    });
    page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    asked = [];
    complaints = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterEach(async () => {
    await page.close();
    await keep.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const fill = async (name: string, secret: string): Promise<void> => {
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password', { exact: true }).fill(secret);
    await page.getByRole('button', { name: 'Make the admin' }).click();
  };

  const refusal = (): Promise<string> => page.locator('#refusal').innerText();

  it('leads to a form that makes the admin, and says what comes next', async () => {
    expect(keep.greeting).toContain(keep.setupUrl);
    await page.goto(keep.setupUrl!);
    await fill('owner', password);
    await page.getByRole('heading', { name: 'You are the admin' }).waitFor();
    expect(await page.locator('main').innerText()).toContain('owner can sign in now');
    await AdminClient.signIn(keep.url, 'owner', password);
    const links = await page
      .locator('main a:visible')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) expect((await fetch(`${keep.url}${link}`)).status).toBe(200);
    expect(complaints).toEqual([]);
  });

  it('keeps its token to itself: no address that the keep sees, and not the history, holds it', async () => {
    const token = keep.setupUrl!.split('#token=')[1]!;
    await page.goto(keep.setupUrl!);
    await fill('owner', password);
    await page.getByRole('heading', { name: 'You are the admin' }).waitFor();
    expect(asked.filter((url) => url.includes(token) && !url.includes(`#token=${token}`))).toEqual([]);
    expect(page.url()).toBe(`${keep.url}/setup`);
    const { headers } = await fetch(`${keep.url}/setup`);
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('says at the field what is wrong with a name or a password, and sends nothing', async () => {
    await page.goto(keep.setupUrl!);
    await fill('', 'too short 1234');
    expect(await page.locator('#name-complaint').innerText()).toBe('A name is missing.');
    expect(await page.locator('#password-complaint').innerText()).toBe('15 characters at least: these are 14.');
    expect(await page.getByLabel('Name').getAttribute('aria-invalid')).toBe('true');
    expect(await page.evaluate('document.activeElement.id')).toBe('name');
    expect(asked.filter((url) => url.endsWith('/admin/v1/setup'))).toEqual([]);
    // The keep's own rule, which the page does not know.
    await fill('n'.repeat(201), password);
    await page.locator('#name-complaint:not(:empty)').waitFor();
    await fill('owner', password);
    await page.getByRole('heading', { name: 'You are the admin' }).waitFor();
  });

  it("answers a wrong token and a spent one in the keep's words, and takes a link that is pasted", async () => {
    await page.goto(`${keep.url}/setup#token=dk_setup_wrong`);
    await fill('owner', password);
    await vi.waitFor(async () => expect(await refusal()).toContain('There is no such setup token'));
    await page.getByLabel('Setup link').fill(keep.setupUrl!);
    await page.getByRole('button', { name: 'Make the admin' }).click();
    await page.getByRole('heading', { name: 'You are the admin' }).waitFor();
    // The same page with another fragment.
    await page.goto(keep.setupUrl!);
    await page.getByRole('heading', { name: 'Make the admin' }).waitFor();
    await fill('second', password);
    await vi.waitFor(async () => expect(await refusal()).toContain('The setup token is spent'));
  });

  it('is where / leads until there is an admin, and the API docs are after', async () => {
    await page.goto(keep.url);
    expect(page.url()).toBe(`${keep.url}/setup`);
    await page.getByLabel('Setup link').fill(keep.setupUrl!);
    await fill('owner', password);
    await page.getByRole('heading', { name: 'You are the admin' }).waitFor();
    await page.goto(keep.url);
    expect(page.url()).toBe(`${keep.url}/docs`);
  });

  it.each([
    [390, 'light'],
    [390, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)('fits a window of %d px, %s, and is worked by the keyboard alone', async (width, colorScheme) => {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await page.goto(keep.setupUrl!);
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overflow)).toBe(0);
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'light' ? 'rgb(245, 245, 242)' : 'rgb(22, 23, 20)');
    const focused: unknown[] = [];
    for (let press = 0; press < 4; press += 1) {
      await page.keyboard.press('Tab');
      focused.push(await page.evaluate('document.activeElement.id'));
    }
    expect(focused).toEqual(['name', 'password', 'show', 'send']);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Space');
    expect(await page.locator('#password').getAttribute('type')).toBe('text');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'You are the admin' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('made-title');
    expect(await page.evaluate(overflow)).toBe(0);
  });
});
