import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExecutionOutcome, ExecutionRequest } from '@datakeep/contracts';
import { DatakeepError, SystemClock } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { emptyBroker } from '../testing.ts';
import { HttpExecutionService } from './http-execution-service.ts';

type Answer = (response: ServerResponse, request: IncomingMessage, body: string) => void;

const key = 'open-sesame';
const files = [{ path: 'main.rb', content: 'def main(parameters) = parameters\n' }];
const seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
let answer: Answer;
let server: Server;
let url: string;
let service: HttpExecutionService;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      seen.push({ method: request.method!, url: request.url!, headers: request.headers, body });
      answer(response, request, body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  service = new HttpExecutionService({ runtime: 'my-ruby', url: `${url}/ruby/`, key, clock: new SystemClock() });
});
afterEach(async () => {
  await service.close();
  seen.length = 0;
});

const json =
  (status: number, body: unknown): Answer =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
const execute = (
  request: Partial<ExecutionRequest> = {},
  by: HttpExecutionService = service,
): Promise<ExecutionOutcome> =>
  by.execute({
    sourceCodeId: 'abc',
    reuseKey: 'instance',
    parametersJson: '{"configuration":{"unit":"km"}}',
    limits: service.defaultLimits,
    broker: emptyBroker,
    signal: new AbortController().signal,
    ...request,
  });
const failure = async (call: Promise<unknown>): Promise<DatakeepError> => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DatakeepError);
  return error as DatakeepError;
};

describe('A foreign execution service that answers as it should', () => {
  it('is given each file under its name, with the key', async () => {
    answer = json(201, { sourceCodeId: 'abc' });
    expect(await service.upload([...files, { path: 'größe.rb', content: '# ü\n' }])).toMatchObject({
      sourceCodeId: 'abc',
    });
    const [{ method, url: path, headers, body }] = seen as [(typeof seen)[0]];
    expect([method, path, headers.authorization]).toEqual(['POST', '/ruby/uploadNewSourceCode', `Bearer ${key}`]);
    expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(body).toContain('name="files"; filename="main.rb"');
    expect(body).toContain('name="files"; filename="größe.rb"');
    expect(body).toContain('# ü\n');
  });

  it('gives back its files, and knows an id or does not', async () => {
    answer = json(200, { sourceCode: [{ name: 'main.rb', language: 'ruby', code: files[0]!.content }] });
    expect(await service.read('abc')).toEqual(files);
    answer = json(404, {});
    expect(await service.read('abc')).toBeUndefined();
    await service.delete('abc');
    expect(seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      'GET /ruby/sourceCodes/abc',
      'GET /ruby/sourceCodes/abc',
      'DELETE /ruby/sourceCodes/abc',
    ]);
  });

  it('is asked for nothing where an id would lead elsewhere', async () => {
    for (const id of ['', '.', '..', '../uploadNewSourceCode', 'a/b', 'a?b', 'a#b', '%2e%2e']) {
      expect(await service.read(id)).toBeUndefined();
      expect(await execute({ sourceCodeId: id })).toMatchObject({
        state: 'failed',
        error: { code: 'view-source-missing' },
      });
    }
    expect(seen).toEqual([]);
  });

  it('is given the parameters as they are, and the limits of the run', async () => {
    answer = json(200, { message: 'ok', result: null });
    await execute();
    expect(seen).toMatchObject([
      {
        method: 'POST',
        url: '/ruby/executeSourceCode/abc',
        body: '{"parametersForMainEntry":{"configuration":{"unit":"km"}}}',
      },
    ]);
    expect(JSON.parse(String(seen[0]!.headers['x-datakeep-limits']))).toEqual(service.defaultLimits);
  });

  it.each([
    [{ result: { a: [1, null] } }, '{"a":[1,null]}'],
    [{ result: '{"a": 9007199254740992}' }, '{"a": 9007199254740992}'],
    [{ result: '"text"' }, '"text"'],
    [{ result: 'no JSON' }, '"no JSON"'],
    [{ result: '' }, '""'],
    [{ result: 0 }, '0'],
    [{}, 'null'],
  ])('answers %j, which is the result %s', async (body, resultJson) => {
    answer = json(200, { message: 'ok', ...body });
    expect(await execute()).toMatchObject({
      state: 'succeeded',
      resultJson,
      isolation: { level: 'foreign', where: 'my-ruby' },
    });
  });

  it.each([
    [JSON.parse('{"__proto__":1}'), '/__proto__: this member name is refused everywhere'],
    ['{"a":1,"a":2}', '/a: the object has this member already'],
    ['{"a":["\\ud800"]}', '/a/0: the string holds half of a surrogate pair'],
    ['{"a":9007199254740993}', '/a: an IEEE double cannot hold this integer exactly; send it as a string'],
  ])('answers the result %j, which can be read in two ways: a failed run', async (result, why) => {
    answer = json(200, { message: 'ok', result });
    expect(await execute()).toMatchObject({
      state: 'failed',
      error: { code: 'view-result-not-json', message: expect.stringContaining(why) },
    });
  });

  it('tells why the code failed, and what it printed', async () => {
    answer = json(400, {
      message: 'The code failed',
      error: 'NoMethodError: undefined',
      stdout: 'one\ntwo\n',
      stderr: 'three',
    });
    const outcome = await execute();
    expect(outcome).toMatchObject({
      state: 'failed',
      error: { code: 'view-threw', message: 'The code failed: NoMethodError: undefined' },
    });
    expect(outcome.logs.map(({ level, text }) => [level, text])).toEqual([
      ['info', 'one'],
      ['info', 'two'],
      ['error', 'three'],
    ]);
    answer = json(400, { message: 'Slow.', error: { code: 'view-timed-out', file: 'main.rb', line: 3 } });
    expect(await execute()).toMatchObject({
      state: 'timed-out',
      error: { code: 'view-timed-out', message: 'Slow.', file: 'main.rb', line: 3 },
    });
    answer = json(400, { message: 'Odd.', error: { code: 'made-up', line: 'x' } });
    expect(await execute()).toMatchObject({ state: 'failed', error: { code: 'view-threw', message: 'Odd.' } });
  });

  it('is well when it does not know a source code that cannot be there', async () => {
    answer = json(404, {});
    const report = await service.report();
    expect(report).toMatchObject({
      name: 'my-ruby',
      where: `${url}/ruby`,
      healthy: true,
      isolation: { level: 'foreign', layers: [] },
    });
    expect(JSON.stringify(report)).not.toContain(key);
  });
});

