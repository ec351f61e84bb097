import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DistributedKeep } from '../support/distributed-keep.ts';
import { AdminClient, type Run } from '../support/keep-client.ts';
import { permittedInstance, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { ownDatabase } from '../support/keep-shapes.ts';
import { useService } from '../support/services/use-service.ts';

const suite = 'the views die while a caller waits for a run';
const [mongo, redis] = await Promise.all([useService('mongo', suite), useService('redis', suite)]);

const slowView = {
  name: 'Slow',
  runtime: 'javascript',
  permissions: [{ profile: walkProfile, rights: ['read'] as const }],
  files: [
    {
      path: 'main.js',
      content: 'module.exports = () => new Promise((resolve) => setTimeout(resolve, 4000, "late"));',
    },
  ],
};

describe.runIf(mongo && redis)('a caller that waits for a run when the views die', () => {
  let keep: DistributedKeep;
  beforeAll(async () => {
    keep = await DistributedKeep.start({
      engine: 'mongodb',
      mongodbUri: ownDatabase(mongo!.uri),
      redisUrl: `${redis!.uri}/14`,
      env: { RUNTIMES: 'javascript' },
    });
  });
  afterAll(() => keep?.stop());

  it('is answered with the run that it made, which ends all the same', async () => {
    const admin = await AdminClient.signIn(keep.url, 'admin', keep.adminPassword);
    const app = await walkingApp(admin);
    const instance = await permittedInstance(admin, app, slowView);
    const runs = async () => (await app.ask<{ items: Run[] }>('GET', '/app/v1/runs')).items;
    const answer = app.send<Run>('POST', `/app/v1/view-instances/${instance}/runs`, {
      body: {},
      headers: { prefer: 'wait=30' },
    });
    await expect.poll(async () => (await runs()).map(({ state }) => state)).toEqual(['running']);
    const [views] = keep.of('views');
    await views!.end('SIGKILL');
    const { status, body, headers } = await answer;
    expect({ status, state: body.state }).toEqual({ status: 202, state: 'queued' });
    expect(headers.get('location')).toBe(`/app/v1/runs/${body.id}`);
    views!.launch();
    await views!.until('ready');
    await expect
      .poll(async () => (await runs()).map(({ id, state }) => ({ id, state })), { timeout: 90_000 })
      .toEqual([{ id: body.id, state: 'succeeded' }]);
  });
});
