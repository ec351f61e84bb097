import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppClient } from '../support/keep-client.ts';
import { walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

interface DryRun {
  readonly state: string;
  readonly result?: unknown;
  readonly error?: { readonly code: string };
  readonly logs: readonly { readonly text: string }[];
  readonly usage: { readonly eventsRead: number };
  readonly isolation: { readonly level: string };
  readonly reads: readonly {
    readonly method: string;
    readonly profile?: string;
    readonly calls: number;
    readonly items: number;
    readonly refused: number;
  }[];
  readonly sourceDigest: string;
}

const trial = (content: string, more: object = {}): object => ({
  name: 'Trial',
  runtime: 'javascript',
  permissions: [{ profile: walkProfile, rights: ['read', 'create', 'modify', 'delete'] }],
  files: [{ path: 'main.js', content }],
  ...more,
});

const sum = `module.exports = async ({ configuration, clientCustomData }, keep) => {
  const { items } = await keep.events.query({ profile: '${walkProfile}', limit: 1000 });
  console.log('seen', items.length);
  return { metres: items.reduce((all, { payload }) => all + payload.distance, 0), configuration, clientCustomData };
};`;

const shapes = (await keepShapes('dry run')).filter(
  ({ name }) => name === 'standalone' || name.endsWith(', two of each'),
);

describe.each(shapes)('a dry run, $name', (shape) => {
  describe.runIf(shape.available)('of source that is not registered', () => {
    let under: KeepInShape;
    let app: AppClient;
    let other: AppClient;
    const dryRun = (body: object): Promise<DryRun> =>
      under.admin.ask<DryRun>('POST', '/admin/v1/view-templates/dry-run', { body });

    beforeAll(async () => {
      under = await shape.start();
      app = await walkingApp(under.admin, 'Walks');
      other = await walkingApp(under.admin, 'Other walks');
      await app.sendEvents([walk(100), walk(20)]);
      await other.sendEvents([walk(3)]);
    });
    afterAll(() => under.stop());

    it('answers with what it returned, printed, used and read, on the events of all apps', async () => {
      const run = await dryRun(trial(sum, { configuration: { unit: 'm' }, clientCustomData: [1] }));
      expect(run).toMatchObject({
        state: 'succeeded',
        result: { metres: 123, configuration: { unit: 'm' }, clientCustomData: [1] },
        logs: [{ text: 'seen 3' }],
        usage: { eventsRead: 3 },
        isolation: { level: expect.any(String) as string },
        reads: [{ method: 'events.query', profile: walkProfile, calls: 1, items: 3, refused: 0 }],
      });
      expect(run).not.toHaveProperty('viewInstanceId');
    });

    it('sees the events of the chosen app alone', async () => {
      expect(await dryRun(trial(sum, { appId: other.appId }))).toMatchObject({
        result: { metres: 3 },
        usage: { eventsRead: 1 },
      });
    });

    it('has every write refused, though the template asks for it, and tells that it tried', async () => {
      const { items } = await app.query<{ distance: number }>({ profile: walkProfile });
      const run = await dryRun(
        trial(`module.exports = async (parameters, keep) => {
          const codes = [];
          for (const act of [
            () => keep.events.create([{ metadata: { profile: '${walkProfile}' },
              payload: { activity: 'walking', distance: 1 } }]),
            () => keep.events.modify('${items[0]!.id}', { activity: 'walking', distance: 1 }),
            () => keep.events.delete('${items[0]!.id}'),
          ]) try { await act(); codes.push('done'); } catch (error) { codes.push(error.code); }
          return codes;
        };`),
      );
      expect(run).toMatchObject({ state: 'succeeded', result: ['forbidden', 'forbidden', 'forbidden'] });
      expect(run.reads.map(({ method, refused }) => `${method} ${refused}`).toSorted()).toEqual([
        'events.create 1',
        'events.delete 1',
        'events.modify 1',
      ]);
      expect((await app.query({ profile: walkProfile })).items).toEqual(items);
    });

    // Where the gateway takes a free port, the other processes cannot know the public URL.
    it.runIf(shape.name === 'standalone')('is held to the same by its tokens over HTTP', async () => {
      const content = `module.exports = async ({ accessTokensToProfiles, dataEndpoint }) => {
        const ask = async (path, body) => {
          const response = await fetch(dataEndpoint + '/app/v1/events' + path, {
            method: 'POST',
            headers: { authorization: 'Bearer ' + accessTokensToProfiles['${walkProfile}'],
              'content-type': 'application/json' },
            body: JSON.stringify(body),
          });
          return { status: response.status, body: await response.json() };
        };
        const read = await ask('/query', { profile: '${walkProfile}' });
        const written = await ask('', { events: [{ metadata: { profile: '${walkProfile}' },
          payload: { activity: 'walking', distance: 1 } }] });
        return { distances: read.body.items.map(({ payload }) => payload.distance), status: written.status };
      };`;
      expect(await dryRun(trial(content, { appId: other.appId }))).toMatchObject({
        state: 'succeeded',
        result: { distances: [3], status: 403 },
      });
    });

    it('tells what the code did wrong', async () => {
      expect(await dryRun(trial("module.exports = () => { throw new Error('no'); };"))).toMatchObject({
        state: 'failed',
        error: { code: 'view-threw', message: expect.stringContaining('no') as string, file: 'main.js', line: 1 },
      });
      expect(
        await dryRun(trial('module.exports = () => { for (;;); };', { limits: { wallTimeMs: 300 } })),
      ).toMatchObject({
        state: 'timed-out',
        error: { code: 'view-timed-out' },
      });
    });

    it('refuses what could not be registered, and an app that is not there', async () => {
      const refusal = await under.admin.send<{ errors: { pointer: string }[] }>(
        'POST',
        '/admin/v1/view-templates/dry-run',
        {
          body: trial('module.exports = (', {}),
        },
      );
      expect(refusal.status).toBe(422);
      expect(refusal.body.errors[0]!.pointer).toMatch(/^\/files\/0/);
      const unknown = await under.admin.send('POST', '/admin/v1/view-templates/dry-run', {
        body: trial(sum, { appId: 'f'.repeat(24) }),
      });
      expect([unknown.status, unknown.body]).toMatchObject([
        422,
        { errors: [{ pointer: '/appId', code: 'unknown-app' }] },
      ]);
    });

    it('leaves no template, no run and no event behind, but an entry in the audit', async () => {
      for (const path of ['view-templates', 'view-instances', 'runs'])
        expect(await under.admin.ask('GET', `/admin/v1/${path}?count=true`)).toMatchObject({ items: [], count: 0 });
      const { items } = await under.admin.ask<{ items: { subject: { id: string }; details: object }[] }>(
        'GET',
        '/admin/v1/audit?action=view-template.dry-run',
      );
      expect(items.at(-1)).toMatchObject({
        actor: { kind: 'admin' },
        details: { name: 'Trial', runtime: 'javascript', state: 'succeeded' },
      });
      expect((await under.admin.send('GET', `/admin/v1/runs/${items[0]!.subject.id}`)).status).toBe(404);
    });

    it('takes the same as multipart', async () => {
      const form = new FormData();
      form.set('name', 'Trial');
      form.set('runtime', 'javascript');
      form.set('permissions', JSON.stringify([{ profile: walkProfile, rights: ['read'] }]));
      form.set('configuration', '{"unit":"m"}');
      form.set('appId', app.appId);
      form.append('files', new Blob([sum]), 'main.js');
      const response = await fetch(`${under.url}/admin/v1/view-templates/dry-run`, {
        method: 'POST',
        headers: { authorization: `Bearer ${under.admin.token}` },
        body: form,
      });
      expect([response.status, await response.json()]).toMatchObject([
        200,
        { result: { metres: 120, configuration: { unit: 'm' } } },
      ]);
    });
  });
});
