import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { KeepProcess } from '../support/keep-process.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

/** Whether there is a browser. Where `REQUIRE_SERVICES` names one and there is none, loading the suite fails. */
export const hasBrowser = executablePath !== undefined;
if (!hasBrowser) {
  if ((process.env['REQUIRE_SERVICES'] ?? '').split(',').includes('browser'))
    throw new Error('REQUIRE_SERVICES names a browser, and there is no Chromium.');
  process.stdout.write('not run: the Control Centre in a browser (there is no Chromium)\n');
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const password = 'correct horse battery staple';

export interface Opened {
  readonly keep: KeepProcess;
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page complained of: errors, and breaches of the Content-Security-Policy. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** A keep as `npm start` runs it, and a browser on its page. */
export async function openControlCentre(env: Readonly<Record<string, string>> = {}): Promise<Opened> {
  const keep = await KeepProcess.start({ env: { ADMIN_PASSWORD: password, ...env } });
  const browser = await chromium.launch({ executablePath: executablePath!, args: flags });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A refusal that a test asks for is logged by the browser as a failed load.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!/^(blob:|data:)/.test(request.url()) && new URL(request.url()).origin !== keep.url)
      complaints.push(`a request left the keep: ${request.url()}`);
  });
  return {
    keep,
    browser,
    context,
    page,
    complaints,
    close: async () => {
      await browser.close();
      await keep.dispose();
    },
  };
}

export async function signIn(page: Page, url: string, path = '/'): Promise<void> {
  await page.goto(`${url}${path}`);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

const themes = ['light', 'dark'] as const;
const widths = [1280, 390] as const;

/**
 * What axe-core finds on the page as it is, in both themes and at both widths, by WCAG 2.2 AA. The script is added to the
 * page through the debugger, which its Content-Security-Policy does not bind.
 */
export async function axeFindings(page: Page): Promise<string[]> {
  const findings: string[] = [];
  for (const theme of themes)
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await expect.poll(() => page.evaluate(() => document.documentElement.dataset['mantineColorScheme'])).toBe(theme);
      await page.evaluate(axeSource);
      const violations = await page.evaluate(
        () =>
          (
            globalThis as unknown as {
              axe: { run(context: Document, options: object): Promise<{ violations: Violation[] }> };
            }
          ).axe
            .run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
            .then((result) => result.violations) as Promise<Violation[]>,
      );
      for (const { id, nodes } of violations)
        findings.push(`${theme} ${width}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (overflow > 0) findings.push(`${theme} ${width}: the page is ${overflow} px wider than the window`);
    }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
  return findings;
}
