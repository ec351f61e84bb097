import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { ApiDocument } from '../support/openapi/api-document.ts';
import { playStory } from '../support/openapi/api-story.ts';
import { piecesOf } from '../support/openapi/pieces.ts';
import type { Prefilled } from '../support/openapi/prefilled.ts';
import { adminPassword, type KeepUnderTest, keepUnderTest } from '../support/keep-in-process.ts';

/**
 * In the page: opens each operation, fills in what is required and empty, presses Execute, waits for the answer, closes
 * it; answers what was shown. From outside, each of these steps waits for the page to draw.
 */
const pressEveryExecute = `(async () => {
  const shown = [];
  const until = async (condition) => {
    for (const limit = Date.now() + 60_000; !condition(); ) {
      if (Date.now() > limit) throw new Error('stuck after ' + JSON.stringify(shown.at(-1)) + ': ' + condition);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  for (const block of document.querySelectorAll('.opblock')) {
    const header = block.querySelector('.opblock-summary-control');
    header.click();
    await until(() => block.querySelector('.execute') && block.querySelector('.responses-inner .response'));
    for (const input of block.querySelectorAll('tr:has(.parameter__name.required) input')) {
      if (input.value !== '') continue;
      // An id and an integer alike.
      setValue.call(input, '111111111111111111111111');
      input.dispatchEvent(new Event('input', { bubbles: true }));
      input.dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
    }
    // A body that is a file: without one, nothing is sent.
    for (const input of block.querySelectorAll('input[type=file]')) {
      const chosen = new DataTransfer();
      chosen.items.add(new File(['a file'], 'file'));
      input.files = chosen.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    }
    shown.push({
      method: block.querySelector('.opblock-summary-method').textContent,
      path: block.querySelector('[data-path]').dataset.path,
    });
    block.querySelector('.execute').click();
    await until(() => block.querySelector('.live-responses-table'));
    header.click();
    await until(() => !block.querySelector('.execute'));
  }
  return shown;
})()`;

describe.runIf(hasBrowser)('Swagger UI in a real browser', () => {
  let under: KeepUnderTest;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    under = await keepUnderTest();
    browser = await launchBrowser();
    page = await browser.newPage();
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
    });
    await page.goto(`${under.url}/docs`);
  });
  afterAll(async () => {
    await browser.close();
    await under.stop();
  });

  const open = (method: string, path: string): Promise<ReturnType<Page['locator']>> => openOn(page, method, path);
  const openOn = async (on: Page, method: string, path: string): Promise<ReturnType<Page['locator']>> => {
    const operation = on
      .locator('.opblock', { has: on.locator(`[data-path="${path}"]`) })
      .and(on.locator(`.opblock-${method}`));
    if (!(await operation.locator('.execute').isVisible())) await operation.locator('.opblock-summary-control').click();
    await operation.locator('.execute').waitFor();
    return operation;
  };
  const answerOf = async (operation: ReturnType<Page['locator']>): Promise<{ status: string; body: string }> => {
    // A former answer is shown there until the next one is in.
    if ((await operation.locator('.btn-clear').count()) > 0) await operation.locator('.btn-clear').click();
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

  it('is no wider than a phone, whatever operation is open', async () => {
    const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await phone.goto(`${under.url}/docs`);
    for (const path of ['/app/v1/events', '/app/v1/permissions']) {
      const operation = await openOn(phone, 'post', path);
      await operation.locator('.responses-table').waitFor();
    }
    const width = await phone.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).toBe(390);
    await phone.close();
  });

  const filledIn = new Map<string, Prefilled>();

  it.each([
    ['Apps', 'Datakeep: app API', 'app'],
    ['Admin', 'Datakeep: admin API', 'admin'],
  ] as const)(
    'sends of every operation for %s the method and the address that it shows',
    async (label, title, name) => {
      const document = new ApiDocument(await under.nobody.ask('GET', `/openapi/${name}.json`));
      const tried = await browser.newPage();
      const sent: { method: string; path: string; filled: Prefilled }[] = [];
      await tried.route(`**/${name}/v1/**`, async (route) => {
        const request = route.request();
        const { pathname, search } = new URL(request.url());
        const { accept, prefer, ...headers } = await request.allHeaders();
        const kept = { accept, prefer, 'if-match': headers['if-match'], 'content-type': headers['content-type'] };
        const body = request.postData();
        sent.push({
          method: request.method(),
          path: pathname,
          filled: {
            query: search,
            headers: Object.fromEntries(
              Object.entries(kept).filter((entry): entry is [string, string] => entry[1] !== undefined),
            ),
            ...(body === null ? {} : { body }),
          },
        });
        await route.fulfill({ status: 204 });
      });
      const shown: { method: string; path: string }[] = [];
      // Swagger UI reads all of a document anew at each step in one of its operations.
      for (const piece of piecesOf(document.object)) {
        await tried.route(`**/openapi/${name}.json`, (route) => route.fulfill({ json: piece }));
        await tried.goto(`${under.url}/docs`);
        await tried.locator('select#select').selectOption({ label });
        await tried.getByText(title).waitFor();
        shown.push(...(await tried.evaluate<typeof shown>(pressEveryExecute)));
      }
      expect(sent.map(({ method }) => method)).toEqual(shown.map(({ method }) => method));
      for (const [index, { path }] of shown.entries())
        expect(sent[index]?.path).toMatch(new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`));
      for (const { operationId, method, path } of document.operations.values()) {
        const at = shown.findIndex((operation) => operation.method === method && operation.path === path);
        filledIn.set(`${name} ${operationId}`, sent[at]!.filled);
      }
      expect(shown).toHaveLength(document.operations.size);
      await tried.close();
    },
    600_000,
  );

  it('fills in what works on a keep that is set up for it, but for ids and secrets', async () => {
    const left = await playStory((name, { operationId }) => filledIn.get(`${name} ${operationId}`)!);
    // notifications.spec.ts follows this one, whose answer has no end.
    expect(left).toEqual(['admin followNotifications']);
  });

  it('stays within the content security policy', () => {
    expect(complaints).toEqual([]);
  });
});
