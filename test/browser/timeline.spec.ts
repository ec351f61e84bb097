import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, preview, type PreviewServer } from 'vite';
import { datakeep } from '../support/datakeep-command.ts';
import { freePorts } from '../support/free-ports.ts';
import { AdminClient, type AppClient, type Permission } from '../support/keep-client.ts';
import { KeepProcess } from '../support/keep-process.ts';
import { sampledDate, sampledZone, writeSampledWeek } from '../support/sampled-day.ts';
import { axeFindings, hasBrowser, launchBrowser, screenshotFailures } from './support.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const app = join(root, 'examples/timeline');
const client = join(root, 'clients/typescript/src');
const alias = [
  { find: '@datakeep/client/indexeddb-outbox', replacement: join(client, 'outbox/indexeddb-outbox.ts') },
  { find: '@datakeep/client', replacement: join(client, 'index.ts') },
];

/** What functions that run in the page find there. */
declare const localStorage: { getItem(name: string): string | null };

describe.runIf(hasBrowser)('the timeline', () => {
  let keep: KeepProcess;
  let env: Readonly<Record<string, string>>;
  let admin: AdminClient;
  let importer: AppClient;
  let server: PreviewServer;
  let origin: string;
  let folder: string;
  let browser: Browser;
  let page: Page;
  let appId: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'datakeep-timeline-'));
    const [port, pagePort] = (await freePorts(2)) as [number, number];
    env = { PORT: `${port}`, ADMIN_PASSWORD: 'a password for tests only', ALLOW_UNCONFINED_VIEWS: 'true' };
    keep = await KeepProcess.start({ dataDir: join(folder, 'keep'), env });
    admin = await AdminClient.signIn(keep.url, 'admin', keep.adminPassword);
    const outDir = join(folder, 'dist');
    await build({ root: app, logLevel: 'warn', resolve: { alias }, build: { outDir, emptyOutDir: true } });
    server = await serve(pagePort);
    origin = `http://127.0.0.1:${(server.httpServer.address() as AddressInfo).port}`;
    browser = await launchBrowser();
    const viewport = { width: 1280, height: 900 };
    const context = await browser.newContext({ viewport, locale: 'en-GB', timezoneId: sampledZone });
    page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (![origin, keep.url].includes(new URL(request.url()).origin)) complaints.push(`asked ${request.url()}`);
    });
    await importWeek();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await keep.stop();
    rmSync(folder, { recursive: true });
  });
  screenshotFailures(() => page);

  const serve = (port = 0): Promise<PreviewServer> =>
    preview({
      root: app,
      logLevel: 'warn',
      build: { outDir: join(folder, 'dist') },
      preview: { port, host: '127.0.0.1', strictPort: port !== 0 },
    });

  async function importWeek(): Promise<void> {
    importer = await admin.connectApp('Importer');
    const tokenFile = join(folder, 'importer.token');
    writeFileSync(tokenFile, importer.token!);
    const { items } = await importer.ask<{ items: { name: string }[] }>('GET', '/app/v1/profile-library');
    for (const { name } of items) {
      await importer.ask('POST', '/app/v1/profiles', { body: { name } });
      await admin.grant(importer, name, ['create']);
    }
    for (const given of writeSampledWeek(folder)) {
      const all = ['import', ...given, '--url', keep.url, '--token-file', tokenFile];
      const { code, output } = await datakeep(folder, all, {});
      expect(code, output).toBe(0);
    }
  }

  const lane = (title: string) => page.locator('.lane').filter({ has: page.getByRole('heading', { name: title }) });
  const turnOn = (title: string) => page.getByRole('switch', { name: title }).check();
  const asked = async (status = 'pending'): Promise<readonly Permission[]> =>
    (await admin.ask<{ items: Permission[] }>('GET', `/admin/v1/permissions?status=${status}&app=${appId}&limit=100`))
      .items;
  /** Of the requests of the app, that on the profile, once it is there. */
  async function wanted(profile: string, status = 'pending'): Promise<Permission> {
    const find = async () => (await asked(status)).find((one) => one.profile === profile && !one.viewInstanceId);
    await expect.poll(find).toBeDefined();
    return (await find())!;
  }
  async function connect(): Promise<void> {
    const { associationToken } = await admin.makeAssociationToken(appId);
    await page.getByLabel('Address of your keep').fill(keep.url);
    await page.getByLabel('Association token').fill(associationToken);
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByRole('heading', { level: 1, name: 'Wednesday' }).waitFor();
  }

  it('connects by an address and a token, from an origin that nobody had to type in', async () => {
    appId = (await admin.makeAppHolder('Timeline')).id;
    await page.goto(`${origin}/#${sampledDate}`);
    await page.getByLabel('Address of your keep').fill(keep.url);
    await page.getByLabel('Association token').fill('not a token');
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('Your keep does not know this token').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await connect();
    expect(await admin.ask('GET', `/admin/v1/apps/${appId}`)).toMatchObject({ origins: [origin] });
    expect(await asked()).toEqual([]);
    expect(await axeFindings(page)).toEqual([]);
  });

  it('shows the figures that a view computes, without a right on the data behind them', async () => {
    await page.getByRole('button', { name: 'Show the week in figures' }).click();
    await page.getByText('has no view').waitFor();
    cpSync(join(app, 'view'), join(folder, 'view'), { recursive: true });
    const push = ['view', 'push', join(folder, 'view'), '--url', keep.url];
    const { code, output } = await datakeep(folder, push, {}, `${keep.adminPassword}\n`);
    expect(code, output).toBe(0);
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText('what the view may read').waitFor();
    await expect.poll(() => asked()).toHaveLength(5);
    for (const { id, viewInstanceId } of await asked()) {
      expect(viewInstanceId).toBeDefined();
      await admin.approve(id);
    }
    const wednesday = page.getByRole('region', { name: 'The week' }).getByRole('listitem').nth(2);
    await wednesday.getByText('16,178 steps').waitFor();
    expect(await wednesday.innerText()).toMatch(/6.6 h slept[\s\S]*55 bpm at rest[\s\S]*9.1 km[\s\S]*3 places/);
    await page.getByText('Of the 5 profiles behind these figures, this page may read none.').waitFor();
  });

  it('asks for a lane when it is switched on, and fills it by itself once the owner approves', async () => {
    await turnOn('Calendar');
    await lane('Calendar').getByText('Waiting for you').waitFor();
    const permission = await wanted('library/calendar-event');
    expect(permission).toMatchObject({
      requested: ['read'],
      message: 'To show the entries of your calendar on the day',
    });
    await admin.approve(permission.id);
    await lane('Calendar').getByText('Design review', { exact: true }).waitFor();
    await lane('Calendar').getByText('7 entries').click();
    await lane('Calendar').getByRole('button', { name: '10:00 to 11:30, 1 h 30 min: Design review' }).click();
    await page.getByRole('dialog').getByText('PT1H30M').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await lane('Calendar').getByText('7 entries').click();
  });

  it('says what was denied and why, and asks again only when it is told to', async () => {
    await turnOn('Sleep');
    await admin.deny((await wanted('library/sleep')).id, 'My nights are mine');
    await lane('Sleep').getByText('Not allowed: My nights are mine').waitFor();
    await page.reload();
    await lane('Sleep').getByText('Not allowed: My nights are mine').waitFor();
    expect(await asked()).toEqual([]);
    await page.getByRole('button', { name: 'Ask again' }).click();
    await admin.approve((await wanted('library/sleep')).id);
    await lane('Sleep').getByText('12 entries').waitFor();
  });

  it('shows what it may where only a part was granted', async () => {
    await turnOn('Places');
    await admin.deny((await wanted('library/location')).id);
    for (const name of ['place-visit', 'track']) await admin.approve((await wanted(`library/${name}`)).id);
    await lane('Places').getByText('Not allowed: points.').waitFor();
    const map = page.getByRole('img', { name: 'Map of the day: Home, Office, Market hall' });
    await expect.poll(() => map.isVisible()).toBe(true);
    await lane('Places').getByRole('button', { name: 'Ask again' }).click();
    const { id } = await wanted('library/location');
    // It waits for the answer while one looks at other days.
    await page.getByRole('button', { name: 'Day after' }).click();
    await lane('Places').getByText('Not allowed: points.').waitFor();
    await admin.approve(id);
    await expect.poll(() => lane('Places').getByText('Not allowed').count()).toBe(0);
    await page.getByLabel('Date').fill(sampledDate);
    await lane('Places').getByText('10 entries').waitFor();
    await expect.poll(() => lane('Places').getByText('Not allowed').count()).toBe(0);
  });

  it('leads from an empty day to the last that is not, and reads of a long way one point a minute', async () => {
    const points = Array.from({ length: 6000 }, (_, second) => ({
      metadata: {
        profile: 'library/location',
        identifier: `point ${second}`,
        createdDate: new Date(Date.UTC(2026, 0, 15, 10) + second * 1000).toISOString(),
      },
      payload: { geometry: { type: 'Point', coordinates: [13.4 + second / 1e5, 52.5] } },
    }));
    for (let at = 0; at < points.length; at += 1000) await importer.sendEvents(points.slice(at, at + 1000));
    await page.getByLabel('Date').fill('2026-02-20');
    const link = lane('Places').getByRole('link', { name: '15 Jan 2026' });
    await expect.poll(() => lane('Calendar').getByText('Nothing on this day.').isVisible()).toBe(true);
    await link.click();
    await lane('Places').getByText('Of 6,000 points, one a minute is drawn.').waitFor();
    await expect.poll(() => page.locator('.way').count()).toBe(1);
    await page.getByLabel('Date').fill(sampledDate);
    await lane('Places').getByText('10 entries').waitFor();
  });

  it('draws heart rate and steps of figures that the keep adds up', async () => {
    await turnOn('Heart & steps');
    for (const name of ['heart-rate', 'step-count', 'workout'])
      await admin.approve((await wanted(`library/${name}`)).id);
    await page.getByRole('img', { name: /^From 4\d to 16\d beats\/min$/ }).waitFor();
    await page.getByRole('img', { name: '16,178 steps in all' }).waitFor();
    await expect.poll(() => lane('Heart & steps').getByText('1 entry').isVisible()).toBe(true);
  });

  it('moves along the day by keys, with the map and what there is at that time', async () => {
    const time = page.getByRole('slider', { name: 'Time' });
    await time.focus();
    await page.keyboard.press('Home');
    for (let hours = 0; hours < 13; hours += 1) await page.keyboard.press('PageUp');
    await expect.poll(() => time.getAttribute('aria-valuetext')).toBe('13:00');
    await lane('Calendar').getByText('Lunch with Ada').first().waitFor();
    await page.locator('figcaption').getByText('Market hall').waitFor();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => time.getAttribute('aria-valuetext')).toBe('13:05');
    await page.getByRole('button', { name: 'Day after' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { level: 1, name: 'Thursday' }).waitFor();
    await lane('Calendar').getByText('Nothing on this day').waitFor();
    await page.keyboard.press('ArrowLeft');
    await lane('Calendar').getByText('Design review', { exact: true }).waitFor();
  });

  it('can be used by everyone, in both themes and on a phone', async () => {
    expect(await axeFindings(page)).toEqual([]);
  });

  it('shows at once what comes into the keep, and where else something has come', async () => {
    const entry = (title: string, date: string) => ({
      metadata: { profile: 'library/calendar-event', createdDate: `${date}T18:00:00Z` },
      payload: { '@type': 'Event', uid: title, title, start: `${date}T19:00:00`, duration: 'PT1H' },
    });
    await importer.sendEvents([entry('Unplanned', sampledDate), entry('Elsewhere', '2026-02-11')]);
    await lane('Calendar').getByText('Unplanned', { exact: true }).waitFor();
    await page.getByText('New in your keep').waitFor();
    const link = page.getByRole('link', { name: '11 Feb 2026 (1)' });
    await expect.poll(() => link.getAttribute('href')).toBe('#2026-02-11');
  });

  it('keeps a note while the keep is away, across a reload, and sends it by itself', async () => {
    await keep.kill();
    await page.getByText('is away, trying again').waitFor();
    await page.getByLabel('At', { exact: true }).fill('09:15');
    await page.getByLabel('Note', { exact: true }).fill('The tram did not come.');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const note = page.getByRole('listitem').filter({ hasText: 'The tram did not come.' });
    await note.getByText('Waits in this browser').waitFor();
    // The page is there as well while its own server is not.
    await server.close();
    await page.reload();
    await note.getByText('Waits in this browser').waitFor();
    server = await serve(Number(new URL(origin).port));
    keep = await KeepProcess.start({ dataDir: keep.dataDir, env });
    await lane('Calendar').getByText('Design review', { exact: true }).waitFor({ timeout: 60_000 });
    admin = await AdminClient.signIn(keep.url, 'admin', keep.adminPassword);
    await admin.approve((await wanted('library/note')).id);
    await note.getByText('In your keep').waitFor({ timeout: 60_000 });
    const query = { profile: 'library/note', filter: { 'payload.text': 'The tram did not come.' } };
    const { items } = await admin.ask<{ items: { metadata: object }[] }>('POST', '/admin/v1/events/query', {
      body: query,
    });
    expect(items).toMatchObject([{ metadata: { createdDate: `${sampledDate}T08:15:00.000Z`, source: appId } }]);
  });

  it('gives back a note that the keep refuses, with the reason, to be sent again', async () => {
    const problem = { type: 'about:blank', title: 'Invalid', status: 422, detail: 'Invalid', instance: 'one' };
    const errors = [{ index: 0, pointer: '/payload/text', code: 'schema', detail: 'must be kinder' }];
    await page.route(`${keep.url}/app/v1/events`, (route) =>
      route.fulfill({
        status: 422,
        contentType: 'application/problem+json',
        headers: { 'access-control-allow-origin': origin },
        body: JSON.stringify({ ...problem, code: 'invalid', errors }),
      }),
    );
    await page.getByLabel('Note', { exact: true }).fill('Nobody came at all.');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const note = page.getByRole('listitem').filter({ hasText: 'Nobody came at all.' });
    await note.getByText('Refused: must be kinder').waitFor();
    await page.unroute(`${keep.url}/app/v1/events`);
    await note.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => note.getByText('In your keep').isVisible()).toBe(true);
  });

  it('loses a lane whose right is taken back, at once', async () => {
    await admin.revoke((await wanted('library/calendar-event', 'approved')).id, 'Enough');
    await lane('Calendar').getByText('Not allowed: Enough').waitFor();
    await expect.poll(() => lane('Calendar').getByText('Design review').count()).toBe(0);
    await lane('Sleep').getByText('12 entries').waitFor();
  });

  it('is refused on another origin, which has the token and not the leave', async () => {
    const elsewhere = await serve();
    const token = await page.evaluate(() => localStorage.getItem('timeline-token'));
    const other = await browser.newPage();
    try {
      const ask = async (from: Page): Promise<string> =>
        from.evaluate(
          async ([url, own]) =>
            fetch(`${url}/app/v1/me`, { headers: { authorization: `Bearer ${own}` } }).then(
              ({ status }) => `answered ${status}`,
              () => 'refused',
            ),
          [keep.url, token],
        );
      await other.goto(`http://127.0.0.1:${(elsewhere.httpServer.address() as AddressInfo).port}`);
      expect([await ask(page), await ask(other)]).toEqual(['answered 200', 'refused']);
    } finally {
      await other.close();
      await elsewhere.close();
    }
  });

  it('asks to be connected anew when its token is over, and forgets the keep when it is told to', async () => {
    await admin.ask('POST', `/admin/v1/apps/${appId}/token/revoke`);
    await page.getByText('Your keep no longer knows this page').waitFor();
    await page.getByRole('button', { name: 'Connect' }).waitFor();
    await page.goto(`${origin}/#${sampledDate}`);
    await connect();
    await page.getByRole('button', { name: 'Forget this keep' }).click();
    await page.getByLabel('Association token').waitFor();
    await expect.poll(() => page.evaluate(() => localStorage.getItem('timeline-token'))).toBeNull();
    expect(complaints).toEqual([]);
  });
});

describe.runIf(hasBrowser)('a copy of the timeline, outside of the repository', () => {
  const run = promisify(execFile);
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'datakeep-copy-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is installed and built by the commands of its README, against the packed client', async () => {
    const copy = join(folder, 'my-app');
    cpSync(app, copy, {
      recursive: true,
      filter: (path) => !/\/(node_modules|dist)$|\.tgz$|package-lock\.json$/.test(path),
    });
    const environment = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}` };
    const npm = (cwd: string, ...given: readonly string[]) => run('npm', given, { cwd, env: environment });
    await npm(root, 'pack', '-w', '@datakeep/client', '--pack-destination', copy);
    await npm(copy, 'install', '--prefer-offline', '--no-audit', '--no-fund');
    const { stdout } = await npm(copy, 'run', 'build');
    expect(stdout).toContain('dist/index.html');
    expect(existsSync(join(copy, 'dist/offline.js'))).toBe(true);
    const checked = await datakeep(folder, ['view', 'check', join(copy, 'view')], {});
    expect(checked.output).toContain('Nothing is wrong with Week in figures (javascript): main.js');
  });
});
