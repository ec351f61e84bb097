import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Whether this suite has a browser; if not, the run reports it, and `REQUIRE_SERVICES` makes it an error. */
export function hasBrowser(suite: string): boolean {
  if (executablePath) return true;
  if ((process.env['REQUIRE_SERVICES'] ?? '').split(',').includes('browser'))
    throw new Error('REQUIRE_SERVICES names a browser, and there is no Chromium.');
  process.stdout.write(`not run: ${suite} (there is no Chromium)\n`);
  return false;
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath!, args: flags });
}
