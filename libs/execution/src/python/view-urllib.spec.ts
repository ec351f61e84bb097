import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionOutcome, ExecutionRequest } from '@datakeep/contracts';
import { RecordedEndpoint, recordingConnectors } from '../data-endpoint/recorded-endpoint.fixture.ts';
import { openPythonService } from '../testing.ts';

const { connections, connectors } = recordingConnectors();
let endpoint: RecordedEndpoint;
let keep: Awaited<ReturnType<typeof openPythonService>>;

beforeAll(async () => {
  endpoint = await RecordedEndpoint.start();
  keep = await openPythonService({ connectors });
});
afterAll(async () => {
  await keep.close();
  endpoint.close();
});
afterEach(() => {
  endpoint.seen.length = 0;
  connections.length = 0;
});

async function run(lines: readonly string[], request: Partial<ExecutionRequest> = {}): Promise<ExecutionOutcome> {
  const content = [
    'import json, urllib.error',
    'from urllib.request import Request, urlopen',
    'def main(parameters, keep):',
  ];
  const sourceCodeId = await keep.upload([...content, ...lines.map((line) => `    ${line}`)].join('\n'));
  const dataEndpoint = request.dataEndpoint ?? endpoint.origin;
  return keep.run(sourceCodeId, {
    ...request,
    dataEndpoint,
    parametersJson: JSON.stringify({ dataEndpoint, origin: endpoint.origin }),
  });
}
const resultOf = (outcome: ExecutionOutcome): unknown =>
  outcome.state === 'succeeded' ? JSON.parse(outcome.resultJson) : outcome.error;

describe('urllib in Python view code', () => {
  it('posts a query to dataEndpoint and reads the page, which counts as input', async () => {
    endpoint.answer = {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"items":[{},{},"ß"],"nextCursor":null}',
    };
    const outcome = await run([
      "request = Request(parameters['dataEndpoint'] + '/app/v1/events/query', json.dumps({'profile': " +
        "'walks'}).encode(),",
      "                  {'Authorization': 'Bearer t', 'Content-Type': 'application/json'})",
      'with urlopen(request, timeout=5) as response:',
      "    return [response.status, response.getcode(), response.reason, response.headers['content-type'], " +
        'json.load(response)]',
    ]);
    expect(resultOf(outcome)).toEqual([200, 200, 'OK', 'application/json', { items: [{}, {}, 'ß'], nextCursor: null }]);
    expect(outcome.usage).toMatchObject({ eventsRead: 3, bytesRead: Buffer.byteLength(endpoint.answer.body) });
    expect(endpoint.seen).toMatchObject([
      { method: 'POST', url: '/app/v1/events/query', body: '{"profile": "walks"}' },
    ]);
    expect(endpoint.seen[0]!.headers).toMatchObject({ authorization: 'Bearer t', 'content-type': 'application/json' });
  });

  it('sends headers whose values are numbers', async () => {
    endpoint.answer = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"items":[]}' };
    const outcome = await run([
      "body = b'{}'",
      "request = Request(parameters['dataEndpoint'] + '/app/v1/events/query', body, {'Content-Length': len(body)})",
      'return urlopen(request).status',
    ]);
    expect(resultOf(outcome)).toBe(200);
    expect(endpoint.seen).toMatchObject([{ body: '{}', headers: { 'content-length': '2' } }]);
  });

  it('raises HTTPError for an error status, with what the keep said', async () => {
    endpoint.answer = {
      status: 403,
      headers: { 'content-type': 'application/problem+json' },
      body: '{"code":"forbidden"}',
    };
    const outcome = await run([
      "try: urlopen(parameters['dataEndpoint'] + '/app/v1/events?profile=walks')",
      'except urllib.error.HTTPError as error: return [error.code, json.load(error)]',
    ]);
    expect(resultOf(outcome)).toEqual([403, { code: 'forbidden' }]);
  });

  it('fails with the code of a refusal that nobody caught', async () => {
    expect(await run(["urlopen('http://example.com/')"])).toMatchObject({
      state: 'failed',
      error: { code: 'view-network-denied', file: 'main.py', line: 4 },
    });
    expect(connections).toEqual([]);
  });

  it('opens no connection to anything but the event routes, by urllib, http.client or sockets', async () => {
    const { port } = new URL(endpoint.origin);
    const urls = [
      `http://127.0.0.1:${port}/admin/v1/session`,
      `http://127.0.0.1:${port}/app/v1/events/../me`,
      `http://127.0.0.1:1/app/v1/events`,
      `https://127.0.0.1:${port}/app/v1/events`,
      'http://169.254.169.254/latest/meta-data/',
      'http://2852039166/',
      `http://user@127.0.0.1:${port}/app/v1/events`,
      'file:///etc/passwd',
      'ftp://127.0.0.1/x',
      `ws://127.0.0.1:${port}/app/v1/events`,
    ];
    const outcome = await run([
      'import http.client, socket',
      'told = []',
      `for url in ${JSON.stringify(urls)}:`,
      "    try: told.append('reached ' + str(urlopen(url).status))",
      '    except urllib.error.URLError as error: told.append("refused")',
      `for attempt in (lambda: http.client.HTTPConnection('127.0.0.1', ${port}).request('GET', ` +
        `'/app/v1/events'), lambda: socket.create_connection(('127.0.0.1', ${port})),`,
      `                lambda: urllib.request.build_opener().open('http://127.0.0.1:${port}/app/v1/events')):`,
      '    try: told.append("reached " + str(attempt()))',
      '    except OSError: told.append("refused")',
      'return told',
    ]);
    expect(resultOf(outcome)).toEqual(Array.from({ length: urls.length + 3 }, () => 'refused'));
    expect(connections).toEqual([]);
    expect(endpoint.seen).toEqual([]);
  });

  it('follows no redirect', async () => {
    endpoint.answer = { status: 302, headers: { location: 'http://169.254.169.254/' }, body: '' };
    const outcome = await run([
      "try: urlopen(parameters['dataEndpoint'] + '/app/v1/events')",
      'except OSError as error: return error.code',
    ]);
    expect(resultOf(outcome)).toBe('view-network-denied');
    expect(connections).toEqual([new URL(endpoint.origin).host]);
  });

  it('reaches nothing where the run has no dataEndpoint', async () => {
    const outcome = await run(
      ["try: urlopen(parameters['origin'] + '/app/v1/events')", 'except OSError as error: return error.code'],
      {
        dataEndpoint: '',
      },
    );
    expect(resultOf(outcome)).toBe('view-network-denied');
    expect(connections).toEqual([]);
  });
});
