import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type KeepUnderTest, keepUnderTest } from '../../support/keep-in-process.ts';
import { HeldConnection } from './held-connection.ts';

describe('the names under which a keep answers', () => {
  let under: KeepUnderTest;
  beforeAll(async () => {
    under = await keepUnderTest({
      config: { publicUrl: 'https://keep.example.org/', allowedHosts: ['gateway', 'Other.example.net'] },
    });
  });
  afterAll(() => under.stop());

  const get = (path: string, host: string): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(under.url);
      request({ hostname, port, path, headers: { host }, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (more: string) => (text += more));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      })
        .on('error', reject)
        .end();
    });

  it.each([
    ['127.0.0.1:8020'],
    ['localhost'],
    ['LocalHost.:8020'],
    ['app.localhost:1'],
    ['[::1]:8020'],
    ['192.168.1.7:8020'],
    ['[fe80::1]'],
    ['keep.example.org'],
    ['keep.example.org:443'],
    ['gateway:8020'],
    ['other.example.net'],
  ])('%s is one', async (host) => {
    expect((await get('/openapi/app.json', host)).status).toBe(200);
  });

  it.each([
    ['attacker.example'],
    ['attacker.example:8020'],
    ['localhost.attacker.example'],
    ['keep.example.org.attacker.example'],
    ['127.0.0.1.attacker.example'],
    ['127.0.0.1:8020:8020'],
  ])('%s is none: 421, saying what to set', async (host) => {
    for (const path of ['/openapi/app.json', '/app/v1/me', '/metrics', '/']) {
      const { status, text } = await get(path, host);
      expect(status).toBe(421);
      expect(JSON.parse(text)).toMatchObject({ code: 'misdirected-request' });
      expect(text).toMatch(/PUBLIC_URL.*ALLOWED_HOSTS/);
    }
  });

  it.each(['/', '/app/v1/me', '/health/live'])('two at once are no request (RFC 9112): %s', async (path) => {
    const connection = (await HeldConnection.open(under.url)).read();
    connection.ask('GET', path, { headers: { HOST: '127.0.0.1' } });
    await vi.waitFor(() => expect(connection.received).toMatch(/"code":"bad-request"/));
    expect(connection.statuses).toEqual([400]);
    connection.close();
  });

  it('any is good enough for a health check', async () => {
    for (const path of ['/health/live', '/health/ready'])
      expect((await get(path, 'probe.internal:8020')).status).toBe(200);
  });
});
