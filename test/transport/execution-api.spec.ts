import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExecutionService, executionLimitRanges } from '@datakeep/contracts';
import { HttpExecutionService } from '@datakeep/execution';
import { openJavaScriptService } from '@datakeep/execution/testing';
import { SystemClock } from '@datakeep/kernel';
import type { KeyedApi } from '@datakeep/service-host';
import { startExecutionApi } from '../../apps/executors/src/execution-api/start-execution-api.ts';
import type { AppClient } from '../support/keep-client.ts';
import { freePorts } from '../support/free-ports.ts';
import {
  type KeepUnderTest,
  keepUnderTest,
  permittedInstance,
  walk,
  walkingApp,
  walkProfile,
} from '../support/keep-in-process.ts';
import { recordingLogger } from '../support/transport/served-services.ts';

const key = 'x'.repeat(43);
const clock = new SystemClock();

describe('The interface of execution services over the built-in runtimes', () => {
  let api: KeyedApi;
  let runtime: Awaited<ReturnType<typeof openJavaScriptService>>;
  const { logger, logged } = recordingLogger();
  const config = { executionPort: 0, executionKey: key, serviceHost: '127.0.0.1' };
  beforeAll(async () => {
    runtime = await openJavaScriptService();
    const services = new Map<string, ExecutionService>([
      ['javascript', runtime.service],
      ['python', new HttpExecutionService({ runtime: 'python', url: 'http://127.0.0.1:1', clock })],
    ]);
    api = (await startExecutionApi({ config, services, clock, logger }))!;
  });
  afterAll(async () => {
    await runtime.close();
    await api.close();
  });

  const authorization = `Bearer ${key}`;
  const upload = (files: Record<string, string>, below = ''): Promise<Response> => {
    const body = new FormData();
    for (const [name, content] of Object.entries(files)) body.append('files', new Blob([content]), name);
    return fetch(`${api.url}${below}/uploadNewSourceCode`, { method: 'POST', headers: { authorization }, body });
  };
  const uploaded = async (content: string): Promise<string> =>
    ((await (await upload({ 'main.js': content })).json()) as { sourceCodeId: string }).sourceCodeId;
  const execute = (
    id: string,
    body: unknown = { parametersForMainEntry: {} },
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${api.url}/executeSourceCode/${id}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  it('has an OpenAPI document that is valid and names exactly its routes', async () => {
    const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
      paths: Record<string, object>;
      servers: { url: string }[];
    };
    expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
    const told = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((name) => name !== 'parameters')
        .flatMap((method) =>
          ['', '/:runtime'].map((below) => `${method.toUpperCase()} ${below}${path.replace('{id}', ':id')}`),
        ),
    );
    expect([...told, 'GET /openapi.json'].toSorted()).toEqual([...api.routes].toSorted());
    expect(document.servers.map(({ url }) => url)).toEqual(['/', '/javascript', '/python']);
  });

  it.each(['', 'Bearer', `Bearer ${key}x`, `Basic ${key}`, key])(
    'opens no route to the authorization %j',
    async (given) => {
      for (const route of api.routes.filter((name) => !name.endsWith('openapi.json'))) {
        const [method, path] = route.split(' ') as [string, string];
        const response = await fetch(api.url + path, { method, headers: { authorization: given } });
        expect([response.status, response.headers.get('www-authenticate')], route).toEqual([401, 'Bearer']);
      }
      expect(logged.join('\n')).not.toContain(key);
    },
  );

  it('stores, returns, runs and deletes source code: its first runtime at the root, each below its name', async () => {
    const content =
      "module.exports = ({ configuration }) => { console.log('printed'); console.error('bad'); " +
      'return configuration; };';
    const id = await uploaded(content);
    for (const below of ['', '/javascript']) {
      const read = await fetch(`${api.url}${below}/sourceCodes/${id}`, { headers: { authorization } });
      expect(await read.json()).toEqual({ sourceCode: [{ name: 'main.js', language: 'javascript', code: content }] });
    }
    const ran = await execute(id, { parametersForMainEntry: { configuration: { unit: 'km' } } });
    expect(ran.status).toBe(200);
    expect(await ran.json()).toMatchObject({
      message: 'The code ran.',
      result: '{"unit":"km"}',
      stdout: 'printed',
      stderr: 'bad',
      isolation: {},
    });
    expect((await fetch(`${api.url}/sourceCodes/${id}`, { method: 'DELETE', headers: { authorization } })).status).toBe(
      200,
    );
    expect((await fetch(`${api.url}/sourceCodes/${id}`, { headers: { authorization } })).status).toBe(404);
    expect((await execute(id)).status).toBe(404);
    expect((await upload({ 'main.js': content }, '/cobol')).status).toBe(404);
    expect((await upload({ 'main.py': content }, '/python')).status).toBe(503);
  });

  it('takes files in folders, and tells what it refuses, with its place', async () => {
    expect(
      (await upload({ 'main.js': "module.exports = require('./lib/a.js');", 'lib/a.js': 'module.exports = () => 1;' }))
        .status,
    ).toBe(201);
    const refused = await upload({ 'main.js': 'let = ;' });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({
      code: 'invalid',
      errors: [{ pointer: '/files/0/content', code: 'source' }],
    });
    expect((await upload({})).status).toBeGreaterThanOrEqual(400);
    expect(
      await upload(Object.fromEntries(Array.from({ length: 11 }, (_, n) => [n === 0 ? 'main.js' : `f${n}.js`, '']))),
    ).toMatchObject({
      status: 422,
    });
    expect((await upload({ 'main.js': `//${'x'.repeat(256 * 1024)}` })).status).toBeGreaterThanOrEqual(413);
    const noForm = await fetch(`${api.url}/uploadNewSourceCode`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(noForm.status).toBe(415);
  });

  it.each([
    ['{', 400, 'unreadable-body'],
    ['{}', 422, 'invalid'],
    ['{"parametersForMainEntry":[]}', 422, 'invalid'],
    ['{"parametersForMainEntry":{"__proto__":{}}}', 400, 'unreadable-body'],
  ])('refuses %s as a problem', async (body, status, code) => {
    const response = await execute(await uploaded('module.exports = () => 1;'), body);
    expect([response.status, await response.json()]).toEqual([status, expect.objectContaining({ code })]);
  });

  it('tells why code failed, and holds it to limits that are asked for within the hard maxima', async () => {
    const failed = await execute(await uploaded("module.exports = () => {\n  throw new Error('no such walk');\n};"));
    expect([failed.status, await failed.json()]).toEqual([
      400,
      expect.objectContaining({
        message: 'no such walk',
        error: { code: 'view-threw', message: 'no such walk', file: 'main.js', line: 2 },
      }),
    ]);
    const endless = await uploaded('module.exports = () => { for (;;); };');
    const slow = await execute(endless, undefined, { 'x-datakeep-limits': '{"wallTimeMs":200}' });
    expect([slow.status, await slow.json()]).toEqual([
      400,
      expect.objectContaining({ error: expect.objectContaining({ code: 'view-timed-out' }) }),
    ]);
    for (const header of ['nonsense', '[]', '{"wallTimeMs":"long","memoryMiB":1e9}']) {
      const ran = await execute(await uploaded('module.exports = () => 1;'), undefined, {
        'x-datakeep-limits': header,
      });
      expect(ran.status, header).toBe(200);
    }
    expect(executionLimitRanges.wallTimeMs.most).toBe(60_000);
  });

  it('ends a run whose caller is gone', async () => {
    const id = await uploaded('module.exports = () => new Promise(() => setInterval(() => 1, 10));');
    const controller = new AbortController();
    const asked = fetch(`${api.url}/executeSourceCode/${id}`, {
      method: 'POST',
      signal: controller.signal,
      headers: { authorization, 'content-type': 'application/json' },
      body: '{"parametersForMainEntry":{}}',
    });
    const running = async (): Promise<number> => (await runtime.service.report()).processes.running;
    await expect.poll(running).toBe(1);
    controller.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(running).toBe(0);
  });

  it('is not opened without a key, nor where no port is given', async () => {
    const given = { services: new Map(), clock, logger };
    await expect(startExecutionApi({ ...given, config: { ...config, executionKey: undefined } })).rejects.toThrow(
      'EXECUTION_KEY is not set',
    );
    expect(await startExecutionApi({ ...given, config: { ...config, executionPort: undefined } })).toBeUndefined();
  });
});

