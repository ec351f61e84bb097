import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DistributedKeep, type ServiceName } from '../support/distributed-keep.ts';
import { AdminClient } from '../support/keep-client.ts';
import { ownDatabase } from '../support/keep-shapes.ts';
import { startMongoStandIn } from '../support/services/mongo-stand-in.ts';
import { isAlive } from '../support/process-family.ts';
import { startRedis } from '../support/services/redis.ts';
import type { Service } from '../support/services/service-process.ts';
import { useService } from '../support/services/use-service.ts';
import { thorough } from '../support/thorough.ts';
import { byCode, Load, nothingLost, print } from './load.ts';

const suite = 'kill -9 of any process under load';
const [mongo, redis] = await Promise.all([useService('mongo', suite), useService('redis', suite)]);

const runsPerFault = 100;
const kills = thorough(2, 3);
/** Some seconds on a machine that does nothing else. */
const readyWithinMs = 90_000;

/** What can be killed and comes back as a supervisor would bring it back: at once. */
interface Victim {
  kill(): Promise<unknown>;
  restart(): Promise<void>;
}

describe.runIf(mongo && redis).each([
  { engine: 'mongodb' as const, victims: ['gateway', 'storage', 'views', 'executors', 'Redis', 'MongoDB'] as const },
  { engine: 'sqlite' as const, victims: ['storage'] as const },
])('a keep of four processes with its events in $engine', ({ engine, victims }) => {
  let mongoServer: Service;
  let queueServer: Service;
  let keep: DistributedKeep;
  let admin: AdminClient;
  const loads: { name: string; load: Load; readyMs: readonly number[] }[] = [];

  beforeAll(async () => {
    [mongoServer, queueServer] = await Promise.all([startMongoStandIn(), startRedis()]);
    keep = await DistributedKeep.start({
      engine,
      mongodbUri: ownDatabase(mongoServer.uri),
      redisUrl: queueServer.uri,
      // A slow stand-in must not look like a keep that does not answer: queries get time. One runtime, since each
      // proves its isolation at every start.
      env: {
        MAX_QUEUED_RUNS: '10000',
        APP_LIMITS: 'queued-runs=10000',
        VIEW_PROCESSES: '2',
        RUNTIMES: 'javascript',
        QUERY_TIMEOUT_MS: '60000',
      },
    });
    admin = await AdminClient.signIn(keep.url, 'admin', keep.adminPassword);
  });
  afterAll(async () => {
    await keep?.stop();
    await Promise.all([mongoServer?.stop(), queueServer?.stop()]);
  });

  const victimOf = (name: ServiceName | 'Redis' | 'MongoDB'): Victim => {
    if (name === 'Redis') return queueServer;
    if (name === 'MongoDB') return mongoServer;
    const [service] = keep.of(name);
    return { kill: () => service!.end('SIGKILL'), restart: async () => service!.launch() };
  };
  const allReady = async (): Promise<void> => {
    for (const service of keep.all) await service.until('ready');
  };

  it.each(victims)('is ready again soon when %s is killed again and again under load', async (name) => {
    const load = await Load.start(admin, `${name} on ${engine}`, runsPerFault);
    const readyMs: number[] = [];
    const orphans: number[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      await load.more(20 + Math.random() * 100);
      const victim = victimOf(name);
      const children = name === 'executors' ? keep.of(name)[0]!.children() : [];
      await victim.kill();
      const killedAt = performance.now();
      await victim.restart();
      await allReady();
      readyMs.push(Math.round(performance.now() - killedAt));
      orphans.push(...children.filter(isAlive));
    }
    await load.stop();
    loads.push({ name, load, readyMs });
    expect(Math.max(...readyMs)).toBeLessThan(readyWithinMs);
    expect(orphans).toEqual([]);
    // 0: the connection was lost.
    expect(load.refusals.filter(({ status }) => status !== 0 && status !== 503)).toEqual([]);
  });

  // All runs at once: one whose worker was killed is delivered again only after its lock has expired (30 s, checked
  // every 30 s).
  it('has lost and doubled nothing, and ended every run once', { timeout: 200_000 }, async () => {
    expect(loads.map(({ name }) => name)).toEqual(victims);
    const stoppedAt = performance.now();
    const accounts = await Promise.all(loads.map(async (one) => ({ ...one, account: await one.load.settle() })));
    const settledMs = Math.round(performance.now() - stoppedAt);
    for (const { name, load, readyMs, account } of accounts) {
      print(`kill -9 of ${name}, events in ${engine}, ${kills} times`, {
        readyMs,
        settledMs,
        ...account,
        retried: byCode(load.refusals),
      });
      expect(account.runs).toBeGreaterThanOrEqual(runsPerFault);
    }
    for (const { account } of accounts) expect(account).toMatchObject(nothingLost);
  });
});
