import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ManualClock } from '@datakeep/kernel/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AppClient } from '../../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest } from '../../support/keep-in-process.ts';
import { HeldConnection } from './held-connection.ts';

const urllib = fileURLToPath(new URL('post-with-urllib.py', import.meta.url));
const tooLarge = 16 * 1024 * 1024 + 1;
const times = 20;

describe('a body that is refused before its end', () => {
  let under: KeepUnderTest;
  let app: AppClient;
  const held: HeldConnection[] = [];
  afterEach(async () => {
    for (const connection of held.splice(0)) connection.close();
    await under.stop();
  });
  const start = async (clock?: ManualClock): Promise<void> => {
    under = await keepUnderTest(clock ? { clock } : {});
    app = await under.admin.connectApp('Large');
  };
  const open = async (): Promise<HeldConnection> => {
    const connection = (await HeldConnection.open(under.url)).read();
    held.push(connection);
    return connection;
  };

  it(`has an answer that fetch reads, ${times} times of ${times}`, async () => {
    await start();
    const outcomes: unknown[] = [];
    for (let time = 0; time < times; time += 1)
      outcomes.push(
        await app
          .send<{ code: string }>('POST', '/app/v1/events', { body: 'x'.repeat(tooLarge) })
          .then(({ status, body }) => `${status} ${body.code}`, String),
      );
    expect(outcomes).toEqual(Array.from({ length: times }, () => '413 body-too-large'));
  });

  it.each([
    ['/app/v1/events', '413 body-too-large'],
    ['/admin/v1/events/query', '401 unauthenticated'],
  ])(`has an answer that Python's urllib reads, ${times} times of ${times}: %s`, async (path, answer) => {
    await start();
    const run = promisify(execFile);
    const { stdout } = await run('python3', [
      urllib,
      `${under.url}${path}`,
      app.token!,
      String(tooLarge),
      String(times),
    ]);
    expect(stdout.trim().split('\n')).toEqual(Array.from({ length: times }, () => answer));
  });

  it.each([
    ['NDJSON with a bad token', { authorization: 'Bearer bad', 'content-type': 'application/x-ndjson' }, 401],
    ['another media type', { 'content-type': 'text/plain' }, 415],
    ['an encoding', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, 415],
  ])('leaves the connection as good as it was: %s', async (_what, headers, status) => {
    const size = 300_000;
    const clock = new ManualClock(Date.now());
    await start(clock);
    const connection = await open();
    connection.ask('POST', '/app/v1/events', {
      headers: { authorization: `Bearer ${app.token}`, ...headers, 'content-length': String(size) },
    });
    await vi.waitFor(() => expect(connection.received).toMatch(/"code":"[a-z-]+"}$/));
    expect(connection.statuses).toEqual([status]);
    connection.write('x'.repeat(size));
    connection.ask('GET', '/app/v1/me', { token: app.token });
    await vi.waitFor(() => expect(connection.statuses).toEqual([status, 200]));
    // Nothing that was set up for the refused body may cut what comes later.
    await clock.advance(40_000);
    connection.ask('GET', '/app/v1/me', { token: app.token });
    await vi.waitFor(() => expect(connection.statuses).toEqual([status, 200, 200]));
  });

  it('is not asked for: a client that waits for `100 Continue` gets the answer instead', async () => {
    await start();
    const connection = await open();
    connection.ask('POST', '/app/v1/events', { length: 1000, headers: { expect: '100-continue' } });
    await vi.waitFor(() => expect(connection.statuses).toEqual([401]));
    const welcome = await open();
    welcome.ask('POST', '/app/v1/events', { token: app.token, length: 2, headers: { expect: '100-continue' } });
    await vi.waitFor(() => expect(welcome.statuses).toEqual([100]));
    welcome.write('{}');
    await vi.waitFor(() => expect(welcome.statuses).toEqual([100, 403]));
  });

  it('is thrown away no longer than for 30 s', async () => {
    const clock = new ManualClock(Date.now());
    await start(clock);
    const connection = await open();
    connection.ask('POST', '/app/v1/events', { length: 900_000 });
    await vi.waitFor(() => expect(connection.statuses).toEqual([401]));
    await clock.advance(29_000);
    connection.write('x');
    expect(connection.closed).toBe(false);
    await clock.advance(2000);
    await vi.waitFor(() => expect(connection.closed).toBe(true));
  });
});
