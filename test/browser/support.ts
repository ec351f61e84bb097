import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { AdminClient } from '../support/keep-client.ts';
import { KeepProcess } from '../support/keep-process.ts';

export { hasBrowser, launchBrowser } from '../support/browser.ts';

/** What functions that run in the page use of the browser: the program's types are Node's. */
interface InPage {
  requestAnimationFrame(frame: () => void): void;
  readonly document: {
    getAnimations(): readonly unknown[];
    readonly documentElement: {
      readonly dataset: Readonly<Record<string, string | undefined>>;
      readonly scrollWidth: number;
      readonly clientWidth: number;
    };
  };
  readonly axe: { run(context: unknown, options: object): Promise<{ violations: Violation[] }> };
}

const axeSource = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

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
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
  // As in WebKit, whose streams cannot be iterated.
  await context.addInitScript(
    'delete ReadableStream.prototype[Symbol.asyncIterator]; delete ReadableStream.prototype.values',
  );
  const page = await context.newPage();
  // Shorter than a test's, so that what is missing on the page is named.
  page.setDefaultTimeout(30_000);
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

/** A test that fails leaves a screenshot, and prints where it lies. */
export function screenshotFailures(pageOf: () => Page | undefined): void {
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    const path = join(tmpdir(), `datakeep-${task.name.replaceAll(/\W+/g, '-').slice(0, 60)}.png`);
    await pageOf()?.screenshot({ path });
    process.stdout.write(`${task.name}: ${path}\n`);
  });
}

/** Goes to a page by the navigation. */
export async function openSection(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}

export async function signIn(page: Page, url: string, path = '/', as = password): Promise<void> {
  await page.goto(`${url}${path}`);
  await page.getByLabel(/^Password/).fill(as);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** The page's session is open to dangerous acts for five minutes, however long ago its sign-in was. */
export async function confirmSession(page: Page): Promise<void> {
  const token = await page.evaluate<string>("sessionStorage.getItem('datakeep.session')");
  await new AdminClient(new URL(page.url()).origin, token, password).confirm();
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

const themes = ['light', 'dark'] as const;
const widths = [1280, 390] as const;

/** A theme has colours of its own, and nothing else. */
const rulesOf = {
  light: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  dark: ['color-contrast', 'link-in-text-block'],
};

/**
 * The findings of axe-core on the present page, in both themes and at both widths, by WCAG 2.2 AA; in the dark theme by
 * the rules on colours alone. The script is added to the page through the debugger, to which its
 * Content-Security-Policy does not apply.
 */
export async function axeFindings(page: Page): Promise<string[]> {
  const findings: string[] = [];
  await page.evaluate(axeSource);
  for (const theme of themes)
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await expect
        .poll(() =>
          page.evaluate(() => (globalThis as unknown as InPage).document.documentElement.dataset['mantineColorScheme']),
        )
        // A page that is not the Control Centre has only its style sheet.
        .toBeOneOf([theme, undefined]);
      await page.evaluate(
        () =>
          new Promise((painted) => (globalThis as unknown as InPage).requestAnimationFrame(() => setTimeout(painted))),
      );
      await expect
        .poll(() => page.evaluate(() => (globalThis as unknown as InPage).document.getAnimations().length))
        .toBe(0);
      const violations = await page.evaluate(async (runOnly) => {
        const { axe, document } = globalThis as unknown as InPage;
        return (await axe.run(document, { runOnly, resultTypes: ['violations'] })).violations;
      }, rulesOf[theme]);
      for (const { id, nodes } of violations)
        findings.push(`${theme} ${width}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
      const overflow = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = (globalThis as unknown as InPage).document.documentElement;
        return scrollWidth - clientWidth;
      });
      if (overflow > 0) findings.push(`${theme} ${width}: the page is ${overflow} px wider than the window`);
    }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
  return findings;
}
