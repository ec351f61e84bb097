import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readConfig, SystemClock } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { foreignStorage, HttpDataStorage } from '@datakeep/transport';
import { type RunningStorage, startStorage } from '../../apps/storage/src/bootstrap.ts';
import { MemoryOracle } from '../support/oracle/memory-oracle.ts';
import { startStorageApi, type StorageApi } from '../../apps/storage/src/storage-api/start-storage-api.ts';
import { anEvent, aQuery, namesOf } from '../contracts/data-storage.fixture.ts';
import { recordingLogger } from '../support/transport/served-services.ts';

const key = 's'.repeat(43);
const clock = new SystemClock();

const withCursor = (place: unknown): string =>
  JSON.stringify({ profile: 'p', cursor: Buffer.from(JSON.stringify(place)).toString('base64url') });
const at = '2026-01-01T00:00:00.000Z';
const withId = (id: string, createdDate = at): string =>
  JSON.stringify({ id, metadata: { profile: 'p', source: 's', createdDate, acceptedDate: at }, payload: {} });

describe('/storage/v1', () => {
  let api: StorageApi;
  const { logger, logged } = recordingLogger();
  beforeAll(async () => {
    api = await startStorageApi({ storage: new MemoryOracle(), key, host: '127.0.0.1', port: 0, logger });
  });
  afterAll(() => api.close());

  const ask = (method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${api.url}/storage/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });

  it('has an OpenAPI document that is valid and names exactly its routes', async () => {
    const document = (await (await fetch(`${api.url}/storage/v1/openapi.json`)).json()) as {
      paths: Record<string, object>;
    };
    expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
    const told = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((name) => name !== 'parameters')
        .map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    expect([...told, 'GET /storage/v1/openapi.json'].toSorted()).toEqual([...api.routes].toSorted());
  });

  it('has an OpenAPI document of the changes: places, no numbers, and who modified an event', async () => {
    const text = await (await fetch(`${api.url}/storage/v1/openapi.json`)).text();
    for (const member of ['place', 'next', 'more', 'modifiedBy']) expect(text).toContain(`"${member}":`);
    expect(text).not.toContain('"sequence"');
  });

  it.each(['', 'Bearer', `Bearer ${key}x`, `Basic ${key}`, key])(
    'opens no route to the authorization %j',
    async (authorization) => {
      for (const route of api.routes.filter((name) => !name.endsWith('openapi.json'))) {
        const [method, path] = route.split(' ') as [string, string];
        const response = await fetch(api.url + path, { method, headers: { authorization } });
        expect([response.status, response.headers.get('www-authenticate')], route).toEqual([401, 'Bearer']);
        expect(await response.json()).toMatchObject({ code: 'unauthenticated' });
      }
      expect(logged.join('\n')).not.toContain(key);
    },
  );

  it.each([
    ['POST', '/events', '{', 400, 'unreadable-body'],
    ['POST', '/events', '{"events":[{"__proto__":{}}]}', 400, 'unreadable-body'],
    ['POST', '/events', '{}', 422, 'invalid'],
    ['POST', '/events', '{"events":[{"id":1}]}', 422, 'invalid'],
    ['POST', '/events', `{"events":[${withId('1')}]}`, 422, 'invalid'],
    ['POST', '/events', `{"events":[${withId('0'.repeat(24), '1')}]}`, 422, 'invalid'],
    ['POST', '/events', `{"events":[${withId('0'.repeat(24), '+010000-01-01T00:00:00Z')}]}`, 422, 'invalid'],
    ['POST', '/events/query', '{}', 422, 'invalid'],
    ['POST', '/events/query', '{"profile":"p","limit":1001}', 422, 'invalid'],
    ['POST', '/events/query', '{"profile":"p","filter":{"payload.a":{"like":1}}}', 422, 'invalid'],
    ['POST', '/events/query', '{"profile":"p","surprise":1}', 422, 'invalid'],
    ['POST', '/events/query', '{"profile":"p","timeoutMs":60001}', 422, 'invalid'],
    ['POST', '/events/aggregate', '{"profile":"p","measures":{"n":{"op":"count"}},"timeoutMs":1e300}', 422, 'invalid'],
    ['POST', '/events/query', '{"profile":"p","cursor":"none"}', 422, 'invalid'],
    ['POST', '/events/query', withCursor([[1], 'no id']), 422, 'invalid'],
    ['POST', '/events/query', withCursor([[{ $gt: 1 }], '0'.repeat(24)]), 422, 'invalid'],
    ['POST', '/events/query', withCursor([[], '0'.repeat(24)]), 422, 'invalid'],
    ['PUT', `/events/${'0'.repeat(24)}`, '{"payload":{}}', 428, 'if-match-required'],
    ['PUT', `/events/${'0'.repeat(24)}`, '{"payload":[]}', 422, 'invalid'],
    ['GET', `/events/${'0'.repeat(24)}`, undefined, 404, 'not-found'],
    ['DELETE', '/events', undefined, 422, 'invalid'],
    ['GET', '/nothing', undefined, 404, 'not-found'],
  ])('%s %s %s is refused as a problem', async (method, path, body, status, code) => {
    const response = await ask(method, path, body);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(await response.json()).toMatchObject({ status, code });
  });

  it('reads the query language as apps write it', async () => {
    const storage = new HttpDataStorage({ url: api.url, key, clock });
    await storage.append([
      anEvent({ name: 'a', n: 1 }, { profile: 'language', createdAt: Date.parse('2026-01-01T00:00:00Z') }),
      anEvent({ name: 'b', n: 2 }, { profile: 'language', createdAt: Date.parse('2026-01-02T00:00:00Z') }),
      anEvent({ name: 'c' }, { profile: 'language', createdAt: Date.parse('2026-01-03T00:00:00Z') }),
    ]);
    const found = async (filter: object): Promise<unknown[]> => {
      const kinds = { 'metadata.createdDate': 'date', 'payload.n': 'number', 'payload.name': 'string' };
      const { items } = (await (
        await ask('POST', '/events/query', JSON.stringify({ profile: 'language', filter, kinds }))
      ).json()) as {
        items: { payload: { name: string } }[];
      };
      return items.map(({ payload }) => payload.name);
    };
    expect(await found({ 'payload.n': 1 })).toEqual(['a']);
    expect(await found({ 'payload.n': { ne: 1 } })).toEqual(['c', 'b']);
    expect(await found({ 'payload.n': { exists: false } })).toEqual(['c']);
    expect(await found({ 'payload.n': { gte: 1, lt: 2 }, 'payload.name': { nin: ['b'] } })).toEqual(['a']);
    expect(await found({ or: [{ 'payload.n': 2 }, { not: { 'payload.n': { exists: true } } }] })).toEqual(['c', 'b']);
    expect(await found({ 'metadata.createdDate': { gt: '2026-01-01T01:00:00+01:00' } })).toEqual(['c', 'b']);
  });

  it('stores any member but `__proto__`', async () => {
    const storage = new HttpDataStorage({ url: api.url, key, clock });
    const event = anEvent({ constructor: { prototype: 1 } }, { profile: 'members' });
    await storage.append([event]);
    expect(JSON.parse((await storage.get(event.id))!.json)).toMatchObject({
      payload: { constructor: { prototype: 1 } },
    });
  });

  it('is out of reach with another key, and says so in words that are no 401 to an app', async () => {
    const storage = new HttpDataStorage({ url: api.url, key: 'x'.repeat(43), clock });
    await expect(storage.ping()).rejects.toMatchObject({
      code: 'storage-unreachable',
      status: 503,
      retryAfterSeconds: 1,
    });
  });
});

