import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionOutcome, ExecutionRequest } from '@datakeep/contracts';
import { RecordedEndpoint, recordingConnectors } from '../data-endpoint/recorded-endpoint.fixture.ts';
import { openJavaScriptService } from '../testing.ts';

const id = 'a'.repeat(24);
const { connections, connectors } = recordingConnectors();
let endpoint: RecordedEndpoint;
let sourceCodeId: string;
let keep: Awaited<ReturnType<typeof openJavaScriptService>>;

beforeAll(async () => {
  endpoint = await RecordedEndpoint.start();
  keep = await openJavaScriptService({ connectors });
  sourceCodeId = await keep.upload(
    "module.exports = (parameters) => new (async () => {}).constructor('parameters', parameters.body)(parameters);",
  );
});
afterAll(async () => {
  await keep.close();
  endpoint.close();
});
afterEach(() => {
  endpoint.seen.length = 0;
  connections.length = 0;
});

/** Runs the body of an async function of `parameters`; one source for all, so that a process serves many. */
function run(body: string, request: Partial<ExecutionRequest> = {}): Promise<ExecutionOutcome> {
  const dataEndpoint = request.dataEndpoint ?? endpoint.origin;
  return keep.run(sourceCodeId, { ...request, dataEndpoint, parametersJson: JSON.stringify({ dataEndpoint, body }) });
}
const resultOf = (outcome: ExecutionOutcome): unknown =>
  outcome.state === 'succeeded' ? JSON.parse(outcome.resultJson) : outcome.error;

describe('fetch in JavaScript view code', () => {
  it('posts a query to dataEndpoint and reads the page, which counts as input', async () => {
    endpoint.answer = {
      status: 200,
      headers: { 'content-type': 'application/json', 'x-powered-by': 'a proxy' },
      body: '{"items":[{},{},"ß"],"nextCursor":null}',
    };
    const outcome = await run(`
      const response = await fetch(parameters.dataEndpoint + '/app/v1/events/query?count=true', {
        method: 'post', headers: { Authorization: 'Bearer t', Cookie: 'c', Host: 'elsewhere' },
          body: JSON.stringify({ profile: 'walks' }),
      });
      return { ok: response.ok, status: response.status, url: response.url, headers: [...response.headers.keys()],
        page: await response.json() };`);
    expect(resultOf(outcome)).toEqual({
      ok: true,
      status: 200,
      url: `${endpoint.origin}/app/v1/events/query?count=true`,
      headers: ['content-type'],
      page: { items: [{}, {}, 'ß'], nextCursor: null },
    });
    expect(outcome.usage).toMatchObject({
      eventsRead: 3,
      eventsWritten: 0,
      bytesRead: Buffer.byteLength(endpoint.answer.body),
    });
    expect(endpoint.seen).toMatchObject([
      { method: 'POST', url: '/app/v1/events/query?count=true', body: '{"profile":"walks"}' },
    ]);
    expect(endpoint.seen[0]!.headers).toMatchObject({ authorization: 'Bearer t', host: new URL(endpoint.origin).host });
    expect(endpoint.seen[0]!.headers).not.toHaveProperty('cookie');
  });

  it('answers a refusal of the keep as a response, and takes any kind of body and headers', async () => {
    endpoint.answer = {
      status: 403,
      headers: { 'content-type': 'application/problem+json', etag: '"2"' },
      body: '{"code":"forbidden"}',
    };
    const outcome = await run(`
      const url = new URL('/app/v1/events/${id}', parameters.dataEndpoint);
      const headers = new Headers([['If-Match', '*']]);
      const response = await fetch(url, { method: 'PUT', headers, body: new TextEncoder().encode('{"payload":{}}') });
      const copy = response.clone();
      const twice = await response.text().then(() => response.text()).catch((error) => error.name);
      return [response.ok, response.status, response.headers.get('ETag'), (await copy.json()).code, response.bodyUsed,
        twice];`);
    expect(resultOf(outcome)).toEqual([false, 403, '"2"', 'forbidden', true, 'TypeError']);
    expect(endpoint.seen).toMatchObject([{ method: 'PUT', body: '{"payload":{}}', headers: { 'if-match': '*' } }]);
    expect(outcome.usage).toMatchObject({ eventsRead: 0, eventsWritten: 0 });
  });

  it('counts what was written', async () => {
    endpoint.answer = {
      status: 201,
      headers: { 'content-type': 'application/json' },
      body: '{"accepted":7,"duplicates":1}',
    };
    const outcome = await run(
      "await fetch(parameters.dataEndpoint + '/app/v1/events', { method: 'POST', body: '{}' });",
    );
    expect(outcome).toMatchObject({ state: 'succeeded', usage: { eventsRead: 0, eventsWritten: 7 } });
  });

  it('ends a run that reads more than it may', async () => {
    endpoint.answer = { status: 200, body: 'x'.repeat(2000) };
    const limits = { ...keep.service.defaultLimits, inputBytes: 1000 };
    const outcome = await run(
      "return fetch(parameters.dataEndpoint + '/app/v1/events?profile=p').then((r) => r.text());",
      { limits },
    );
    expect(outcome).toMatchObject({ state: 'failed', error: { code: 'view-input-too-large' } });
  });

  it('is told when dataEndpoint is out of reach', async () => {
    const outcome = await run("return fetch(parameters.dataEndpoint + '/app/v1/events').catch(({ code }) => code);", {
      dataEndpoint: 'http://127.0.0.1:1',
    });
    expect(resultOf(outcome)).toBe('view-fetch-failed');
  });

  it('goes by the address that the keep gave for it, whatever the public one is', async () => {
    endpoint.answer = { status: 200, body: '{"items":[]}' };
    const outcome = await run("return (await fetch(parameters.dataEndpoint + '/app/v1/events?profile=p')).url;", {
      dataEndpoint: 'https://keep.invalid/home',
      gatewayUrl: `${endpoint.origin}/inside/`,
    });
    expect(resultOf(outcome)).toBe('https://keep.invalid/home/app/v1/events?profile=p');
    expect(endpoint.seen.map(({ url }) => url)).toEqual(['/inside/app/v1/events?profile=p']);
    expect(connections).toEqual([new URL(endpoint.origin).host]);
  });

  it('leaves nothing of a request that is open when the run ends', async () => {
    endpoint.answer = { status: 200, body: '{}' };
    const outcome = await run("fetch(parameters.dataEndpoint + '/app/v1/events'); return 'done';");
    expect(resultOf(outcome)).toBe('done');
  });
});

