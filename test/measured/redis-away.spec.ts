import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DistributedKeep } from '../support/distributed-keep.ts';
import { AdminClient, type Run } from '../support/keep-client.ts';
import { permittedInstance, sumView, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { KeepProcess } from '../support/keep-process.ts';
import { ownDatabase } from '../support/keep-shapes.ts';
import { startRedis } from '../support/services/redis.ts';
import type { Service } from '../support/services/service-process.ts';
import { useService } from '../support/services/use-service.ts';
import { byCode, Load, nothingLost, print } from '../faults/load.ts';

const suite = 'a keep whose Redis is away';
const [mongo, redis] = await Promise.all([useService('mongo', suite), useService('redis', suite)]);

/** How long Redis is away under load, ms. */
const awayMs = 15_000;

describe.runIf(mongo && redis)('a keep of four processes whose Redis is away', () => {
  let queueServer: Service;
  let keep: DistributedKeep;
  let admin: AdminClient;

  beforeAll(async () => {
    queueServer = await startRedis();
    await queueServer.kill();
    keep = await DistributedKeep.start({
      engine: 'sqlite',
      mongodbUri: ownDatabase(mongo!.uri),
      redisUrl: queueServer.uri,
      env: { MAX_QUEUED_RUNS: '10000', APP_LIMITS: 'queued-runs=10000' },
      until: 'live',
    });
    admin = await AdminClient.signIn(keep.url, 'admin', keep.adminPassword);
  });
  afterAll(async () => {
    await keep?.stop();
    await queueServer?.stop();
  });

  it('starts, takes and gives events, refuses runs, says why, and runs them once Redis is there', async () => {
    const [views] = keep.of('views');
    expect((await (await fetch(`${views!.url}/health/ready`)).json()) as unknown).toEqual({
      status: 'down',
      waitingFor: ['queue'],
    });
    const app = await walkingApp(admin);
    const instance = await permittedInstance(admin, app, sumView);
    await app.sendEvents([walk(3)]);
    expect((await app.query({ profile: walkProfile })).items).toHaveLength(1);
    const refused = await app.send('POST', `/app/v1/view-instances/${instance}/runs`, { body: {} });
    expect(refused).toMatchObject({ status: 503, body: { code: 'run-queue-unreachable' } });
    expect(refused.headers.get('retry-after')).toBe('5');
    await queueServer.restart();
    const backAt = performance.now();
    for (const service of keep.all) await service.until('ready');
    const readyMs = Math.round(performance.now() - backAt);
    const run: Run = await app.run(instance);
    expect(run).toMatchObject({ state: 'succeeded', result: { metres: 3 } });
    print('Redis away at the start', { readyMs });
  });

  it(
    'goes on with events and queries while it is away under load, and ends every run',
    { timeout: 200_000 },
    async () => {
      const load = await Load.start(admin, 'Redis away', 60);
      await vi.waitFor(() => expect(load.asked.size).toBeGreaterThan(10));
      await queueServer.kill();
      const before = load.acknowledged.size;
      await delay(awayMs);
      const meanwhile = load.acknowledged.size - before;
      await queueServer.restart();
      const backAt = performance.now();
      for (const service of keep.all) await service.until('ready');
      const readyMs = Math.round(performance.now() - backAt);
      await load.stop();
      const account = await load.settle();
      const slowest = Math.round(Math.max(...load.latencies));
      print(`Redis away for ${awayMs} ms under load`, {
        ...account,
        readyMs,
        meanwhile,
        slowestMs: slowest,
        refused: byCode(load.refusals),
      });
      expect(account).toMatchObject(nothingLost);
      expect(load.refusals.filter(({ what, code }) => what !== 'run' || code !== 'run-queue-unreachable')).toEqual([]);
      expect(load.refusals.length).toBeGreaterThan(0);
      expect(meanwhile).toBeGreaterThan(100);
      // No event and no query waited for Redis.
      expect(slowest).toBeLessThan(awayMs * 0.8);
    },
  );
});

describe.runIf(redis)('a keep of one process whose Redis is away', () => {
  it('starts and serves events, and refuses runs until Redis is there', async () => {
    const queueServer = await startRedis();
    await queueServer.kill();
    const keep = await KeepProcess.start({ env: { REDIS_URL: queueServer.uri } });
    const admin = await AdminClient.signIn(keep.url, keep.adminName, keep.adminPassword);
    const app = await walkingApp(admin);
    const instance = await permittedInstance(admin, app, sumView);
    await app.sendEvents([walk(4)]);
    await expect(app.run(instance)).rejects.toMatchObject({ status: 503, code: 'run-queue-unreachable' });
    await queueServer.restart();
    await vi.waitFor(async () =>
      expect(await app.run(instance)).toMatchObject({ state: 'succeeded', result: { metres: 4 } }),
    );
    await keep.dispose();
    await queueServer.stop();
  });
});
