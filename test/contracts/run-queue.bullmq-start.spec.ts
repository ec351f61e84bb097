import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { createLogger } from '@datakeep/kernel';
import { openBullRunQueue } from '@datakeep/run-queue';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';

import { startRedis } from '../support/services/redis.ts';
import { useService } from '../support/services/use-service.ts';
import { bullOptions } from './run-queue.records.ts';

const redis = await useService('redis', 'run-queue start');

describe.runIf(redis)('the start of a BullMQ queue with a wrong REDIS_URL', () => {
  const open = (redisUrl: string) => openBullRunQueue({ redisUrl, options: bullOptions, logger: createLogger('silent'), startLimitMs: 500 });
  const refusal = (redisUrl: string) =>
    open(redisUrl).then(
      () => 'opened',
      (error: Error) => `${error.name}: ${error.message}`,
    );

  it('that is no URL of Redis, ends with a line that names the variable', async () => {
    for (const url of ['', 'geheim', 'http://:geheim@localhost']) {
      expect(await refusal(url)).toBe('ConfigError: REDIS_URL is not legal: expected redis://host:port or rediss://host:port');
    }
  });

  it('where nothing listens, ends after the time limit with the reason', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const startedAt = performance.now();
    expect(await refusal(`redis://:geheim@127.0.0.1:${port}`)).toBe(
      `ConfigError: REDIS_URL: Redis at 127.0.0.1:${port} could not be used within 500 ms (ECONNREFUSED)`,
    );
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  it('where something listens that does not answer, ends after the time limit', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await refusal(`redis://127.0.0.1:${port}`)).toMatch(/^ConfigError: REDIS_URL: .* \(no answer\)$/);
    server.close();
  });

  it('with a wrong password, ends with the reason and without the password', async () => {
    const server = await startRedis();
    const client = new Redis(server.uri);
    await client.config('SET', 'requirepass', 'richtig');
    client.disconnect();
    const { port } = new URL(server.uri);
    expect(await refusal(`redis://:geheim@127.0.0.1:${port}`)).toMatch(/^ConfigError: REDIS_URL: .* \(WRONGPASS\)$/);
    expect(await refusal(`redis://127.0.0.1:${port}`)).toMatch(/^ConfigError: REDIS_URL: .* \(NOAUTH\)$/);
    const queue = await open(`redis://:richtig@127.0.0.1:${port}`);
    await queue.add('run-a');
    expect(await queue.has('run-a')).toBe(true);
    await queue.close();
    await server.stop();
  });
});
