import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';

import { createLogger } from '@datakeep/kernel';
import { openBullRunQueue } from '@datakeep/run-queue';
import { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';

import { startRedis, startSentinel } from '../support/services/redis.ts';
import { useService } from '../support/services/use-service.ts';
import { bullOptions } from './run-queue.records.ts';

const redis = await useService('redis', 'run-queue start');

const grantedInDocs = (): readonly string[] =>
  /ACL SETUSER keep on '>…' (.*)/.exec(readFileSync('docs/deployment.md', 'utf8'))![1]!.split(' ');

describe.runIf(redis)('the start of a BullMQ queue with a wrong REDIS_URL', () => {
  const open = (redisUrl: string) =>
    openBullRunQueue({ redisUrl, options: bullOptions, logger: createLogger('silent'), startLimitMs: 500 });
  const mayGoOn = (redisUrl: string) => ({
    redisUrl,
    options: bullOptions,
    logger: createLogger('silent'),
    onNeverReached: () => undefined,
  });
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
      'redis://:geh#im@localhost',
      'redis+sentinel://:geheim@localhost:26379',
      'redis+sentinel://:geheim@localhost:first,localhost/keep',
    ]) {
      expect(await refusal(url)).toBe(
        'ConfigError: REDIS_URL is not legal: expected redis://user:password@host:port/number, ' +
          'rediss://… for TLS, or redis+sentinel://user:password@host:port,host:port/name/number, ' +
          'with the password in percent-encoding',
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

  it('of TLS by a certificate that no authority signed, ends at once, also where it may go on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'datakeep-certificate-'));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const wanted = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost'.split(' ');
    await promisify(execFile)('openssl', ['req', ...wanted, '-keyout', key, '-out', certificate]);
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(openBullRunQueue(mayGoOn(`rediss://:geheim@127.0.0.1:${port}`))).rejects.toThrow(
      `REDIS_URL: Redis at 127.0.0.1:${port} cannot be used: its certificate does not hold; ` +
        'NODE_EXTRA_CA_CERTS names a file with who signed it (DEPTH_ZERO_SELF_SIGNED_CERT)',
    );
    server.close();
    rmSync(folder, { recursive: true });
  });

  it.each([
    [
      'a replica',
      ['--replicaof', '127.0.0.1', new URL(redis?.uri ?? 'redis://-').port],
      /cannot be used: it is a replica.*\(READONLY\)$/,
    ],
    ['a Redis Cluster', ['--cluster-enabled', 'yes'], /cannot be used: it is a Redis Cluster.*\(CLUSTER\)$/],
    [
      'a Redis whose user may not use the keys of the queue',
      '--user default on nopass ~other:* +@all'.split(' '),
      /cannot be used: the user may not do.*\(NOPERM\)$/,
    ],
    [
      'a Redis whose user may not ask for its settings',
      '--user default on nopass ~* +@all -info'.split(' '),
      /cannot be used: the user may not do.*\(NOPERM\)$/,
    ],
  ])('of %s, ends at once with a line that says so, also where it may go on', async (_what, settings, line) => {
    const server = await startRedis(...settings);
    await expect(openBullRunQueue(mayGoOn(server.uri))).rejects.toThrow(line);
    await server.stop();
  });

  it('of a sentinel, ends at once with a line that has the form for sentinels', async () => {
    const server = await startSentinel('1', 'geheim');
    await expect(openBullRunQueue(mayGoOn(server.uri))).rejects.toThrow(
      /cannot be used: it is a sentinel, redis\+sentinel:\/\/host:port,host:port\/name-of-the-primary \(SENTINEL\)$/,
    );
    await server.stop();
  });

  it('of a sentinel of Valkey, whose INFO has another word for it, ends at once', async () => {
    const info = '# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nserver_mode:sentinel\r\n';
    const server = createServer((socket) => {
      socket.on('data', (chunk) => {
        for (const command of chunk.toString().split(/(?=\*\d+\r\n)/))
          socket.write(/\r\ninfo\r\n$/i.test(command) ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(openBullRunQueue(mayGoOn(`redis://127.0.0.1:${port}`))).rejects.toThrow(/it is a sentinel/);
    server.close();
  });

  it('of a Redis that drops keys when it is full, or keeps no file, goes on with a warning', async () => {
    const server = await startRedis('--appendonly', 'no', '--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru');
    const logged: string[] = [];
    const logger = createLogger('warn', { write: (line: string) => void logged.push(line) });
    const queue = await openBullRunQueue({ redisUrl: server.uri, options: bullOptions, logger });
    expect(logged.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'Redis keeps no append-only file: jobs may be lost when it dies',
      'Redis drops jobs when its memory is full (maxmemory-policy allkeys-lru): set noeviction',
    ]);
    await queue.close();
    await server.stop();
  });

  it('by a user who may do what docs/deployment.md grants, works', async () => {
    const server = await startRedis();
    const client = new Redis(server.uri);
    await client.call('ACL', 'SETUSER', 'keep', 'on', '>ge:h@im', ...grantedInDocs());
    client.disconnect();
    const redisUrl = server.uri.replace('//', `//keep:${encodeURIComponent('ge:h@im')}@`);
    const queue = await openBullRunQueue({ redisUrl, options: bullOptions, logger: createLogger('silent') });
    const delivered: string[] = [];
    const worker = queue.work(async ({ id }) => void delivered.push(id));
    await queue.add('run-a');
    await vi.waitFor(async () => {
      expect(delivered).toEqual(['run-a']);
      expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0 });
    });
    await worker.close(0);
    await queue.close();
    await server.stop();
  });

  it('of a database that Redis does not have, ends at once, also where it may go on', async () => {
    const server = await startRedis();
    const redisUrl = `${server.uri}/99`;
    expect(await refusal(redisUrl)).toMatch(/^ConfigError: REDIS_URL: .* \(no such database\)$/);
    await expect(openBullRunQueue(mayGoOn(redisUrl))).rejects.toThrow('(no such database)');
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
    await expect(openBullRunQueue(mayGoOn(`redis://:geheim@127.0.0.1:${port}`))).rejects.toThrow('(WRONGPASS)');
    const queue = await open(`redis://:richtig@127.0.0.1:${port}`);
    await queue.add('run-a');
    expect(await queue.has('run-a')).toBe(true);
    await queue.close();
    await server.stop();
  });
});
