import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, type AppClient } from '../support/keep-client.ts';
import {
  axeFindings,
  hasBrowser,
  type Opened,
  openControlCentre,
  openSection,
  password,
  screenshotFailures,
  signIn,
} from './support.ts';

const oldest = 'diary.example/page';
const schema = { title: 'Diary pages', type: 'object' };

describe.runIf(hasBrowser)('the Control Centre of a keep with 150 apps and 300 profiles', () => {
  let opened: Opened;
  let page: Page;
  let diary: AppClient;

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
    const admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    diary = await admin.connectApp('Diary');
    await diary.registerProfile(oldest, schema);
    await admin.grant(diary, oldest, ['create']);
    await diary.sendEvents([1, 2, 3].map((number) => ({ metadata: { profile: oldest }, payload: { number } })));
    const lines = Array.from({ length: 299 }, (_, index) =>
      JSON.stringify({ profile: { name: `kind.example/k${index + 1}`, schema: { title: `Kind ${index + 1}` } } }),
    );
    await admin.ask('POST', '/admin/v1/events/import', {
      body: `${lines.join('\n')}\n`,
      headers: { 'content-type': 'application/x-ndjson' },
    });
    for (let index = 1; index < 150; index += 1) await admin.makeAppHolder(`App ${index}`);
    await signIn(page, opened.keep.url);
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  const main = (): Locator => page.getByRole('main');
  const palette = async (text: string): Promise<Locator> => {
    await page.keyboard.press('ControlOrMeta+k');
    const dialog = page.getByRole('dialog', { name: 'Go to' });
    await dialog.getByRole('combobox').fill(text);
    return dialog;
  };

  it('finds an app by a part of its name, with its events, and has the search again on the way back', async () => {
    await openSection(page, 'Apps');
    await main().getByText('150 in all').waitFor();
    await expect.poll(() => main().getByRole('link', { name: 'Diary' }).count()).toBe(0);
    await main().getByRole('button', { name: 'Next' }).click();
    await main().getByText('Page 2').waitFor();
    await main().getByRole('searchbox', { name: 'Search the apps' }).pressSequentially('diar');
    await main()
      .getByRole('row', { name: /Diary connected add 3 / })
      .waitFor();
    await main().getByText('1 found').waitFor();
    await expect.poll(() => page.url()).toContain('name=diar');
    await main().getByRole('link', { name: 'Diary' }).click();
    await main().getByText('3 events of Diary pages', { exact: false }).waitFor();
    await page.goBack();
    await expect.poll(() => main().getByRole('searchbox').inputValue()).toBe('diar');
    await main().getByText('1 found').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('pages through what was found', async () => {
    await main().getByRole('searchbox').fill('app 1');
    await main().getByText('61 found').waitFor();
    await main().getByRole('link', { name: 'App 149' }).waitFor();
    for (const number of [2, 3, 4]) {
      await main().getByRole('button', { name: 'Next' }).click();
      await main().getByText(`Page ${number}`).waitFor();
    }
    await expect
      .poll(() =>
        main()
          .getByRole('link', { name: /^App 1$/ })
          .count(),
      )
      .toBe(1);
    await expect.poll(() => main().getByRole('button', { name: 'Next' }).isDisabled()).toBe(true);
    await main().getByRole('searchbox').fill('nothing of the kind');
    await main().getByText('No app like that').waitFor();
    await main().getByRole('searchbox').fill('');
    await main().getByText('150 in all').waitFor();
  });

  it('finds a profile by its title or its name', async () => {
    await openSection(page, 'Data');
    await main().getByText('300 in all').waitFor();
    await main().getByRole('searchbox', { name: 'Search the profiles' }).fill('diary');
    await main()
      .getByRole('row', { name: /Diary pages diary\.example\/page 3 / })
      .waitFor();
    await main().getByRole('searchbox').fill('kind.example/k299');
    await main().getByRole('link', { name: 'Kind 299' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('goes by the palette to the oldest of them, and to a name before all that begin with it', async () => {
    const dialog = await palette('diary pages');
    await dialog.getByRole('option', { name: 'Diary pages profile' }).waitFor();
    await dialog.getByRole('combobox').fill('app 1');
    await dialog.getByText('49 more: type more of the name.').waitFor();
    await expect.poll(() => dialog.getByRole('option').first().textContent()).toBe('App 1 app');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'App 1', exact: true }).waitFor();
  });

  it('filters the runs and the audit by the oldest of them', async () => {
    for (const [section, label] of [
      ['Runs', 'App'],
      ['Audit', 'Who'],
    ] as const) {
      await openSection(page, section);
      await main().getByRole('combobox', { name: label, exact: true }).fill('diary');
      await page.getByRole('option', { name: 'Diary' }).click();
      await expect.poll(() => page.url()).toContain(diary.appId);
    }
  });

  it('loses no letter that is typed into a field of which the address keeps the text', async () => {
    await openSection(page, 'Audit');
    const field = main().getByRole('textbox', { name: 'To what (id or profile)' });
    await field.pressSequentially(oldest);
    await expect.poll(() => field.inputValue()).toBe(oldest);
    await expect.poll(() => new URL(page.url()).searchParams.get('subject')).toBe(oldest);
    await main().getByText('registered a profile', { exact: false }).waitFor();
  });

  it('complained of nothing', () => {
    expect(opened.complaints).toEqual([]);
  });
});
