import { randomBytes } from 'node:crypto';
import { startMongoStandIn } from '../test/support/services/mongo-stand-in.ts';
import { startRedis } from '../test/support/services/redis.ts';
import { DistributedKeep } from '../test/support/distributed-keep.ts';
import { AdminClient } from '../test/support/keep-client.ts';
import { load, type LoadRequest, type LoadResult } from './load.ts';
import { memoryOf } from './memory.ts';
import { measure, rows } from './rows.ts';
import { benchLimits, fill, keepSubject, startKeep, type Subject } from './subjects.ts';
import { figure, printTable } from './table.ts';

export interface DistributedBench {
  readonly seconds: number;
  readonly rounds: number;
  /** To read. */
  readonly events: number;
  readonly only: string | undefined;
}

interface Servers {
  /** For the table. */
  readonly mongodb: string;
  readonly mongodbUri: string;
  readonly redisUrl: string;
  stop(): Promise<void>;
}

/**
 * CPU-bound work; 5e7 steps take about 50 ms. The other services' share of a run is the same for each, so the more
 * work, the nearer two executors come to twice one.
 */
const busyViews = [5e7, 2e8].map((steps) => ({
  steps,
  source: `module.exports = () => { let sum = 0; for (let n = 0; n < ${steps}; n += 1) sum += n % 7; return sum; };`,
}));

/** The servers that the variables name, or stand-ins for them. */
async function servers(): Promise<Servers> {
  const { MONGODB_URI: mongodbUri, REDIS_URL: redisUrl } = process.env;
  const mongo = mongodbUri ? undefined : await startMongoStandIn();
  const redis = redisUrl ? undefined : await startRedis();
  return {
    mongodb: mongodbUri ? 'the MongoDB of MONGODB_URI' : 'the stand-in for MongoDB',
    // Each keep has a separate database.
    get mongodbUri() {
      return Object.assign(new URL(mongodbUri || mongo!.uri), { pathname: `/bench-${randomBytes(6).toString('hex')}` })
        .href;
    },
    redisUrl: redisUrl || redis!.uri,
    stop: async () => {
      await mongo?.stop();
      await redis?.stop();
    },
  };
}

/**
 * The four services over TCP, events in SQLite, runs over Redis, beside a keep of one process on SQLite, in turns; and
 * CPU-bound runs with one and two executors.
 */
export async function compareDistributed(bench: DistributedBench): Promise<void> {
  const engines = await servers();
  const keep = await startKeep();
  const services = await DistributedKeep.start({
    ...engines,
    engine: 'sqlite',
    env: { APP_LIMITS: benchLimits },
  });
  try {
    printIdleMemory(services, keep);
    const admin = await AdminClient.signIn(services.url, 'admin', services.adminPassword);
    const distributed = await keepSubject('distributed', admin, {
      pid: services.of('gateway')[0]!.pid,
      readyMs: Number.NaN,
      stop: () => services.stop(),
    });
    await fill(keep, bench.events);
    await fill(distributed, bench.events);
    const table: string[][] = [];
    for (const row of rows.filter(({ name }) => bench.only === undefined || name.includes(bench.only))) {
      const [one, four] = (await measure(row, [keep, distributed], bench)) as [LoadResult, LoadResult];
      const rate = (result: LoadResult): number => (result.requests / result.seconds) * Math.max(1, row.events);
      const latencies = [one.p50, four.p50, one.p99, four.p99].map(figure);
      table.push([
        row.name,
        String(row.connections),
        figure(rate(one)),
        figure(rate(four)),
        figure(rate(four) / rate(one)),
        ...latencies,
      ]);
      for (const [name, { failed, firstFailure }] of [['standalone', one] as const, ['distributed', four] as const])
        if (failed > 0) console.log(`! ${row.name}, ${name}: ${failed} answers failed, first: ${firstFailure}`);
      process.stderr.write(`measured, distributed: ${row.name}\n`);
    }
    console.log(
      `Four services over TCP (events in SQLite, records in ${engines.mongodb}, runs over Redis) beside one ` +
        `process; rates as above.`,
    );
    printTable(
      [
        'row',
        'connections',
        'one /s',
        'four /s',
        'four : one',
        'one p50 ms',
        'four p50 ms',
        'one p99 ms',
        'four p99 ms',
      ],
      table,
    );
  } finally {
    await keep.stop();
    await services.stop();
  }
  try {
    if (bench.only === undefined || 'cpu-bound runs'.includes(bench.only)) await compareExecutors(engines, bench);
  } finally {
    await engines.stop();
  }
}

function printIdleMemory(services: DistributedKeep, keep: Subject): void {
  const line = (name: string, pid: number): string[] => {
    const { server, children } = memoryOf(pid);
    return [name, figure(server), children.map(figure).join(' + ') || '–'];
  };
  printTable(
    ['resident memory, idle, MiB', 'process', 'its view processes'],
    [line('standalone', keep.pid), ...services.all.map(({ name, pid }) => line(name, pid))],
  );
}

/** Runs that only compute, 4 waiting callers, one view process to an executor. */
async function compareExecutors(engines: Servers, { seconds, rounds }: DistributedBench): Promise<void> {
  const services = await DistributedKeep.start({
    ...engines,
    engine: 'sqlite',
    count: { executors: 2 },
    env: { VIEW_PROCESSES: '1', APP_LIMITS: benchLimits },
  });
  try {
    const admin = await AdminClient.signIn(services.url, 'admin', services.adminPassword);
    const app = await admin.connectApp('Busy');
    const [, second] = services.of('executors');
    const table: string[][] = [];
    for (const { steps, source } of busyViews) {
      const { id } = await admin.makeViewTemplate({
        name: 'Busy',
        runtime: 'javascript',
        permissions: [],
        files: [{ path: 'main.js', content: source }],
      });
      const instance = await app.makeViewInstance(id, null);
      const run: LoadRequest = {
        method: 'POST',
        path: `/app/v1/view-instances/${instance.id}/runs`,
        headers: { authorization: `Bearer ${app.token}`, prefer: 'wait=30' },
        body: '{}',
        expect: 200,
        expectText: '"succeeded"',
      };
      const job = (duration: number) => ({ url: services.url, connections: 4, seconds: duration, requests: [run] });
      const results: Record<1 | 2, LoadResult[]> = { 1: [], 2: [] };
      // In both orders, since a machine's speed drifts; in long turns, since a run that is not done when a turn ends
      // does not count.
      for (const executors of [1, 2, 2, 1] as const) {
        if (executors === 1) await second!.end('SIGINT');
        else if (!second!.isRunning) {
          second!.launch();
          await second!.until('ready');
        }
        await load(job(2));
        results[executors].push(await load(job(seconds * rounds)));
      }
      const sum = (list: readonly LoadResult[], member: 'requests' | 'seconds' | 'failed'): number =>
        list.reduce((total, result) => total + result[member], 0);
      const [one, two] = [results[1], results[2]].map((list) => sum(list, 'requests') / sum(list, 'seconds')) as [
        number,
        number,
      ];
      const failed = sum([...results[1], ...results[2]], 'failed');
      table.push([
        `${steps / 1e6} million steps, 4 callers`,
        figure(one),
        figure(two),
        figure(two / one),
        String(failed),
      ]);
    }
    printTable(['CPU-bound runs', 'one executor /s', 'two executors /s', 'two : one', 'failed'], table);
  } finally {
    await services.stop();
  }
}
