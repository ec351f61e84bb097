/**
 * `npm run screenshots`: pictures of the Control Centre on the demo's data, light and dark at 1280 pixels and light at
 * 390, into docs/screenshots. `-- --folder …` puts them elsewhere; `-- --all` takes each screen in every look.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page, Request } from 'playwright-core';
import { launchBrowser } from '../test/support/browser.ts';
import { KeepProcess } from '../test/support/keep-process.ts';

/** For one step on a machine that does much else. */
const patienceMs = 180_000;

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: join(root, 'docs/screenshots') },
    all: { type: 'boolean', default: false },
  },
});

/** Each screen: its path, or how to get there from the one before. */
const screens: readonly (readonly [name: string, path: string, then?: (page: Page) => Promise<void>])[] = [
  ['overview', '/'],
  ['requests', '/requests'],
  ['apps', '/apps'],
  ['app', '/apps', (page) => openFirst(page, /Flight logbook/)],
  ['data', '/data'],
  ['events', '/data', (page) => openFirst(page, /flight/i)],
  ['import', '/import'],
  ['import-preview', '/import', chooseFile],
  ['views', '/views'],
  ['template', '/views', (page) => openFirst(page, /delay/i)],
  ['new-template', '/views/new'],
  ['runs', '/runs'],
  ['run', '/runs', (page) => openFirst(page, /.*/)],
  ['indexes', '/indexes'],
  ['audit', '/audit'],
  ['system', '/system'],
  ['account', '/account'],
];
const looks = [
  { suffix: '', width: 1280, height: 800, colorScheme: 'light' },
  { suffix: '-dark', width: 1280, height: 800, colorScheme: 'dark' },
  { suffix: '-phone', width: 390, height: 844, colorScheme: 'light' },
  { suffix: '-phone-dark', width: 390, height: 844, colorScheme: 'dark' },
] as const;
/** What docs/control-centre.md and the README show. */
const shown = new Set([
  'overview',
  'requests',
  'requests-dark',
  'requests-phone',
  'events',
  'import-preview',
  'new-template',
  'indexes-dark',
  'audit-phone',
]);

/** A walk of ten minutes on the page that imports files. */
async function chooseFile(page: Page): Promise<void> {
  const points = Array.from({ length: 600 }, (_, index) => {
    const time = new Date(Date.UTC(2026, 10, 28, 14) + index * 1000).toISOString();
    return `<trkpt lat="${50.08 + index / 1e5}" lon="${14.42 + index / 2e4}"><time>${time}</time></trkpt>`;
  });
  const buffer = Buffer.from(
    `<gpx><trk><name>Along the Vltava</name><trkseg>\n${points.join('\n')}</trkseg></trk></gpx>`,
  );
  await page.locator('input[type=file]').setInputFiles({ name: 'walk.gpx', mimeType: 'application/gpx+xml', buffer });
  await page.getByRole('heading', { name: 'What would be sent' }).waitFor();
}

const openFirst = async (page: Page, name: RegExp): Promise<void> => {
  const from = page.url();
  await page.getByRole('main').getByRole('table').getByRole('link', { name }).first().click();
  await page.waitForURL((url) => url.href !== from);
  await page.getByRole('heading', { level: 1 }).waitFor();
};

/** What the page has asked for and not got yet, but for the stream of notifications, which never ends. */
function openRequests(page: Page): ReadonlySet<Request> {
  const open = new Set<Request>();
  page.on('request', (request) => {
    if (!request.url().endsWith('/admin/v1/notifications')) open.add(request);
  });
  page.on('requestfinished', (request) => open.delete(request));
  page.on('requestfailed', (request) => open.delete(request));
  return open;
}

/** A screen is there when it asks for nothing, draws no skeleton and moves nothing, for several frames. */
async function settled(page: Page, open: ReadonlySet<Request>): Promise<void> {
  for (let calm = 0; calm < 5; calm += 1) {
    await page.evaluate('new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)))');
    const moving = await page.evaluate<number>('document.getAnimations().length');
    if (open.size > 0 || moving > 0 || (await page.locator('.mantine-Skeleton-root').count()) > 0) calm = -1;
  }
}

async function take(keep: KeepProcess, password: string): Promise<void> {
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Prague' });
    const page = await context.newPage();
    page.setDefaultTimeout(patienceMs);
    const open = openRequests(page);
    await page.goto(`${keep.url}/sign-in`);
    await page.getByLabel(/^Password/).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    for (const { suffix, width, height, colorScheme } of looks) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const [name, path, then] of screens) {
        if (!values.all && !shown.has(`${name}${suffix}`)) continue;
        await page.goto(`${keep.url}${path}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await then?.(page);
        await settled(page, open);
        await page.screenshot({ path: join(values.folder, `${name}${suffix}.png`) });
        console.log(`${name}${suffix}.png`);
      }
    }
  } finally {
    await browser.close();
  }
}

mkdirSync(values.folder, { recursive: true });
const dataDir = mkdtempSync(join(tmpdir(), 'datakeep-screenshots-'));
try {
  const demo = spawnSync(process.execPath, ['demo/main.ts', '--flights', '20000', '--folder', dataDir], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const password = / password (\S+)/.exec(demo.stdout)?.[1];
  if (demo.status !== 0 || password === undefined) throw new Error(`The demo failed:\n${demo.stdout}`);
  const keep = await KeepProcess.start({ dataDir, env: { ADMIN_PASSWORD: password }, patienceMs });
  try {
    await take(keep, password);
  } finally {
    await keep.stop();
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
