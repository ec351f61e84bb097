import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AdminClient, AppClient } from '../support/keep-client.ts';
import { KeepProcess } from '../support/keep-process.ts';
import { focusFindings } from './focus-walk.ts';
import {
  axeFindings,
  hasBrowser,
  type Opened,
  openControlCentre,
  password,
  screenshotFailures,
  signIn,
} from './support.ts';

const markup = '<img src=x onerror=alert(1)><b>bold</b>';
/** What a name or a message may not have is let through in what an app stores, logs and returns. */
const hostile = `${markup}\u202E\u200B${'x'.repeat(10_000)}`;
const profile = 'hostile.example/thing';

const screens = [
  'the overview',
  'the requests',
  'a request',
  'a decided request',
  'the apps',
  'an app',
  'the profiles',
  'the import',
  'the import of files',
  'a profile',
  'a schema',
  'the templates',
  'a new template',
  'a template',
  'a correction',
  'the comparison',
  'an instance',
  'the runs',
  'a run',
  'a failed run',
  'the indexes',
  'the audit',
  'the system',
  'the account',
] as const;

describe.runIf(hasBrowser)('every screen of the Control Centre', () => {
  let opened: Opened;
  let page: Page;
  let paths: Readonly<Record<(typeof screens)[number], string>>;
  const dialogs: string[] = [];

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    const { url } = opened.keep;
    const admin = await AdminClient.signIn(url, 'admin', password);
    const holder = await admin.makeAppHolder(markup, `${markup} ${'d'.repeat(300)}`);
    const { associationToken } = await admin.makeAssociationToken(holder.id);
    const app = await AppClient.associate(url, associationToken, `${markup} calls itself`);
    await app.registerProfile(profile, {
      title: hostile.slice(0, 9000),
      type: 'object',
      properties: { [markup]: { type: 'string', description: hostile } },
    });
    const granted = await admin.grant(app, profile, ['create', 'read'], `${markup} ${'m'.repeat(1500)}`);
    await app.sendEvents([{ metadata: { profile, identifier: '\u200B<b>id</b>' }, payload: { [markup]: hostile } }]);
    const { id: templateId } = await admin.makeViewTemplate({
      name: markup,
      description: `${markup} ${'w'.repeat(300)}`,
      runtime: 'javascript',
      permissions: [{ profile, rights: ['read'] }],
      files: [
        {
          path: 'main.js',
          content: `module.exports = async ({ clientCustomData: { text, fails } }) => {
  console.log(text);
  if (fails) throw new Error(text.slice(0, 500));
  return { [text.slice(0, 40)]: text };
};
`,
        },
      ],
    });
    const instance = await app.makeViewInstance(templateId, { [markup]: hostile });
    for (const permission of instance.permissions) await admin.approve(permission.id);
    const run = await app.run(instance.id, { text: hostile, fails: false });
    const failed = await app.run(instance.id, { text: hostile, fails: true });
    const pending = await app.requestPermission(profile, ['delete'], `${markup} ${'m'.repeat(1500)}`);
    paths = {
      'the overview': '/',
      'the requests': '/requests',
      'a request': `/requests/${pending.id}`,
      'a decided request': `/requests/${granted.id}`,
      'the apps': '/apps',
      'an app': `/apps/${app.appId}`,
      'the profiles': '/data',
      'the import': '/data/import/events',
      'the import of files': '/import',
      'a profile': `/data/${encodeURIComponent(profile)}`,
      'a schema': `/data/${encodeURIComponent(profile)}?tab=schema`,
      'the templates': '/views',
      'a new template': '/views/new',
      'a template': `/views/${templateId}`,
      'a correction': `/views/${templateId}/correct`,
      'the comparison': '/views/compare',
      'an instance': `/views/instances/${instance.id}`,
      'the runs': '/runs',
      'a run': `/runs/${run.id}`,
      'a failed run': `/runs/${failed.id}`,
      'the indexes': '/indexes',
      'the audit': '/audit',
      'the system': '/system',
      'the account': '/account',
    };
    await signIn(page, url);
  });
  afterAll(() => opened?.close());
  screenshotFailures(() => page);

  const show = async (path: string): Promise<void> => {
    await page.goto(`${opened.keep.url}${path}`);
    await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
    await vi.waitUntil(() => !page.url().includes('sign-in'));
    await vi.waitUntil(async () => (await page.locator('.mantine-Skeleton-root').count()) === 0);
  };

  describe.each(screens)('on %s', (name) => {
    beforeAll(() => show(paths[name]));

    it('shows what an app made up as text, where axe-core finds nothing', async () => {
      const main = page.getByRole('main');
      await expect.poll(() => main.locator('b, img[src="x"]').count()).toBe(0);
      // An override of the writing direction would reverse the text after it.
      await expect.poll(() => main.textContent()).not.toMatch(/[\u202E\u200B]/);
      expect(await axeFindings(page)).toEqual([]);
    });

    it('names each table to a screen reader', async () => {
      const tables = page.getByRole('table');
      await expect.poll(() => page.getByRole('table', { name: /./ }).count()).toBe(await tables.count());
    });

    it('lets Tab come to everything that can be done, and shows where it is', async () => {
      expect(await focusFindings(page)).toEqual([]);
    });
  });

  it('let nothing run that an app made up, and complained of nothing', () => {
    expect(dialogs).toEqual([]);
    expect(opened.complaints).toEqual([]);
  });

  it('keeps what was typed while the keep is away, and goes on when it is back', async () => {
    await show('/apps');
    await page.getByRole('button', { name: 'New app' }).click();
    const dialog = page.getByRole('dialog', { name: 'A place for an app' });
    await dialog.getByLabel('Name').fill('Typed before');
    const { url, dataDir } = opened.keep;
    await opened.keep.stop();
    await page.getByRole('status').getByText('not connected').waitFor();
    await dialog.getByRole('button', { name: 'Make the place' }).click();
    await dialog.getByText('The keep does not answer').waitFor();
    const again = await KeepProcess.start({
      dataDir,
      env: { PORT: new URL(url).port, ADMIN_PASSWORD: password },
    });
    try {
      await page.getByRole('status').getByText('live', { exact: true }).waitFor();
      await expect.poll(() => dialog.getByLabel('Name').inputValue()).toBe('Typed before');
      await dialog.getByRole('button', { name: 'Make the place' }).click();
      await page.getByRole('heading', { level: 1, name: 'Typed before' }).waitFor();
    } finally {
      await again.stop();
    }
  });
});
