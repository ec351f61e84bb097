import { DATA_STORAGE, type DataStorage, VIEW_MANAGER, type ViewManager } from '@datakeep/contracts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatakeepError } from '@datakeep/kernel';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AdminClient, AppClient } from '../support/keep-client.ts';
import {
  type KeepUnderTest,
  keepUnderTest,
  permittedInstance,
  walk,
  walkingApp,
  walkProfile,
} from '../support/keep-in-process.ts';
import { KeepProcess } from '../support/keep-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

interface Audited {
  readonly details: Readonly<Record<string, unknown>>;
}

const path = (app: AppClient): string => `/admin/v1/apps/${app.appId}`;
const eventsOf = async (admin: AdminClient): Promise<number> =>
  (await admin.ask<{ storage: { events: number } }>('GET', '/admin/v1/system')).storage.events;
const deletionOf = async (admin: AdminClient): Promise<Audited['details'] | undefined> =>
  (await admin.ask<{ items: readonly Audited[] }>('GET', '/admin/v1/audit?action=app.deleted')).items[0]?.details;

describe('deleting an app with its events', () => {
  let under: KeepUnderTest;
  beforeAll(async () => {
    under = await keepUnderTest();
    // The profile is there whichever of the others goes.
    await walkingApp(under.admin, 'Keeper');
  });
  afterAll(() => under.stop());

  const walker = async (): Promise<AppClient> => {
    const app = await under.admin.connectApp('Walks');
    await under.admin.grant(app, walkProfile, ['create', 'read']);
    await app.sendEvents(Array.from({ length: 30 }, (_, metres) => walk(metres)));
    return app;
  };

  it.each([
    [
      'the storage',
      (keep: KeepUnderTest['keep']) => vi.spyOn(keep.app.get<DataStorage>(DATA_STORAGE), 'removeBySource'),
      'storage-unreachable',
    ],
    [
      'the view manager',
      (keep: KeepUnderTest['keep']) => vi.spyOn(keep.app.get<ViewManager>(VIEW_MANAGER), 'deleteInstancesOfApp'),
      'view-manager-unreachable',
    ],
  ] as const)('where %s is away, ends with the repeat, and never leaves events behind', async (_what, spyOn, code) => {
    const { admin, keep } = under;
    const app = await walker();
    const instance = await permittedInstance(admin, app);
    const away = spyOn(keep).mockRejectedValueOnce(new DatakeepError(code, 'It is out of reach. Nothing was done.'));
    const first = await admin.send<{ detail: string }>('DELETE', `${path(app)}?events=delete`);
    expect(first).toMatchObject({ status: 503, body: { code } });
    expect((await app.send('GET', '/app/v1/me')).status).toBe(401);
    expect(await admin.ask('GET', path(app))).toMatchObject({ state: 'deleting' });
    expect((await admin.send('POST', `${path(app)}/association-tokens`)).status).toBe(404);

    // Also where the repeat does not say it: a deletion that was begun with the events continues with them.
    expect((await admin.send('DELETE', path(app))).status).toBe(204);
    away.mockRestore();
    expect((await admin.send('GET', path(app))).status).toBe(404);
    expect((await admin.send('DELETE', path(app))).status).toBe(404);
    expect((await admin.send('GET', `/admin/v1/view-instances/${instance}`)).status).toBe(404);
    expect(await eventsOf(admin)).toBe(0);
    expect(await deletionOf(admin)).toEqual({
      name: 'Walks',
      events: 'deleted',
      eventsDeleted: 30,
      profilesDeleted: 0,
    });
    expect(first.body.detail).toMatch(/^It is out of reach\. The app's tokens have stopped/);
  });

  it('takes the events with it also where they were to stay at first', async () => {
    const { admin, keep } = under;
    const app = await walker();
    const away = vi
      .spyOn(keep.app.get<ViewManager>(VIEW_MANAGER), 'deleteInstancesOfApp')
      .mockRejectedValueOnce(new DatakeepError('view-manager-unreachable'));
    expect((await admin.send('DELETE', path(app))).status).toBe(503);
    expect((await admin.send('DELETE', `${path(app)}?events=delete`)).status).toBe(204);
    away.mockRestore();
    expect(await eventsOf(admin)).toBe(0);
  });

  it('tells that they stay where that was not asked', async () => {
    const { admin } = under;
    const app = await walker();
    expect((await admin.send('DELETE', path(app))).status).toBe(204);
    expect(await eventsOf(admin)).toBe(30);
    expect(await deletionOf(admin)).toEqual({ name: 'Walks', events: 'kept', profilesDeleted: 0 });
  });
});

describe('a deletion that a shutdown meets', () => {
  it('is not waited for, and ends after the next start', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'datakeep-removal-'));
    const first = await keepUnderTest({ dataDir });
    const app = await walkingApp(first.admin);
    await app.sendEvents([walk(1)]);
    const goesOn = vi
      .spyOn(first.keep.app.get<DataStorage>(DATA_STORAGE), 'removeBySource')
      .mockReturnValue(new Promise(() => {}));
    const answer = first.admin.send('DELETE', `${path(app)}?events=delete`);
    await vi.waitFor(() => expect(goesOn).toHaveBeenCalled(), { timeout: 10_000 });
    await first.stop();
    expect(await answer).toMatchObject({ status: 503, body: { code: 'not-ready' } });

    const again = await keepUnderTest({ dataDir });
    await vi.waitFor(async () => expect((await again.admin.send('GET', path(app))).status).toBe(404));
    expect(await eventsOf(again.admin)).toBe(0);
    await again.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
});

