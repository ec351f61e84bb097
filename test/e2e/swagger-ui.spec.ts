import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminPassword, type KeepUnderTest, keepUnderTest } from '../support/keep-in-process.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const required = (process.env['REQUIRE_SERVICES'] ?? '').split(',').includes('browser');
if (!executablePath) {
  if (required) throw new Error('REQUIRE_SERVICES names a browser, and there is no Chromium.');
  process.stdout.write('not run: Swagger UI in a browser (there is no Chromium)\n');
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

describe.runIf(executablePath)('Swagger UI in a real browser', () => {
  let under: KeepUnderTest;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    under = await keepUnderTest();
    browser = await chromium.launch({ executablePath: executablePath!, args: flags });
    page = await browser.newPage();
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
    });
    await page.goto(`${under.url}/`);
  });
  afterAll(async () => {
    await browser.close();
    await under.stop();
  });

  const open = async (method: string, path: string): Promise<ReturnType<Page['locator']>> => {
    const operation = page
      .locator('.opblock', { has: page.locator(`[data-path="${path}"]`) })
      .and(page.locator(`.opblock-${method}`));
    if (!(await operation.locator('.execute').isVisible())) await operation.locator('.opblock-summary-control').click();
    await operation.locator('.execute').waitFor();
    return operation;
  };
  const answerOf = async (operation: ReturnType<Page['locator']>): Promise<{ status: string; body: string }> => {
    await operation.locator('.execute').click();
    const live = operation.locator('.live-responses-table .response');
    return {
      status: (await live.locator('.response-col_status').first().textContent()) ?? '',
      body: (await live.locator('.response-col_description pre').first().textContent()) ?? '',
    };
  };

  it('signs in, authorises with the token that it got, and then may', async () => {
    await page.locator('select#select').selectOption({ label: 'Admin' });
    await page.getByText('Datakeep: admin API').waitFor();

    const before = await answerOf(await open('get', '/admin/v1/apps'));
    expect(before.status).toContain('401');

    const signIn = await open('post', '/admin/v1/session');
    await signIn.locator('textarea.body-param__text').fill(JSON.stringify({ name: 'admin', password: adminPassword }));
    const session = await answerOf(signIn);
    expect(session.status).toContain('201');

    await page.locator('button.authorize').click();
    await page
      .locator('.modal-ux input')
      .first()
      .fill((JSON.parse(session.body) as { token: string }).token);
    await page.locator('.modal-ux button.authorize').click();
    await page.locator('.modal-ux .btn-done').click();

    const made = await answerOf(await open('post', '/admin/v1/apps'));
    expect(made.status).toContain('201');
    expect(made.body).toContain('"Walks"');
    const after = await answerOf(await open('get', '/admin/v1/apps'));
    expect(after.status).toContain('200');
    expect(after.body).toContain('"Walks"');
  });

  it('stays within the content security policy', () => {
    expect(complaints).toEqual([]);
  });
});
