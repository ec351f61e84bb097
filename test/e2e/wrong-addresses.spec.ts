import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Redis } from 'ioredis';
import { KeepProcess } from '../support/keep-process.ts';
import { startRedis } from '../support/services/redis.ts';
import type { Service } from '../support/services/service-process.ts';
import { useService } from '../support/services/use-service.ts';

const redis = await useService('redis', 'a start with a wrong address');
const password = 'geheim-7f3a';

describe.runIf(redis)('a start with a wrong address of a server', () => {
  let server: Service;
  let port: string;

  beforeAll(async () => {
    server = await startRedis();
    ({ port } = new URL(server.uri));
    const client = new Redis(server.uri);
    await client.config('SET', 'requirepass', 'the right one');
    client.disconnect();
  });
  afterAll(() => server.stop());

  /** What the process prints for a person; its log is JSON. */
  async function lastWords(env: Readonly<Record<string, string>>): Promise<string> {
    const { message } = await KeepProcess.start({ env }).then(
      () => new Error('it started'),
      (error: Error) => error,
    );
    expect(message).toContain('The keep ended at its start (1)');
    expect(message).not.toContain(password);
    const lines = message.split('\n').slice(1);
    return lines.filter((line) => line !== '' && !line.startsWith('{')).join('\n');
  }

  it.each([
    ['REDIS_URL', 'a wrong password', () => `redis://:${password}@127.0.0.1:${port}`, '(WRONGPASS)'],
    ['REDIS_URL', 'a database that is no number', () => `redis://:${password}@127.0.0.1:${port}/first`, 'is not legal'],
    [
      'MONGODB_URI',
      'TLS that is not spoken there',
      () => `mongodb://u:${password}@127.0.0.1:${port}/?tls=true`,
      'no server answered within 5 s',
    ],
    [
      'MONGODB_URI',
      'a host that is not known',
      () => `mongodb://u:${password}@nowhere.invalid/`,
      'the host is not known',
    ],
  ])(
    '%s with %s: one line that names the variable and the reason, and no password',
    async (variable, _what, url, reason) => {
      const words = await lastWords({ [variable]: url() });
      expect(words.split('\n')).toHaveLength(1);
      expect(words).toContain(variable);
      expect(words).toContain(reason);
    },
  );
});
