import { createLogger } from '@datakeep/kernel';
import { openBullRunQueue, type BullRunQueue } from '@datakeep/run-queue';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { startRedis, startSentinel } from '../support/services/redis.ts';
import type { Service } from '../support/services/service-process.ts';
import { useService } from '../support/services/use-service.ts';
import { bullOptions } from './run-queue.records.ts';

const redis = await useService('redis', 'run-queue by sentinels');
const portOf = ({ uri }: Service) => new URL(uri).port;
/** A sentinel asks each second, and takes a second or two over an election. */
const failOverMs = 30_000;

describe.runIf(redis)('a BullMQ queue on a Redis that three sentinels watch', { timeout: failOverMs }, () => {
  let servers: Service[];
  let sentinels: Service[];
  let redisUrl: string;
  let queue: BullRunQueue;

  beforeAll(async () => {
    const primary = await startRedis('--requirepass', 'geheim', '--masterauth', 'geheim');
    const replicaOf = ['--replicaof', '127.0.0.1', String(portOf(primary))];
    const replica = await startRedis('--requirepass', 'geheim', '--masterauth', 'geheim', ...replicaOf);
    servers = [primary, replica];
    sentinels = await Promise.all(Array.from({ length: 3 }, () => startSentinel(portOf(primary), 'geheim')));
    redisUrl = `redis+sentinel://:geheim@${sentinels.map((one) => `127.0.0.1:${portOf(one)}`).join(',')}/keep/1`;
    const asked = new Redis(sentinels[0]!.uri);
    await vi.waitFor(
      async () => {
        const [state] = (await asked.call('SENTINEL', 'MASTERS')) as string[][];
        expect(state!.join(' ')).toMatch(/flags master .*num-slaves 1 num-other-sentinels 2/);
      },
      { timeout: failOverMs },
    );
    asked.disconnect();
    queue = await openBullRunQueue({
      redisUrl,
      options: { ...bullOptions, concurrency: 4 },
      logger: createLogger('silent'),
    });
  }, failOverMs);
  afterAll(async () => {
    await queue?.close();
    await Promise.all([...(servers ?? []), ...(sentinels ?? [])].map((one) => one.stop()));
  });

  it.each(['stops without a word', 'is killed'])(
    'delivers on from the new primary when the old one %s',
    async (how) => {
      const [primary, replica] = servers as [Service, Service];
      const delivered: string[] = [];
      const held = Promise.withResolvers<void>();
      const worker = queue.work(async ({ id }) => {
        delivered.push(id);
        if (id.endsWith('held')) await held.promise;
      });
      await queue.add(`${how[0]}-held`);
      await vi.waitFor(() => expect(delivered).toContain(`${how[0]}-held`));
      if (how === 'is killed') await primary.kill();
      else process.kill(primary.pid, 'SIGSTOP');
      await vi.waitFor(() => queue.add(`${how[0]}-after`), { timeout: failOverMs, interval: 50 });
      await vi.waitFor(() => expect(delivered).toContain(`${how[0]}-after`), { timeout: failOverMs });
      held.resolve();
      await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0 }), {
        timeout: failOverMs,
      });
      await worker.close(0);
      if (how === 'is killed') return;
      // It learns of its successor, and is the replica from now on.
      process.kill(primary.pid, 'SIGCONT');
      const old = new Redis(primary.uri, { password: 'geheim' });
      await vi.waitFor(async () => expect(await old.info('replication')).toContain('master_link_status:up'), {
        timeout: failOverMs,
      });
      old.disconnect();
      servers = [replica, primary];
    },
  );

  it('has no raw lines of its client in the log where a sentinel is away', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const [server, sentinel] = sentinels;
    await sentinel!.kill();
    const log: string[] = [];
    const other = await openBullRunQueue({
      redisUrl: `redis+sentinel://:geheim@127.0.0.1:${portOf(server!)},127.0.0.1:${portOf(sentinel!)}/keep/2`,
      options: bullOptions,
      logger: createLogger('debug', { write: (line) => void log.push(line) }),
    });
    try {
      await vi.waitFor(() => expect(log.join('')).toContain('ECONNREFUSED'), { timeout: failOverMs });
      expect(printed).not.toHaveBeenCalled();
    } finally {
      await other.close();
      printed.mockRestore();
    }
  });

  it('ends with a line that says so where the sentinels know no such primary', async () => {
    const other = redisUrl.replace('/keep/', '/kept/');
    await expect(
      openBullRunQueue({ redisUrl: other, options: bullOptions, logger: createLogger('silent') }),
    ).rejects.toThrow(
      'REDIS_URL: Redis at the sentinels of kept cannot be used: its sentinels call it otherwise (no such primary)',
    );
  });
});
