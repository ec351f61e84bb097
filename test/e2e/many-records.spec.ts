import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppClient } from '../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest, permittedInstance, walkingApp } from '../support/keep-in-process.ts';
import { queriesOf, readsTooMuch, type RanQuery } from '../support/sqlite/query-plans.ts';

/** The records are read in the thread that serves: what looks at all of a table stops everything for as long. */
describe('a keep of many records', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'datakeep-records-'));
  let under: KeepUnderTest;
  let app: AppClient;
  let instance: string;
  beforeAll(async () => {
    under = await keepUnderTest({ dataDir });
    app = await walkingApp(under.admin);
    instance = await permittedInstance(under.admin, app);
    await app.run(instance);
  });
  afterAll(async () => {
    await under.stop();
    rmSync(dataDir, { recursive: true });
  });

  const excessive = async (act: () => Promise<unknown>): Promise<readonly RanQuery[]> =>
    (await queriesOf(join(dataDir, 'documents.sqlite'), act)).filter(readsTooMuch);

  const time = 'from=2026-01-01T00:00:00Z&to=2036-01-01T00:00:00Z';
  it.each([
    '/audit',
    `/audit?${time}`,
    '/audit?action=run.finished',
    `/audit?action=run.finished&${time}`,
    '/audit?actor=admin',
    '/audit?actor=APP',
    '/audit?subject=INSTANCE',
    '/audit?action=run.finished&actor=keep&subject=INSTANCE',
    '/runs',
    `/runs?${time}`,
    '/runs?state=failed',
    '/runs?quarantined=false',
    '/runs?quarantined=true',
    '/runs?app=APP&state=failed',
    '/runs?viewInstance=INSTANCE&state=failed',
    '/permissions?status=pending',
    '/permissions?app=APP',
    '/view-instances?app=APP',
    '/apps',
    '/sessions',
  ])('lists %s by an index, its cursor too', async (path) => {
    const asked = `/admin/v1${path.replace('APP', app.appId).replace('INSTANCE', instance)}`;
    const list = async (more: string): Promise<string | null> => {
      const separator = asked.includes('?') ? '&' : '?';
      return (await under.admin.ask<{ nextCursor: string | null }>('GET', `${asked}${separator}limit=1${more}`))
        .nextCursor;
    };
    expect(
      await excessive(async () => {
        const cursor = await list('');
        if (cursor !== null) await list(`&cursor=${encodeURIComponent(cursor)}`);
      }),
    ).toEqual([]);
  });

  it.each([
    '',
    '?state=succeeded',
    '?app=APP',
    '?app=APP&state=failed',
    '?viewInstance=INSTANCE',
    '?quarantined=false',
  ])('counts runs%s without reading them', async (filter) => {
    const path = `/admin/v1/runs${filter.replace('APP', app.appId).replace('INSTANCE', instance)}`;
    const queries = await queriesOf(join(dataDir, 'documents.sqlite'), () =>
      under.admin.ask('GET', `${path}${filter === '' ? '?' : '&'}count=true`),
    );
    const counts = queries.filter(({ sql }) => sql.includes('count(*) FROM "view_runs"'));
    expect(counts.map(({ plan }) => plan)).toEqual([[expect.stringContaining('USING COVERING INDEX')]]);
  });

  it('reads only the runs that it removes when an app is deleted', async () => {
    const queries = await excessive(() => under.admin.deleteApp(app.appId));
    expect(queries.filter(({ sql }) => sql.includes('view_runs'))).toEqual([]);
  });
});