describe('A keep whose views run in the runtimes of another keep', () => {
  let other: KeepUnderTest;
  let test: KeepUnderTest;
  let app: AppClient;

  beforeAll(async () => {
    const [port] = await freePorts(1);
    other = await keepUnderTest({ config: { executionPort: port, executionKey: key } });
    const runtimes = [{ name: 'far', url: `http://127.0.0.1:${port}/javascript` }];
    test = await keepUnderTest({ config: { runtimes, runtimeKeys: { far: key } } });
    app = await walkingApp(test.admin);
    await app.sendEvents([walk(1200), walk(800)]);
  });
  afterAll(async () => {
    await test.stop();
    await other.stop();
  });

  it('runs the same view: keep.events and fetch read by dataEndpoint, as the run and no more', async () => {
    const view = (content: string) => ({
      name: 'Far',
      runtime: 'far',
      permissions: [{ profile: walkProfile, rights: ['read', 'create', 'modify'] as const }],
      files: [{ path: 'main.js', content }],
    });
    const instance = await permittedInstance(
      test.admin,
      app,
      view(`module.exports = async ({ accessTokensToProfiles, dataEndpoint }, keep) => {
        const query = { profile: '${walkProfile}', sort: [{ field: 'payload.distance', direction: 'ascending' }] };
        const { items } = await keep.events.query(query);
        const created = await keep.events.create([{ metadata: { profile: '${walkProfile}' },
          payload: { activity: 'running', distance: 1 } }]);
        const { id } = created.events[0];
        const modified = await keep.events.modify(id, { activity: 'running', distance: 2 }, 1);
        const stale = await keep.events.modify(id, { activity: 'running', distance: 3 }, 1).catch(({ code }) => code);
        const denied = await keep.events.delete(id).catch(({ code }) => code);
        const unknown = await keep.events.query({ profile: 'no.example/such' }).catch(({ code }) => code);
        const response = await fetch(dataEndpoint + '/app/v1/events/' + id,
          { headers: { authorization: 'Bearer ' + accessTokensToProfiles['${walkProfile}'] } });
        return { distances: items.map(({ payload }) => payload.distance), accepted: created.accepted,
          version: modified.metadata.version, stale, denied, unknown,
          fetched: (await response.json()).payload.distance };
      };`),
    );
    const run = (await app.run(instance)) as Awaited<ReturnType<AppClient['run']>> & { usage: object };
    expect(run).toMatchObject({
      state: 'succeeded',
      result: {
        distances: [800, 1200],
        accepted: 1,
        version: 2,
        stale: 'version-mismatch',
        denied: 'forbidden',
        fetched: 2,
      },
      usage: { eventsRead: 3, eventsWritten: 2 },
      isolation: { level: 'foreign', where: 'far' },
    });
  });
});