describe('A foreign execution service that refuses source code', () => {
  it.each([
    [400, { message: 'line 3: syntax error' }, 'line 3: syntax error'],
    [422, { detail: 'No main.' }, 'No main.'],
    [413, 'too large', 'The execution service refuses the source code, with status 413.'],
    [429, { message: 'Come back later.' }, 'Come back later.'],
    [401, { message: 'Who are you?' }, 'The execution service my-ruby refuses RUNTIME_MY_RUBY_KEY: Who are you?'],
    [403, {}, 'The execution service my-ruby refuses RUNTIME_MY_RUBY_KEY.'],
  ])('with status %i: the admin gets its words as 422', async (status, body, detail) => {
    answer = json(status, body);
    const error = await failure(service.upload(files));
    expect([error.code, error.message, error.errors]).toEqual([
      'invalid',
      detail,
      [{ pointer: '/files', code: 'source', detail }],
    ]);
  });

  it('is not asked for files in folders, nor for what no runtime takes', async () => {
    expect((await failure(service.upload([{ path: 'lib/main.rb', content: '' }]))).errors).toMatchObject([
      { pointer: '/files/0/path', code: 'source' },
    ]);
    expect((await failure(service.upload([{ path: '..', content: '' }]))).code).toBe('invalid');
    expect(seen).toEqual([]);
  });
});

