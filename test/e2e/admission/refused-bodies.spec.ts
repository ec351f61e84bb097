import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ManualClock } from '@datakeep/kernel/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AppClient } from '../../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest } from '../../support/keep-in-process.ts';
import { HeldConnection } from './held-connection.ts';

const urllib = fileURLToPath(new URL('post-with-urllib.py', import.meta.url));
const tooLarge = 16 * 1024 * 1024 + 1;
const times = 20;

describe('a body where none is taken', () => {
  let under: KeepUnderTest;
  let app: AppClient;
  let connection: HeldConnection;
  beforeAll(async () => {
    under = await keepUnderTest();
    app = await under.admin.connectApp('Bodies');
  });
  afterAll(() => under.stop());
  beforeEach(async () => void (connection = (await HeldConnection.open(under.url)).read()));
  afterEach(() => connection.close());

  const gone = '/app/v1/permissions/0123456789abcdef01234567';

  it.each([
    ['a DELETE', 'DELETE', gone, {}],
    ['a GET', 'GET', '/app/v1/me', {}],
    ['a POST', 'POST', '/app/v1/token/renew', {}],
  ])('is refused, and the connection stays good: %s', async (_what, method, path, headers) => {
    const body = '{"why":"so"}';
    const type = { 'content-type': 'application/json', ...headers };
    connection.ask(method, path, { token: app.token, headers: { ...type, 'content-length': String(body.length) } });
    connection.write(body);
    await vi.waitFor(() => expect(connection.received).toMatch(/"code":"unknown-member"/));
    connection.ask('GET', '/app/v1/me', { token: app.token });
    await vi.waitFor(() => expect(connection.statuses).toEqual([422, 200]));
  });

  it.each<[string, string, Record<string, string>, string, number]>([
    ['a type and nothing', 'DELETE', { 'content-type': 'application/json' }, '', 404],
    ['a length of 0', 'GET', { 'content-length': '0' }, '', 404],
    ['a type and a length of 0', 'DELETE', { 'content-type': 'application/json', 'content-length': '0' }, '', 404],
    [
      'an empty body of unknown length',
      'DELETE',
      { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      '0\r\n\r\n',
      404,
    ],
    ['no members', 'DELETE', { 'content-type': 'application/json', 'content-length': '2' }, '{}', 404],
    ['no members of a GET', 'GET', { 'content-length': '2' }, '{}', 404],
    ['an empty body of a GET', 'GET', { 'transfer-encoding': 'chunked' }, '0\r\n\r\n', 404],
  ])('is none where it has no members: %s', async (_what, method, headers, body, status) => {
    connection.ask(method, gone, { token: app.token, headers }).write(body);
    await vi.waitFor(() => expect(connection.statuses).toEqual([status]));
  });

  it('is not taken for none where it is a form and a route reads JSON', async () => {
    const form = new FormData();
    form.set('expiresInSeconds', '60');
    const { id } = await under.admin.makeAppHolder('Form');
    const answer = await fetch(`${under.url}/admin/v1/apps/${id}/association-tokens`, {
      method: 'POST',
      body: form,
      headers: { authorization: `Bearer ${under.admin.token}` },
    });
    expect(answer.status).toBe(415);
  });
});

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
