import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

import { createLogger } from '@datakeep/kernel';
import { openBullRunQueue } from '@datakeep/run-queue';
import { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';

import { startRedis } from '../support/services/redis.ts';
import { useService } from '../support/services/use-service.ts';
import { bullOptions } from './run-queue.records.ts';

const redis = await useService('redis', 'run-queue start');

describe.runIf(redis)('the start of a BullMQ queue with a wrong REDIS_URL', () => {
  const open = (redisUrl: string) =>
    openBullRunQueue({ redisUrl, options: bullOptions, logger: createLogger('silent'), startLimitMs: 500 });
  const refusal = (redisUrl: string) =>
    open(redisUrl).then(
      () => 'opened',
      (error: Error) => `${error.name}: ${error.message}`,
    );

  it('that is no URL of Redis, ends with a line that names the variable', async () => {
    for (const url of [
      '',
      'geheim',
      'http://:geheim@localhost',
      'redis://:geheim@localhost/first',
      'redis://:geheim@localhost/-1',
    ]) {
      expect(await refusal(url)).toBe(
        'ConfigError: REDIS_URL is not legal: expected redis://host:port or rediss://host:port, ' +
          'and a number for its path, if any',
      );
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
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('where something listens that does not answer, ends after the time limit', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await refusal(`redis://127.0.0.1:${port}`)).toMatch(/^ConfigError: REDIS_URL: .* \(no answer\)$/);
    server.close();
  });

  it('of TLS where none is spoken, of none where it is, and of TLS that fails, ends after the time limit', async () => {
    const plain = await startRedis();
    // Without a certificate no handshake ends well.
    const server = createTlsServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await refusal(`rediss://:geheim@127.0.0.1:${new URL(plain.uri).port}`)).toMatch(
      /^ConfigError: REDIS_URL: .* \(no answer\)$/,
    );
    expect(await refusal(`redis://:geheim@127.0.0.1:${port}`)).toMatch(
      /^ConfigError: REDIS_URL: .* \(the connection was closed\)$/,
    );
    expect(await refusal(`rediss://:geheim@127.0.0.1:${port}`)).toMatch(
      /^ConfigError: REDIS_URL: .* \(ERR_SSL_[\w/]+\)$/,
    );
    server.close();
    await plain.stop();
  });

  it('of a database that Redis does not have, ends at once, also where it may go on', async () => {
    const server = await startRedis();
    const redisUrl = `${server.uri}/99`;
    expect(await refusal(redisUrl)).toMatch(/^ConfigError: REDIS_URL: .* \(no such database\)$/);
    const mayGoOn = { redisUrl, options: bullOptions, logger: createLogger('silent'), onNeverReached: () => undefined };
    await expect(openBullRunQueue(mayGoOn)).rejects.toThrow('(no such database)');
    await server.stop();
  });

  it('goes on without a Redis that is away if it may, refuses meanwhile, and works once Redis is there', async () => {
    const server = await startRedis();
    await server.kill();
    const neverReached: Error[] = [];
    const queue = await openBullRunQueue({
      redisUrl: server.uri,
      options: bullOptions,
      logger: createLogger('silent'),
      onNeverReached: (error) => neverReached.push(error),
    });
    const delivered: string[] = [];
    const worker = queue.work(async ({ id }) => void delivered.push(id));
    await expect(queue.add('run-a')).rejects.toMatchObject({ code: 'run-queue-unreachable' });
    await expect(queue.counts()).rejects.toMatchObject({ code: 'run-queue-unreachable' });
    await server.restart();
    await vi.waitFor(() => queue.add('run-b'));
    await vi.waitFor(() => expect(delivered).toEqual(['run-b']));
    await worker.close(0);
    await queue.close();
    await server.stop();
    expect(neverReached).toEqual([]);
  });

  it('tells a start that went on when its time is over, and nothing to one that was closed before', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const start = (onNeverReached: (error: Error) => void) =>
      openBullRunQueue({
        redisUrl: `redis://:geheim@127.0.0.1:${port}`,
        options: bullOptions,
        logger: createLogger('silent'),
        startLimitMs: 2000,
        onNeverReached,
      });
    const closed: Error[] = [];
    await start((error) => closed.push(error)).then((queue) => queue.close());
    const { promise: told, resolve: tell } = Promise.withResolvers<Error>();
    const queue = await start(tell);
    expect((await told).message).toBe(
      `REDIS_URL: Redis at 127.0.0.1:${port} could not be used within 2000 ms (ECONNREFUSED)`,
    );
    await queue.close();
    expect(closed).toEqual([]);
  });

  it('with a wrong password, ends with the reason and without the password', async () => {
    const server = await startRedis();
    const client = new Redis(server.uri);
    await client.config('SET', 'requirepass', 'richtig');
    client.disconnect();
    const { port } = new URL(server.uri);
    expect(await refusal(`redis://:geheim@127.0.0.1:${port}`)).toMatch(/^ConfigError: REDIS_URL: .* \(WRONGPASS\)$/);
    expect(await refusal(`redis://127.0.0.1:${port}`)).toMatch(/^ConfigError: REDIS_URL: .* \(NOAUTH\)$/);
    const mayGoOn = {
      redisUrl: `redis://:geheim@127.0.0.1:${port}`,
      options: bullOptions,
      logger: createLogger('silent'),
      onNeverReached: () => undefined,
    };
    await expect(openBullRunQueue(mayGoOn)).rejects.toThrow('(WRONGPASS)');
    const queue = await open(`redis://:richtig@127.0.0.1:${port}`);
    await queue.add('run-a');
    expect(await queue.has('run-a')).toBe(true);
    await queue.close();
    await server.stop();
  });
});