describe('B-11: the network of view code', () => {
  it('is the event routes of dataEndpoint: 30 other URLs open no connection', async () => {
    const { port } = new URL(endpoint.origin);
    const local = `127.0.0.1:${port}`;
    const routes = '/app/v1/events';
    const urls = [
      // The keep's host, in whatever spelling, on another port or scheme.
      'http://127.0.0.1/',
      `https://${local}${routes}`,
      `http://127.0.0.1:1${routes}`,
      `http://[::1]:${port}${routes}`,
      `http://[::ffff:127.0.0.1]:${port}${routes}`,
      `http://localhost:${port}${routes}`,
      `http://127.0.0.1.nip.io:${port}${routes}`,
      `http://user@${local}${routes}`,
      `http://:secret@${local}${routes}`,
      `http://${local}@evil.example${routes}`,
      `http://evil.example#@${local}${routes}`,
      `http://localtest.me.:${port}${routes}`,
      // Other machines, and what clouds keep at fixed addresses.
      'http://169.254.169.254/latest/meta-data/',
      'http://2852039166/latest/meta-data/',
      'http://0251.0376.0251.0376/',
      'http://[fd00:ec2::254]/latest/meta-data/',
      'http://metadata.google.internal/',
      'http://0.0.0.0:22/',
      'http://10.0.0.1/',
      'https://example.com/app/v1/events',
      // The keep itself, beside the event routes.
      `http://${local}/admin/v1/session`,
      `http://${local}/app/v1/me`,
      `http://${local}/app/v1/association`,
      `http://${local}/app/v1/events/../token/renew`,
      `http://${local}/app/v1/events/%2e%2e/me`,
      `http://${local}/app/v1/events/query/..%2f..%2fme`,
      `http://${local}//app/v1/events`,
      `http://${local}/app/v1/events/${id}/`,
      `http://${local}\\@evil.example/`,
      // No HTTP at all.
      'file:///etc/passwd',
      'data:text/plain,x',
      `ftp://${local}/`,
      `ws://${local}${routes}`,
    ];
    expect(urls.length).toBeGreaterThanOrEqual(30);
    const outcome = await run(`
      const told = [];
      for (const url of ${JSON.stringify(urls)}) told.push(await fetch(url).then(() => 'answered',
        (error) => error.code));
      return told;`);
    expect(resultOf(outcome)).toEqual(urls.map(() => 'view-network-denied'));
    expect(connections).toEqual([]);
    expect(endpoint.seen).toEqual([]);
  });

  it('reaches the event routes by every spelling of the very same origin, and connects to that alone', async () => {
    endpoint.answer = { status: 200, body: '{"items":[]}' };
    const { port } = new URL(endpoint.origin);
    const outcome = await run(`
      const told = [];
      for (const host of ['127.0.0.1', '2130706433', '0177.0.0.1', '0x7f.1'])
        told.push((await fetch('http://' + host + ':${port}/app/v1/events?profile=p#part')).status);
      return told;`);
    expect(resultOf(outcome)).toEqual([200, 200, 200, 200]);
    expect(connections).toEqual(Array.from({ length: 4 }, () => `127.0.0.1:${port}`));
    expect(endpoint.seen.map(({ url }) => url)).toEqual(Array.from({ length: 4 }, () => '/app/v1/events?profile=p'));
  });

  it('connects to the name of dataEndpoint each time, never to an address that the code chose', async () => {
    const outcome = await run(
      "return Promise.all(['http://keep.invalid:9/app/v1/events', 'http://keep.invalid.:9/app/v1/events', " +
        "'http://KEEP.invalid:9/app/v1/events/query'].map((url) => fetch(url).catch(({ code }) => code)));",
      { dataEndpoint: 'http://keep.invalid:9' },
    );
    expect(resultOf(outcome)).toEqual(['view-fetch-failed', 'view-network-denied', 'view-network-denied']);
    expect(connections).toEqual(['keep.invalid:9']);
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect (%i) to a metadata address', async (status) => {
    endpoint.answer = { status, headers: { location: 'http://169.254.169.254/latest/meta-data/' }, body: '' };
    const outcome = await run("return fetch(parameters.dataEndpoint + '/app/v1/events').catch(({ code }) => code);");
    expect(resultOf(outcome)).toBe('view-network-denied');
    expect(connections).toEqual([new URL(endpoint.origin).host]);
  });

  it.each([
    ['GET', '/app/v1/events/query'],
    ['POST', `/app/v1/events/${id}`],
    ['PATCH', `/app/v1/events/${id}`],
    ['DELETE', '/app/v1/events'],
    ['HEAD', '/app/v1/events'],
    ['CONNECT', '/app/v1/events'],
  ])('refuses %s %s, which is no event route', async (method, path) => {
    const outcome = await run(
      `return fetch(parameters.dataEndpoint + '${path}', { method: '${method}' }).catch(({ code }) => code);`,
    );
    expect(resultOf(outcome)).toBe('view-network-denied');
    expect(connections).toEqual([]);
  });

  it('tells in the log of a request that was refused, whatever the code makes of it', async () => {
    const outcome = await run(
      "for (let n = 0; n < 30; n += 1) await fetch('http://elsewhere.invalid/' + n).catch(() => undefined);",
    );
    expect(outcome).toMatchObject({ state: 'succeeded' });
    expect(outcome.logs).toHaveLength(20);
    expect(outcome.logs[0]).toMatchObject({
      level: 'warn',
      text: expect.stringContaining('fetch GET http://elsewhere.invalid/0: That is another host.'),
    });
  });

  it('names the line of a refused request that nobody caught', async () => {
    const outcome = await run("\n  await fetch('http://elsewhere.invalid/');");
    expect(outcome).toMatchObject({ state: 'failed', error: { code: 'view-network-denied', file: 'main.js' } });
    expect(outcome.logs.at(-1)).toMatchObject({ level: 'error', text: expect.stringMatching(/main\.js:\d+/) });
  });

  it('reaches nothing where the run has no dataEndpoint, or one that is no URL', async () => {
    for (const dataEndpoint of ['', 'nonsense', 'ftp://127.0.0.1/', 'http://user:key@127.0.0.1/']) {
      const outcome = await run(`return fetch('${endpoint.origin}/app/v1/events').catch(({ code }) => code);`, {
        dataEndpoint,
      });
      expect(resultOf(outcome)).toBe('view-network-denied');
    }
    expect(connections).toEqual([]);
  });
});