/** Every failure but refused source, and what the run and the admin see of it. */
const troubles: readonly (readonly [what: string, answer: Answer, told: string])[] = [
  ['breaks off before it answers', (response) => void response.destroy(), 'broke off'],
  [
    'breaks off within its answer',
    (response) => void response.writeHead(200, { 'content-length': 100 }).write('{"mess', () => response.destroy()),
    'broke off',
  ],
  ['answers no HTTP', (response) => void response.socket?.end('nonsense\r\n\r\n'), 'broke off'],
  ['answers an error of its own', json(500, { message: 'Disk full' }), 'answered with status 500'],
  [
    'redirects',
    (response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    'answered with status 302',
  ],
  ['answers nothing', (response) => void response.writeHead(204).end(), 'answered with status 204'],
];

describe('A foreign execution service that', () => {
  it.each(troubles)('%s: a failed run, and 503 for the admin', async (_what, trouble, told) => {
    answer = trouble;
    const outcome = await execute();
    expect(outcome).toMatchObject({
      state: 'failed',
      error: { code: 'execution-service-failed', message: expect.stringContaining(told) },
    });
    for (const call of [() => service.upload(files), () => service.read('abc')])
      expect(await failure(call())).toMatchObject({
        code: 'execution-service-unreachable',
        message: expect.stringContaining(told),
      });
    // Asked once each: whether it did something is not known.
    expect(seen).toHaveLength(3);
    expect(JSON.stringify([outcome, seen.length])).not.toContain(key);
    expect(await service.report()).toMatchObject({
      healthy: false,
      detail: expect.stringMatching(/^The execution service /),
    });
  });

  it.each([401, 403])('refuses the key with status %i: a failed run, and no source code to read', async (status) => {
    answer = json(status, {});
    const told = expect.stringContaining('refuses RUNTIME_MY_RUBY_KEY');
    expect(await execute()).toMatchObject({ error: { code: 'execution-service-failed', message: told } });
    expect(await failure(service.read('abc'))).toMatchObject({ code: 'execution-service-unreachable', message: told });
    expect(await service.report()).toMatchObject({ healthy: false });
  });

  it.each([
    ['no JSON', '<html>'],
    ['a list', '[]'],
    ['NaN', '{"message":"ok","result":NaN}'],
    ['a cut text', '{"message":"ok","result":"'],
  ])('answers %s: a failed run', async (_what, body) => {
    answer = json(200, body);
    expect(await execute()).toMatchObject({
      state: 'failed',
      error: {
        code: 'execution-service-failed',
        message: 'The execution service my-ruby answered with what is no JSON object.',
      },
    });
  });

  it('is down: a failed run, and 503 for the admin', async () => {
    const down = new HttpExecutionService({ runtime: 'my-ruby', url: 'http://127.0.0.1:1', clock: new SystemClock() });
    expect(await execute({}, down)).toMatchObject({
      state: 'failed',
      error: { code: 'execution-service-failed', message: expect.stringContaining('is out of reach') },
    });
    expect(await failure(down.upload(files))).toMatchObject({
      code: 'execution-service-unreachable',
      message: 'The execution service my-ruby is out of reach. Nothing was registered.',
      retryAfterSeconds: 1,
    });
    expect(await down.report()).toMatchObject({ healthy: false, detail: 'The execution service is out of reach.' });
  });

  it('wants a key that is not set is told apart from one that refuses it', async () => {
    answer = json(401, {});
    const keyless = new HttpExecutionService({ runtime: 'my-ruby', url, clock: new SystemClock() });
    expect(await execute({}, keyless)).toMatchObject({
      error: { message: expect.stringContaining('asks for a key, and RUNTIME_MY_RUBY_KEY is not set') },
    });
    expect(seen[0]!.headers).not.toHaveProperty('authorization');
  });

  it('is slow: the run fails 2 s after its wall time, and the connection is closed', async () => {
    const clock = new ManualClock();
    const patient = new HttpExecutionService({ runtime: 'my-ruby', url, key, clock });
    const asked = Promise.withResolvers<IncomingMessage>();
    answer = (_response, request) => asked.resolve(request);
    const outcome = execute({ limits: { ...service.defaultLimits, wallTimeMs: 3000 } }, patient);
    const request = await asked.promise;
    const closed = once(request.socket, 'close');
    clock.advance(4999);
    await Promise.resolve();
    clock.advance(1);
    expect(await outcome).toMatchObject({
      state: 'failed',
      error: {
        code: 'execution-service-failed',
        message: 'The execution service my-ruby did not answer within 5000 ms.',
      },
      usage: { wallMs: 5000 },
    });
    await closed;
  });

  it('answers without end: the run fails, and memory is bounded', async () => {
    const endless = function* (): Generator<string> {
      for (;;) yield 'x'.repeat(65_536);
    };
    answer = (response) => void pipeline(Readable.from(endless()), response.writeHead(200), () => undefined);
    const outcome = await execute({ limits: { ...service.defaultLimits, resultBytes: 1000, logBytes: 1000 } });
    expect(outcome).toMatchObject({
      state: 'failed',
      error: { code: 'view-result-too-large', message: expect.stringContaining('a result may take 1000') },
    });
    expect((await failure(service.read('abc'))).message).toContain('answered with more than may be');
  });

  it('gives a result over the limit, or one too deep', async () => {
    answer = json(200, { result: 'x'.repeat(1001) });
    const limits = { ...service.defaultLimits, resultBytes: 1000 };
    expect(await execute({ limits })).toMatchObject({ state: 'failed', error: { code: 'view-result-too-large' } });
    answer = json(200, { result: '['.repeat(65) + ']'.repeat(65) });
    expect(await execute({ limits })).toMatchObject({ state: 'failed', error: { code: 'view-result-not-json' } });
  });

  it('prints without end: the log is cut at its limit, and the rest is counted', async () => {
    answer = json(200, {
      result: 1,
      stdout: 'x'.repeat(5000),
      usage: { cpuMs: -1, peakMemoryMiB: 'many', eventsRead: 7 },
    });
    const outcome = await execute({ limits: { ...service.defaultLimits, logBytes: 1000 } });
    expect(outcome).toMatchObject({
      state: 'succeeded',
      usage: { cpuMs: 0, peakMemoryMiB: 0, eventsRead: 7, logBytesDropped: 4000 },
    });
    expect(outcome.logs.map(({ text }) => text.length)).toEqual([1000]);
  });

  it('works on a run that is cancelled, or on one at a shutdown: told by a closed connection', async () => {
    for (const stop of ['cancel', 'close']) {
      const asked = Promise.withResolvers<IncomingMessage>();
      answer = (_response, request) => asked.resolve(request);
      const controller = new AbortController();
      const outcome = execute({ signal: controller.signal });
      const closed = once((await asked.promise).socket, 'close');
      if (stop === 'cancel') controller.abort();
      else await service.close();
      expect(await outcome).toMatchObject({ state: 'cancelled', error: { code: 'view-cancelled' } });
      await closed;
    }
    expect((await failure(service.upload(files))).code).toBe('not-ready');
  });
});