describe('a deletion that the process did not survive', () => {
  it('ends after the next start, without being asked for again', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'datakeep-removal-'));
    const env = { ADMIN_PASSWORD: 'a password for tests only' };
    const keep = await KeepProcess.start({ dataDir, env });
    const admin = await AdminClient.signIn(keep.url, 'admin', env.ADMIN_PASSWORD);
    const app = await walkingApp(admin);
    for (let batch = 0; batch < 30; batch += 1)
      await app.sendEvents(
        Array.from({ length: 1000 }, (_, metres) => walk(metres)),
        true,
      );
    const answer = admin.send('DELETE', `${path(app)}?events=delete`).catch(() => 'cut off');
    await vi.waitFor(
      async () => expect((await admin.send<{ state?: string }>('GET', path(app))).body.state).not.toBe('associated'),
      { interval: 5 },
    );
    await keep.kill();
    expect(await answer).toBe('cut off');

    const again = await KeepProcess.start({ dataDir, env });
    const owner = await AdminClient.signIn(again.url, 'admin', env.ADMIN_PASSWORD);
    await vi.waitFor(async () => expect((await owner.send('GET', path(app))).status).toBe(404));
    expect(await eventsOf(owner)).toBe(0);
    expect(await deletionOf(owner)).toMatchObject({ name: 'Walks', events: 'deleted' });
    await again.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
});

const shapes = await keepShapes('deleting apps');

describe.for(shapes.filter(({ name, available }) => available && name.endsWith('two of each')))(
  'deleting an app: $name',
  ({ start }) => {
    let under: KeepInShape;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.stop());

    it('leaves nothing of it, not even what another gateway let in meanwhile', async () => {
      const { admin } = under;
      await walkingApp(admin, 'Keeper');
      const app = await admin.connectApp('Walks');
      await admin.grant(app, walkProfile, ['create', 'read']);
      const elsewhere = new AppClient(under.urls.at(-1)!, app.token!, app.appId);
      await elsewhere.sendEvents([walk(1)]);
      const deleted = admin.send('DELETE', `${path(app)}?events=delete`);
      // Its token works there until that gateway has seen the deletion, at most a second.
      await vi.waitFor(() => expect(elsewhere.sendEvents([walk(1)])).rejects.toMatchObject({ status: 401 }), {
        interval: 1,
      });
      expect((await deleted).status).toBe(204);
      expect(await eventsOf(admin)).toBe(0);
      expect(await deletionOf(admin)).toMatchObject({ events: 'deleted' });
    });
  },
);
