import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuntimeReport } from '@datakeep/contracts';
import { AppClient } from '../support/keep-client.ts';
import { permittedInstance, walk, walkingApp, walkProfile, sumView } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

const shapes = await keepShapes("the whole path from an app to a view's answer", 'mixes');

describe.for(shapes.filter(({ available }) => available))(
  "the whole path from an app to a view's answer: $name",
  ({ start, storageEngine }) => {
    let under: KeepInShape;
    let app: AppClient;

    beforeAll(async () => {
      under = await start({}, 'deployed');
      app = await walkingApp(under.admin);
    });
    afterAll(() => under.stop());

    it('tells an app who it is and what it may do', async () => {
      const me = await app.ask<{ appId: string; name: string; permissions: { status: string }[] }>('GET', '/app/v1/me');
      expect(me).toMatchObject({ appId: app.appId, name: 'Walks', viewInstances: [] });
      expect(me.permissions).toMatchObject([{ status: 'approved', granted: ['read', 'create', 'modify', 'delete'] }]);
    });

    it('stores events, reads them back with equal values, and pages through them', async () => {
      const answer = await app.sendEvents([
        walk(1000, { createdDate: '2026-03-01T10:00:00+02:00', identifier: 'first' }),
        walk(2500.5, { createdDate: '2026-03-02T08:00:00Z' }),
        walk(40, { createdDate: '2026-03-03T08:00:00.123Z' }),
      ]);
      expect(answer).toMatchObject({ accepted: 3, duplicates: 0 });

      const first = await app.query(
        { profile: walkProfile, sort: [{ field: 'payload.distance', direction: 'ascending' }], limit: 2 },
        true,
      );
      expect(first.items.map(({ payload }) => payload)).toEqual([
        { activity: 'walking', distance: 40 },
        { activity: 'walking', distance: 1000 },
      ]);
      expect(first.count).toBe(3);
      expect(first.items[1]?.metadata).toMatchObject({
        profile: walkProfile,
        source: app.appId,
        identifier: 'first',
        createdDate: '2026-03-01T08:00:00.000Z',
        version: 1,
      });
      const second = await app.query({
        profile: walkProfile,
        sort: [{ field: 'payload.distance', direction: 'ascending' }],
        limit: 2,
        cursor: first.nextCursor,
      });
      expect(second.items.map(({ payload }) => payload)).toEqual([{ activity: 'walking', distance: 2500.5 }]);
      expect(second.nextCursor).toBeNull();
    });

    it('answers a repeated request with the same ids as duplicates', async () => {
      const event = walk(1000, { createdDate: '2026-03-01T08:00:00.000Z', identifier: 'first' });
      const again = await app.send<{ accepted: number; duplicates: number }>('POST', '/app/v1/events', {
        body: { events: [event] },
      });
      expect(again).toMatchObject({ status: 200, body: { accepted: 0, duplicates: 1 } });
    });

    it('sends an event to nobody who has its version', async () => {
      const { events } = await app.sendEvents([walk(7)]);
      const { id } = events![0]!;
      const asked = (path: string, tags: string, client: { send: AppClient['send'] } = app) =>
        client.send('GET', path, { headers: { 'if-none-match': tags } });
      const path = `/app/v1/events/${id}`;
      for (const tags of ['"1"', 'W/"1"', '"0", "1"', '*'])
        expect(await asked(path, tags)).toMatchObject({ status: 304, body: '' });
      expect((await asked(path, '"1"')).headers.get('etag')).toBe('"1"');
      for (const tags of ['"2"', '1', '']) expect((await asked(path, tags)).status).toBe(200);
      expect((await asked(`/admin/v1/events/${id}`, '"1"', under.admin)).status).toBe(304);
      const put = {
        body: { payload: { activity: 'running', distance: 8 } },
        headers: { 'if-match': '*', 'if-none-match': '"2"' },
      };
      expect((await app.send('PUT', path, put)).status).toBe(200);
      await app.ask('DELETE', path);
    });

    it('modifies an event only as the version that was read, and deletes it', async () => {
      const { events } = await app.sendEvents([walk(7)]);
      const path = `/app/v1/events/${events![0]!.id}`;
      const read = await app.send('GET', path);
      expect(read.headers.get('etag')).toBe('"1"');
      const changed = await app.send('PUT', path, {
        body: { payload: { activity: 'running', distance: 8 } },
        headers: { 'if-match': '"1"' },
      });
      expect(changed).toMatchObject({
        status: 200,
        body: { metadata: { version: 2 }, payload: { activity: 'running', distance: 8 } },
      });
      expect(
        (
          await app.send('PUT', path, {
            body: { payload: { activity: 'running', distance: 9 } },
            headers: { 'if-match': '"1"' },
          })
        ).status,
      ).toBe(412);
      expect((await app.send('PUT', path, { body: { payload: { activity: 'running', distance: 9 } } })).status).toBe(
        428,
      );
      expect((await app.send('DELETE', path)).status).toBe(204);
      expect((await app.send('GET', path)).status).toBe(404);
    });

    it('gives an app an answer from a view without giving it the data', async () => {
      const stranger = await under.admin.connectApp('Statistics');
      const instance = await permittedInstance(under.admin, stranger);
      const run = await stranger.run(instance, { label: 'spring' });
      expect(run).toMatchObject({
        state: 'succeeded',
        attempts: 1,
        result: { metres: 3540.5, configuration: { unit: 'm' }, clientCustomData: { label: 'spring' } },
        logs: [{ level: 'info', text: 'events 3' }],
        isolation: { level: 'os' },
      });
      expect(run.startedAt! <= run.finishedAt!).toBe(true);
      expect((await stranger.send('POST', '/app/v1/events/query', { body: { profile: walkProfile } })).status).toBe(
        403,
      );
      expect(await stranger.ask('GET', `/app/v1/runs/${run.id}`)).toEqual(run);
      const listed = await under.admin.ask<{ items: { id: string }[] }>(
        'GET',
        `/admin/v1/runs?viewInstance=${instance}&state=succeeded`,
      );
      expect(listed.items.map(({ id }) => id)).toEqual([run.id]);
    });

    it('queues a run without making the caller wait', async () => {
      const instance = await permittedInstance(under.admin, app, { ...sumView, name: 'Later' });
      const answer = await app.send<{ id: string; state: string }>('POST', `/app/v1/view-instances/${instance}/runs`);
      expect(answer.status).toBe(202);
      expect(answer.headers.get('location')).toBe(`/app/v1/runs/${answer.body.id}`);
      await expect
        .poll(async () => (await app.ask<{ state: string }>('GET', `/app/v1/runs/${answer.body.id}`)).state)
        .toBe('succeeded');
    });

    it("lets a view write with its instance's rights, as the app's events", async () => {
      const writer = {
        name: 'Doubler',
        runtime: 'javascript',
        permissions: [{ profile: walkProfile, rights: ['read', 'create', 'modify', 'delete'] as const }],
        files: [
          {
            path: 'main.mjs',
            content: `export default async (parameters, keep) => {
            const made = await keep.events.create([{ metadata: { profile: '${walkProfile}' },
              payload: { activity: 'view', distance: 1 } }]);
            const { id } = made.events[0];
            const changed = await keep.events.modify(id, { activity: 'view', distance: 2 }, 1);
            await keep.events.delete(id);
            const left = await keep.events.query({ profile: '${walkProfile}', filter: { 'payload.activity': 'view' } });
            return { ...changed.metadata, left: left.items.length };
          };`,
          },
        ],
      };
      const instance = await permittedInstance(under.admin, app, writer);
      expect(await app.run(instance)).toMatchObject({
        state: 'succeeded',
        result: { source: app.appId, version: 2, modifiedBy: app.appId, left: 0 },
      });
    });

    it('lets a view aggregate, and learn by its code why it may not', async () => {
      const view = {
        name: 'By activity',
        runtime: 'javascript',
        permissions: [{ profile: walkProfile, rights: ['read'] as const }],
        files: [
          {
            path: 'main.mjs',
            content: `export default async (parameters, keep) => {
            const asked = { profile: '${walkProfile}', groupBy: [{ field: 'payload.activity' }],
              measures: { walks: { op: 'count' }, metres: { op: 'sum', field: 'payload.distance' } } };
            const { groups, truncated } = await keep.events.aggregate(asked);
            const code = await keep.events.aggregate({ ...asked, limit: 0 }).catch((error) => error.code);
            return { groups, truncated, code };
          };`,
          },
        ],
      };
      const instance = await permittedInstance(under.admin, app, view);
      const asked = {
        profile: walkProfile,
        groupBy: [{ field: 'payload.activity' }],
        measures: { walks: { op: 'count' }, metres: { op: 'sum', field: 'payload.distance' } },
      };
      const answer = await app.ask<{ groups: unknown[]; truncated: boolean }>('POST', '/app/v1/events/aggregate', {
        body: asked,
      });
      expect(answer.groups.length).toBeGreaterThan(0);
      expect(await app.run(instance)).toMatchObject({ state: 'succeeded', result: { ...answer, code: 'invalid' } });
      expect(await under.admin.ask('POST', '/admin/v1/events/aggregate', { body: asked })).toEqual(answer);
    });

    it('writes down what the admin, the apps and the runs did', async () => {
      const { items } = await under.admin.ask<{ items: { action: string }[] }>('GET', '/admin/v1/audit?limit=1000');
      const actions = new Set(items.map(({ action }) => action));
      for (const action of [
        'app.created',
        'association.used',
        'permission.approved',
        'view-template.created',
        'run.finished',
      ])
        expect(actions).toContain(action);
    });

    it('tells the admin about the system and the isolation of view code', async () => {
      expect(await under.admin.ask('GET', '/admin/v1/system')).toMatchObject({
        node: process.version,
        disk: { freeBytes: expect.any(Number) as number, totalBytes: expect.any(Number) as number },
        storage: { engine: storageEngine },
      });
      const runtimes = await under.admin.ask<{ items: RuntimeReport[] }>('GET', '/admin/v1/runtimes');
      expect(runtimes.items).toMatchObject([
        { name: 'javascript', healthy: true, isolation: { level: 'os' }, selfTest: { passed: true } },
        { name: 'python', healthy: true, isolation: { level: 'os' }, selfTest: { passed: true } },
      ]);
    });

    it('keeps everything over a restart', async () => {
      const before = await app.query({ profile: walkProfile }, true);
      await under.restart();
      const same = new AppClient(under.url, app.token!, app.appId);
      expect(await same.query({ profile: walkProfile }, true)).toMatchObject({
        items: before.items,
        count: before.count!,
      });
    });
  },
);
