import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DistributedKeep, type ServiceName } from '../support/distributed-keep.ts';
import { AdminClient } from '../support/keep-client.ts';
import { ownDatabase } from '../support/keep-shapes.ts';
import { mongoServer } from '../support/mongo/mongo-server.ts';
import { isAlive } from '../support/process-family.ts';
import { startRedis } from '../support/services/redis.ts';
import type { Service } from '../support/services/service-process.ts';
import { useService } from '../support/services/use-service.ts';
import { thorough } from '../support/thorough.ts';
import { byCode, Load, nothingLost, print } from '../faults/load.ts';

const suite = 'SIGTERM to any process under load';
const [{ name, uri }, redis] = await Promise.all([mongoServer(suite), useService('redis', suite)]);

const kinds: readonly ServiceName[] = ['gateway', 'storage', 'views', 'executors'];
/** The first and the second of each kind in turn. */
const timesEach = thorough(3, 5);

describe.runIf(uri && redis)(`a keep of two processes of each kind on ${name}, one of which is told to end`, () => {
  let queueServer: Service;
  let keep: DistributedKeep;

  beforeAll(async () => {
    queueServer = await startRedis();
    keep = await DistributedKeep.start({
      engine: 'mongodb',
      mongodbUri: ownDatabase(uri!),
      redisUrl: queueServer.uri,
      count: { gateway: 2, storage: 2, views: 2, executors: 2 },
      // A stand-in that is slow under load must not look like a process that ends: queries get time. One runtime, since
      // each proves its isolation at every start.
      env: {
        MAX_QUEUED_RUNS: '10000',
        APP_LIMITS: 'queued-runs=10000',
        VIEW_PROCESSES: '1',
        RUNTIMES: 'javascript',
        QUERY_TIMEOUT_MS: '60000',
      },
    });
  });
  afterAll(async () => {
    await keep?.stop();
    await queueServer?.stop();
  });

  it(
    `answers what was asked before, loses nothing, and leaves no process, ${kinds.length * timesEach} times`,
    { timeout: 240_000 },
    async () => {
      const admin = await AdminClient.signIn(keep.url, 'admin', keep.adminPassword);
      const load = await Load.start(admin, 'Signals', 100, keep.urls);
      const codes: (number | null)[] = [];
      const families: number[] = [];
      const endMs: number[] = [];
      const endings: { from: number; to: number }[] = [];
      for (let time = 0; time < timesEach; time += 1) {
        // One of each kind at the same moment: the other four carry on.
        const chosen = kinds.map((kind) => keep.of(kind)[time % 2]!);
        for (const service of chosen) families.push(service.pid, ...service.children());
        const signalledAt = performance.now();
        codes.push(
          ...(await Promise.all(
            chosen.map(async (service) => {
              const code = await service.end('SIGTERM');
              endMs.push(Math.round(performance.now() - signalledAt));
              expect(code, `${service.name}: ${service.output.slice(-3000)}`).toBe(0);
              return code;
            }),
          )),
        );
        endings.push({ from: signalledAt, to: performance.now() });
        for (const service of chosen) service.launch();
        for (const service of chosen) await service.until('ready');
        await load.more(Math.random() * 50);
      }
      await load.stop();
      const account = await load.settle();
      const answered5xx = load.refusals.filter(({ status }) => status >= 500);
      print(`SIGTERM, ${codes.length} times, on ${name}`, {
        ...account,
        codes: [...new Set(codes)],
        slowestEndMs: Math.max(...endMs),
        refused: byCode(load.refusals),
      });
      expect(account).toMatchObject(nothingLost);
      expect(codes).toEqual(codes.map(() => 0));
      expect(answered5xx).toEqual([]);
      // A gateway that ends takes no connections: new ones are refused, or reset where they still lie in the listener's
      // backlog when it closes. How many is printed.
      const broken = load.refusals.filter(({ status, code }) => status === 0 && code !== 'ECONNREFUSED');
      expect(broken.filter(({ code }) => code !== 'ECONNRESET' && code !== 'UND_ERR_SOCKET')).toEqual([]);
      // Nothing that was asked before a signal is among them.
      expect(broken.filter(({ askedAt }) => !endings.some(({ from, to }) => askedAt > from && askedAt <= to))).toEqual(
        [],
      );
      expect(load.refusals.filter(({ status }) => status !== 0)).toEqual([]);
      expect(families.filter(isAlive)).toEqual([]);
    },
  );
});
