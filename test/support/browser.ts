/**
 * Chromium of the system, without a window: its headless shell, where that is installed, draws a page for half of what
 * the whole browser takes. Runs in plain Node: erasable TypeScript, no aliases.
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']
  .map((program) => `/usr/bin/${program}`)
  .find((path) => existsSync(path));
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Whether there is a browser. Where `REQUIRE_SERVICES` names one and there is none, loading the suite fails. */
export const hasBrowser = executablePath !== undefined;
if (!hasBrowser) {
  if ((process.env['REQUIRE_SERVICES'] ?? '').split(',').includes('browser'))
    throw new Error('REQUIRE_SERVICES names a browser, and there is no Chromium.');
  process.stdout.write('not run: what needs a browser (there is no Chromium)\n');
}

/** Throws where there is no browser. */
export async function launchBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('There is no Chromium: install it first.');
  return chromium.launch({ executablePath, args: flags });
}