describe('a program that stands in for the storage', () => {
  let server: Server | undefined;
  let answer: (path: string) => { status: number; body: string; headers?: Record<string, string> } | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function foreign(clockOfKeep = clock as SystemClock | ManualClock): Promise<HttpDataStorage> {
    server = createServer((request, response) => {
      const told = answer(request.url ?? '');
      if (told) response.writeHead(told.status, told.headers ?? {}).end(told.body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HttpDataStorage({
      url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
      key,
      clock: clockOfKeep,
    });
  }

  it.each<[number, string, string]>([
    [404, 'not here', 'not-found'],
    [412, '', 'version-mismatch'],
    [429, '{}', 'storage-busy'],
    [503, '<html>', 'storage-busy'],
    [507, '{"code":"somebody-elses"}', 'storage-full'],
    [500, 'Traceback (most recent call last)', 'storage-unreachable'],
    [302, '', 'storage-unreachable'],
    [200, 'no JSON', 'storage-unreachable'],
    [200, '{}', 'storage-unreachable'],
  ])('that answers %i %s is understood as %s', async (status, body, code) => {
    answer = () => ({ status, body });
    const storage = await foreign();
    const error: unknown = await storage.replace('0'.repeat(24), '{}').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'DatakeepError', code });
    expect(String(error)).not.toContain('Traceback');
  });

  it('is waited for as long as it asks', async () => {
    answer = () => ({ status: 503, body: '', headers: { 'retry-after': '7' } });
    await expect((await foreign()).append([anEvent()])).rejects.toMatchObject({
      code: 'storage-busy',
      retryAfterSeconds: 7,
    });
  });

  it('may have cursors of its own kind', async () => {
    const cursors: unknown[] = [];
    answer = () => ({ status: 200, body: `{"items":[],"nextCursor":"page:${cursors.push(1)}"}` });
    const storage = await foreign();
    const first = await storage.query(aQuery());
    expect(first.next).toEqual({ values: ['page:1'], id: '' });
    expect((await storage.query(aQuery({ after: first.next! }))).next).toEqual({ values: ['page:2'], id: '' });
  });

  it('that says nothing is given up after the deadline, with the outcome unknown', async () => {
    const manual = new ManualClock();
    let asked = (): void => {};
    const request = new Promise<void>((resolve) => (asked = resolve));
    answer = () => {
      asked();
      return undefined;
    };
    const storage = await foreign(manual);
    const outcome = storage.append([anEvent()]).catch((error: unknown) => error);
    await request;
    await manual.advance(10_000);
    expect(await outcome).toMatchObject({
      code: 'storage-unreachable',
      message: expect.stringContaining('outcome is unknown'),
    });
  });

  it('needs a key, and the variable is named', () => {
    expect(() => foreignStorage({ storageUrl: 'http://127.0.0.1:1', storageKey: undefined }, clock)).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.stringContaining('STORAGE_KEY') }) as Error,
    );
    expect(foreignStorage({ storageUrl: undefined, storageKey: undefined }, clock)).toBeUndefined();
  });
});

describe('the storage process', () => {
  it('serves /storage/v1 where STORAGE_KEY is set', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'datakeep-storage-'));
    const config = {
      ...readConfig({}),
      dataDir,
      serviceSecret: key,
      storageKey: key,
      servicePort: 0,
      healthPort: 0,
      storageHttpPort: 0,
    };
    const service: RunningStorage = await startStorage({ config, logger: recordingLogger().logger, clock });
    const storage = new HttpDataStorage({ url: service.api!.url, key, clock });
    await storage.append([anEvent({ name: 'kept' })]);
    expect(await namesOf(storage)).toEqual(['kept']);
    await service.close();
    await expect(storage.ping()).rejects.toMatchObject({ code: 'storage-unreachable' });
    await rm(dataDir, { recursive: true });
  });
});
