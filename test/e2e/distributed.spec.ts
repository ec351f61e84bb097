import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Config, createLogger, defaultAppLimits, readConfig, SystemClock } from '@datakeep/kernel';
import { startExecutors } from '../../apps/executors/src/bootstrap.ts';
import { startGatewayProcess } from '../../apps/gateway/src/start-process.ts';
import { startStorage } from '../../apps/storage/src/bootstrap.ts';
import { startViews } from '../../apps/views/src/bootstrap.ts';
import { AppClient } from '../support/keep-client.ts';
import { permittedInstance, sumView, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

const shapes = (await keepShapes('a keep of several processes')).filter(
  ({ name, available }) => available && name.endsWith('two of each'),
);

const endless = {
  name: 'Endless',
  runtime: 'javascript',
  permissions: [],
  limits: { wallTimeMs: 30_000 },
  files: [
    {
      path: 'main.js',
      content:
        "module.exports = () => { console.log('begun'); return new Promise(() => setInterval(() => {}, 1000)); };",
    },
  ],
};

const countInPython = {
  name: 'Walks counted in Python',
  runtime: 'python',
  permissions: [{ profile: walkProfile, rights: ['read'] as const }],
  files: [
    {
      path: 'main.py',
      content: `def main(parameters, keep):\n    return len(keep.events.query({'profile': '${walkProfile}'})['items'])`,
    },
  ],
};

describe.for(shapes)('a keep of two gateways, storages, view managers and executors: $name', ({ start }) => {
  let under: KeepInShape;
  let app: AppClient;

  beforeAll(async () => {
    under = await start({ appLimits: { ...defaultAppLimits, queuedRuns: 100 } }, 'deployed');
    app = await walkingApp(under.admin);
  });
  afterAll(() => under.stop());

  it('answers at the other gateway what was stored at the one', async () => {
    await app.sendEvents([walk(12)]);
    const there = new AppClient(under.urls[1]!, app.token!, app.appId);
    expect((await there.query({ profile: walkProfile })).items).toMatchObject([{ payload: { distance: 12 } }]);
  });

  it('takes in, runs and gives back a view in Python', async () => {
    const instance = await permittedInstance(under.admin, app, countInPython);
    const run = await app.run(instance);
    expect(run).toMatchObject({ state: 'succeeded', isolation: { level: 'os' } });
    expect(run.result).toBeGreaterThan(0);
    const { items } = await under.admin.ask<{ items: { id: string; name: string }[] }>(
      'GET',
      '/admin/v1/view-templates',
    );
    const { id } = items.find(({ name }) => name === countInPython.name)!;
    expect(await under.admin.ask('GET', `/admin/v1/view-templates/${id}`)).toMatchObject({
      runtime: 'python',
      files: countInPython.files,
    });
    expect(await under.admin.ask('GET', '/admin/v1/runtimes')).toMatchObject({
      items: [{ name: 'javascript' }, { name: 'python', healthy: true }],
    });
  });

  it('kills a run that is cancelled, wherever it runs, and keeps what it logged', async () => {
    const instance = await permittedInstance(under.admin, app, endless);
    // A run counts as running from when its worker takes it: its code may begin a moment later, so this is repeated
    // until it had begun.
    const cancelled = async (): Promise<unknown> => {
      const { id } = await app.ask<{ id: string }>('POST', `/app/v1/view-instances/${instance}/runs`);
      const run = () => app.ask<{ state: string }>('GET', `/app/v1/runs/${id}`);
      await vi.waitFor(async () => expect((await run()).state).toBe('running'));
      await app.ask('POST', `/app/v1/runs/${id}/cancel`);
      await vi.waitFor(async () => expect((await run()).state).toBe('cancelled'));
      return run();
    };
    await vi.waitFor(
      async () =>
        expect(await cancelled()).toMatchObject({ error: { code: 'view-cancelled' }, logs: [{ text: 'begun' }] }),
      20_000,
    );
  });

  it('shares 40 runs between its executors, and each ends once', async () => {
    const instance = await permittedInstance(under.admin, app, { ...sumView, name: 'Shared' });
    const ends = await Promise.all(Array.from({ length: 40 }, () => app.run(instance)));
    for (const run of ends) expect(run).toMatchObject({ state: 'succeeded', attempts: 1, result: { metres: 12 } });
    const { items } = await under.admin.ask<{ items: { actor: { id: string } }[] }>(
      'GET',
      '/admin/v1/audit?action=run.finished&limit=1000',
    );
    const finished = items.map(({ actor }) => actor.id);
    expect(finished).toHaveLength(new Set(finished).size);
  });
});

describe('a process that shares its work', () => {
  const logger = createLogger('silent');
  const clock = new SystemClock();
  const all = {
    mongodbUri: 'mongodb://127.0.0.1:9',
    redisUrl: 'redis://127.0.0.1:9',
    signingKey: 'k'.repeat(43),
    serviceSecret: 's'.repeat(40),
  };

  it.each([
    ['storage', 'SERVICE_SECRET', 'serviceSecret', startStorage],
    ['views', 'MONGODB_URI', 'mongodbUri', startViews],
    ['views', 'REDIS_URL', 'redisUrl', startViews],
    ['views', 'SIGNING_KEY', 'signingKey', startViews],
    ['views', 'SERVICE_SECRET', 'serviceSecret', startViews],
    ['executors', 'MONGODB_URI', 'mongodbUri', startExecutors],
    ['executors', 'REDIS_URL', 'redisUrl', startExecutors],
    ['executors', 'SERVICE_SECRET', 'serviceSecret', startExecutors],
    ['the gateway', 'MONGODB_URI', 'mongodbUri', startGatewayProcess],
    ['the gateway', 'SIGNING_KEY', 'signingKey', startGatewayProcess],
    ['the gateway', 'SERVICE_SECRET', 'serviceSecret', startGatewayProcess],
  ] as const)('%s does not start without %s, and says so', async (name, variable, missing, start) => {
    const config: Config = { ...readConfig({}), ...all, [missing]: undefined };
    await expect(start({ config, logger, clock })).rejects.toThrow(`${variable} is not set: ${name} shares it`);
  });
});
