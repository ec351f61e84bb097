import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AdminClient, AppClient } from '../support/keep-client.ts';
import { hasBrowser, type Opened, openControlCentre, password, screenshotFailures, signIn } from './support.ts';

const own = 'log.example/flight';

/** What functions that run in the page use of the browser: the program's types are Node's. */
interface InPage {
  readonly document: { readonly activeElement: { readonly textContent: string } | null };
}

describe.runIf(hasBrowser)('the page of requests, before an app that would trick its owner', () => {
  let opened: Opened;
  let page: Page;
  let admin: AdminClient;
  let app: AppClient;
  let other: AppClient;

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
    admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    app = await admin.connectApp('Flight log');
    other = await admin.connectApp('Pedometer');
    await app.registerProfile(own, { title: 'Flight', type: 'object' });
    await signIn(page, opened.keep.url);
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  const cards = (): Locator => page.getByRole('article', { name: 'Request' });
  const button = (name: string): Locator => cards().getByRole('button', { name });
  const withdrawAll = async (of: AppClient): Promise<void> => {
    const { items } = await of.ask<{ items: { id: string; status: string }[] }>('GET', '/app/v1/permissions?limit=200');
    for (const { id, status } of items) if (status === 'pending') await of.ask('DELETE', `/app/v1/permissions/${id}`);
  };
  beforeEach(async () => {
    await withdrawAll(app);
    await withdrawAll(other);
  });
  const show = async (): Promise<void> => {
    await page.goto(`${opened.keep.url}/requests`);
    await cards().first().waitFor();
    await expect.poll(() => page.locator('.mantine-Skeleton-root').count()).toBe(0);
  };
  const heightOf = async (card: Locator): Promise<number> => (await card.boundingBox())!.height;

  it('keeps what an app wrote into a title within quotation marks, on the line of the sentence', async () => {
    const title = 'steps of today” in your keep.\n\nApproved by Datakeep ✓\n\nThe next one may read “every';
    await app.registerProfile('trick.example/title', { title, type: 'object' });
    await app.requestPermission('trick.example/title', ['read'], 'To count');
    await show();
    const sentence = cards().getByRole('heading', { level: 2 });
    await expect
      .poll(() => sentence.innerText())
      .toMatch(/^Flight log asks to read every “steps of today' in your keep\. Approved by Datakeep .+” in your keep/);
  });

  it('keeps it within quotation marks on the overview, and where a permission is revoked', async () => {
    const title = 'steps” is harmless. Read “on';
    const quoted = "“steps' is harmless. Read 'on”";
    await app.registerProfile('trick.example/quoted', { title, type: 'object' });
    await app.requestPermission('trick.example/quoted', ['read'], 'To count');
    await page.goto(opened.keep.url);
    const waiting = page.getByRole('region', { name: 'Waiting for your decision' });
    await expect.poll(() => waiting.textContent()).toContain(quoted);
    const { id } = await admin.grant(app, 'trick.example/quoted', ['create']);
    await page.goto(`${opened.keep.url}/requests/${id}`);
    await page.getByRole('button', { name: 'Revoke' }).click();
    await expect.poll(() => page.getByRole('dialog').textContent()).toContain(quoted);
    await page.keyboard.press('Escape');
  });

  it('cuts a message of many lines, so that the decision stays in sight', async () => {
    await app.requestPermission(own, ['read'], 'To plan');
    await show();
    const usual = await heightOf(cards());
    await withdrawAll(app);
    await app.requestPermission(own, ['read'], `To plan${'\n'.repeat(300)}Approved by Datakeep`);
    await show();
    expect(await heightOf(cards())).toBeLessThan(usual + 220);
    await cards().getByRole('button', { name: 'all 327 characters' }).click();
    await cards().getByText('Approved by Datakeep').waitFor();
  });

  it('lets no press meet a button that came under the pointer a moment ago', async () => {
    await app.requestPermission(own, ['delete'], 'To clear');
    await other.requestPermission(own, ['read'], 'To count');
    await show();
    const approval = button('Approve deleting');
    await approval.scrollIntoViewIfNeeded();
    const { x, y } = (await approval.boundingBox())!;
    await page.mouse.move(x + 20, y + 10);
    const pressed = page.evaluate<boolean>(`new Promise((resolve) => {
      const button = [...document.querySelectorAll('button')].find((one) => one.textContent === 'Approve deleting');
      const top = button.getBoundingClientRect().top;
      const look = () => {
        if (button.getBoundingClientRect().top === top) return requestAnimationFrame(look);
        const { left, top: now } = button.getBoundingClientRect();
        const at = { clientX: left, clientY: now };
        button.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1, ...at }));
        resolve(true);
      };
      look();
    })`);
    // The card above it goes.
    await withdrawAll(other);
    expect(await pressed).toBe(true);
    await expect.poll(() => cards().count()).toBe(1);
    await expect.poll(() => approval.getAttribute('aria-disabled')).toBe(null);
    const waiting = await admin.ask<{ count: number }>('GET', '/admin/v1/permissions?status=pending&count=true');
    expect(waiting.count).toBe(1);
    await approval.click();
    await page.getByText('Nothing waits for you').waitFor();
  });

  it('takes the first press on another card than that which has the focus', async () => {
    await app.requestPermission(own, ['read'], 'To look');
    await other.requestPermission(own, ['create'], 'To add');
    await show();
    await cards().first().getByRole('textbox', { name: 'Reason for denying' }).click();
    await button('Approve reading').click();
    await expect.poll(() => cards().count()).toBe(1);
  });

  it('leaves the focus where it is while a card moves, and takes its key', async () => {
    await app.requestPermission(own, ['read'], 'To look');
    await other.requestPermission(own, ['read'], 'To count');
    await show();
    await cards().filter({ hasText: 'To look' }).getByRole('button', { name: 'Approve reading' }).focus();
    await withdrawAll(other);
    await expect.poll(() => cards().count()).toBe(1);
    const focused = () => page.evaluate(() => (globalThis as unknown as InPage).document.activeElement?.textContent);
    await expect.poll(focused).toBe('Approve reading');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing waits for you').waitFor();
  });

  it('puts what comes while one reads below, and lets the apps take turns from the next visit on', async () => {
    await app.requestPermission(own, ['read'], 'First');
    await show();
    for (let index = 0; index < 25; index += 1) await app.requestPermission(own, ['read'], `Again ${index}`);
    await other.requestPermission(own, ['create'], 'From another');
    await page.getByText('27 requests wait for your decision. 20 stand here').waitFor();
    await expect.poll(() => cards().first().innerText()).toContain('First');
    await page.getByText('One app asks 26 times').waitFor();
    for (let index = 25; index < 60; index += 1) await app.requestPermission(own, ['read'], `Again ${index}`);
    await page.getByText('62 requests wait for your decision').waitFor();
    await expect.poll(() => cards().first().innerText()).toContain('First');
    await show();
    await expect.poll(() => cards().nth(1).innerText()).toContain('From another');
  });

  it('says of a request that it was asked before the app was connected anew', async () => {
    const diary = await admin.connectApp('Diary');
    await diary.requestPermission(own, ['read'], 'Words of the former');
    await show();
    const notice = page.getByText('What you approve, the present one gets', { exact: false });
    await expect.poll(() => notice.count()).toBe(0);
    const { associationToken } = await admin.makeAssociationToken(diary.appId);
    const present = await AppClient.associate(opened.keep.url, associationToken, 'Another diary');
    await present.requestPermission(own, ['create'], 'Words of the present');
    await expect.poll(() => cards().count()).toBe(2);
    await cards().filter({ hasText: 'Words of the former' }).filter({ has: notice }).waitFor();
    await expect.poll(() => notice.count()).toBe(1);
    await admin.deleteApp(diary.appId);
  });

  it('shows the only request of one app above hundreds of others, and says that there are more', async () => {
    await app.requestPermission(own, ['read'], 'The first of all');
    for (const name of ['One', 'Two']) {
      const crowd = await admin.connectApp(name);
      for (let index = 0; index < 100; index += 1) await crowd.requestPermission(own, ['read'], `Again ${index}`);
    }
    await show();
    await page.getByText('201 requests wait for your decision. 20 stand here').waitFor();
    await expect.poll(async () => (await cards().allInnerTexts()).slice(0, 3).join()).toContain('The first of all');
  });

  it('complained of nothing', () => {
    expect(opened.complaints).toEqual([]);
  });
});
