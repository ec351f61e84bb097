import { DATA_STORAGE, type DataStorage } from '@datakeep/contracts';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AppClient } from '../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';

interface Count {
  readonly lines: number;
  readonly accepted: number;
  readonly duplicates: number;
}
interface Problem {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly line?: number; readonly pointer: string; readonly code: string }[];
}
interface Line {
  readonly progress?: Count;
  readonly summary?: Count;
  readonly problem?: Problem;
  readonly line?: number;
  readonly stored?: Count;
}

type Body = string | Buffer | Iterable<string> | AsyncIterable<string | Buffer>;

async function post(
  url: string,
  token: string,
  body: Body,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson', ...headers },
    body:
      typeof body === 'string' || Buffer.isBuffer(body)
        ? body
        : (Readable.toWeb(Readable.from(body)) as ReadableStream),
    duplex: 'half',
  } as RequestInit);
  return { status: response.status, text: await response.text() };
}

const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** `count` walks with identifiers, a line each; `over` replaces lines, counted from 1. */
function* walks(count: number, over: Readonly<Record<number, string>> = {}, from = 1): Generator<string> {
  for (let line = from; line <= count; line += 1) yield `${over[line] ?? JSON.stringify(walkOf(line))}\n`;
}

const walkOf = (line: number) =>
  walk(line, { identifier: `w${line}`, createdDate: new Date(line * 1000).toISOString() });

const joined = (lines: Iterable<string>): string => [...lines].join('');

describe('streams of events', () => {
  let under: KeepUnderTest;
  let app: AppClient;

  beforeEach(async () => {
    under = await keepUnderTest();
    app = await walkingApp(under.admin);
  });
  afterEach(() => under.stop());

  const ingest = (body: Body, headers?: Record<string, string>): Promise<{ status: number; text: string }> =>
    post(`${under.url}/app/v1/events`, app.token!, body, headers);
  const importAll = (body: Body): Promise<{ status: number; text: string }> =>
    post(`${under.url}/admin/v1/events/import`, under.admin.token!, body);
  const exported = async (filter: object = {}): Promise<string> =>
    (await under.admin.send<string>('POST', '/admin/v1/events/export', { body: filter })).body;
  const stored = async (): Promise<number> => (await under.keep.app.get<DataStorage>(DATA_STORAGE).figures()).events;

  it('are stored chunk by chunk, answered by progress and a summary', async () => {
    const { status, text } = await ingest(walks(5500));
    const lines = linesOf(text);
    expect(status).toBe(200);
    expect(lines[0]?.progress?.lines).toBeGreaterThan(0);
    expect(lines.at(-1)).toEqual({ summary: { lines: 5500, accepted: 5500, duplicates: 0 } });
    expect(await stored()).toBe(5500);
  });

  it('come whole through a proxy that sends no more of a request once its answer begins, as nginx does', async () => {
    const proxy = createServer((request, response) => {
      const { method, headers, url = '' } = request;
      const further = httpRequest(new URL(url, under.url), { method, headers });
      further.on('response', (answer) => {
        request.unpipe(further);
        answer.pipe(response.writeHead(answer.statusCode ?? 0, answer.headers));
      });
      further.on('error', () => response.destroy());
      request.pipe(further);
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const { port } = proxy.address() as AddressInfo;
    const sent = joined(walks(30_000));
    const { text } = await post(`http://127.0.0.1:${port}/app/v1/events`, app.token!, sent);
    proxy.close();
    expect(linesOf(text).at(-1)).toEqual({ summary: { lines: 30_000, accepted: 30_000, duplicates: 0 } });
  });

  it('stop at a bad line, naming it and its reason; a repeat stores the rest and nothing twice', async () => {
    const bad = JSON.stringify({
      metadata: { profile: walkProfile, identifier: 'bad' },
      payload: { activity: 'walking', distance: -1 },
    });
    const { status, text } = await ingest(joined(walks(3500, { 3201: bad })));
    expect(status).toBe(200);
    expect(linesOf(text).at(-1)).toMatchObject({
      problem: { status: 422, code: 'invalid', errors: [{ line: 3201, pointer: '/payload/distance', code: 'schema' }] },
      line: 3201,
      stored: { lines: 3200, accepted: 3200, duplicates: 0 },
    });
    expect(await stored()).toBe(3200);
    expect(linesOf((await ingest(joined(walks(3500)))).text).at(-1)).toEqual({
      summary: { lines: 3500, accepted: 300, duplicates: 3200 },
    });
    expect(await stored()).toBe(3500);
  });

  const badLines: [string, string, Partial<Problem>][] = [
    ['no JSON', '{"metadata":', { status: 400, code: 'unreadable-body' }],
    ['two documents in one line', '{} {}', { status: 400, code: 'unreadable-body' }],
    ['another shape', '[]', { status: 422, code: 'invalid' }],
    [
      'a member that the keep owns',
      JSON.stringify({ id: '0'.repeat(24), ...walk(1) }),
      { status: 422, code: 'invalid' },
    ],
    [
      'an unknown profile',
      JSON.stringify({ ...walk(1), metadata: { profile: 'unknown' } }),
      { status: 422, code: 'invalid' },
    ],
  ];

  it.each(badLines)(
    'are refused with a problem and nothing stored, for a first line that is %s',
    async (_what, line, problem) => {
      const { status, text } = await ingest(`${line}\n${joined(walks(2))}`);
      const answer = JSON.parse(text) as Problem;
      expect(answer).toMatchObject({ ...problem, detail: expect.stringContaining('Line 1: ') as string });
      expect(new Set(answer.errors?.map((place) => place.line))).toEqual(new Set([1]));
      expect([status, await stored()]).toEqual([problem.status, 0]);
    },
  );

  it.each([
    ...badLines,
    ['an identifier of the stream again', JSON.stringify(walk(7, { identifier: 'w1' })), { status: 422 }] as const,
  ])('are stored up to a line that is %s', async (_what, line, problem) => {
    const last = linesOf((await ingest(joined(walks(5, { 4: line })))).text).at(-1);
    expect(last).toMatchObject({ problem, line: 4, stored: { lines: 3 } });
    expect(await stored()).toBe(3);
  });

  it('stop at an identifier that is stored with other content, with what stands before it stored', async () => {
    await app.ask('POST', '/app/v1/events', { body: { events: [walk(99, { identifier: 'w3' })] } });
    const last = linesOf((await ingest(joined(walks(5)))).text).at(-1);
    expect(last).toMatchObject({
      problem: { status: 409, code: 'identifier-conflict' },
      line: 3,
      stored: { lines: 2, accepted: 2 },
    });
    expect(await stored()).toBe(3);
  });

  it('need no last line end, and blank lines are nothing', async () => {
    const { text } = await ingest(`\n${joined(walks(2))}\r\n${JSON.stringify(walk(3))}`);
    expect(linesOf(text).at(-1)).toEqual({ summary: { lines: 5, accepted: 3, duplicates: 0 } });
    expect(linesOf((await ingest('')).text)).toEqual([{ summary: { lines: 0, accepted: 0, duplicates: 0 } }]);
  });

  it('end at the first event without the right to create', async () => {
    await (await under.admin.connectApp('Other')).registerProfile('other.example/thing', { type: 'object' });
    const other = JSON.stringify({ metadata: { profile: 'other.example/thing' }, payload: {} });
    expect(linesOf((await ingest(joined(walks(3, { 2: other })))).text).at(-1)).toMatchObject({
      problem: { status: 403 },
      line: 2,
      stored: { lines: 1 },
    });
    expect((await ingest(`${other}\n`)).status).toBe(403);
  });

  it('end with a revoked permission and with a revoked token, at the next chunk', async () => {
    const [permission] = await app
      .ask<{ items: { id: string }[] }>('GET', '/app/v1/permissions')
      .then(({ items }) => items);
    const meanwhile = async function* (act: () => Promise<unknown>): AsyncGenerator<string> {
      yield joined(walks(1000));
      while ((await stored()) < 1000) continue;
      await act();
      yield joined(walks(3000, {}, 1001));
    };
    const revoked = linesOf(
      (await ingest(meanwhile(() => under.admin.ask('POST', `/admin/v1/permissions/${permission!.id}/revoke`)))).text,
    ).at(-1);
    expect(revoked).toMatchObject({ problem: { status: 403 }, line: 1001, stored: { lines: 1000 } });
    await under.admin.ask('POST', `/admin/v1/permissions/${permission!.id}/approve`);
    const { appId } = await app.ask<{ appId: string }>('GET', '/app/v1/me');
    const away = linesOf(
      (await ingest(meanwhile(() => under.admin.ask('POST', `/admin/v1/apps/${appId}/token/revoke`)))).text,
    ).at(-1);
    expect(away).toMatchObject({ problem: { status: 401 }, stored: { lines: 1000, duplicates: 1000 } });
  });

  describe('that are hostile', () => {
    it('are cut at a line without end', async () => {
      const endless = async function* (): AsyncGenerator<Buffer> {
        for (;;) yield Buffer.alloc(64 * 1024, 0x20);
      };
      const before = process.memoryUsage().rss;
      const { status, text } = await ingest(endless());
      expect(status).toBe(413);
      expect(JSON.parse(text)).toMatchObject({
        code: 'body-too-large',
        detail: expect.stringContaining('Line 1') as string,
      });
      expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    });

    it('are refused in gzip, unread', async () => {
      const { status } = await ingest(gzipSync(Buffer.alloc(64 * 1024 * 1024)), { 'content-encoding': 'gzip' });
      expect(status).toBe(415);
    });

    it('are refused on other routes, and other bodies on the import', async () => {
      expect((await post(`${under.url}/app/v1/events/query`, app.token!, '{}')).status).toBe(415);
      expect((await under.admin.send('POST', '/admin/v1/events/import', { body: {} })).status).toBe(415);
    });

    it('are refused without a token', async () => {
      expect((await post(`${under.url}/app/v1/events`, 'x', joined(walks(10)))).status).toBe(401);
      expect((await post(`${under.url}/admin/v1/events/import`, app.token!, joined(walks(10)))).status).toBe(401);
    });

    it('leave what was stored, and the keep in order, when their client goes away', async () => {
      const abort = new AbortController();
      const body = async function* (): AsyncGenerator<string> {
        yield joined(walks(1000));
        while ((await stored()) < 1000) continue;
        abort.abort();
        yield '{"metadata"';
      };
      await expect(
        fetch(`${under.url}/app/v1/events`, {
          method: 'POST',
          headers: { authorization: `Bearer ${app.token}`, 'content-type': 'application/x-ndjson' },
          body: Readable.toWeb(Readable.from(body())) as ReadableStream,
          duplex: 'half',
          signal: abort.signal,
        } as RequestInit).then((response) => response.text()),
      ).rejects.toThrow();
      expect(linesOf((await ingest(joined(walks(1200)))).text).at(-1)).toEqual({
        summary: { lines: 1200, accepted: 200, duplicates: 1000 },
      });
    });
  });

  describe('of one large event', () => {
    const noteOf = (bytes: number): { activity: string; distance: number; note: string } => ({
      activity: 'walking',
      distance: 1,
      note: 'x'.repeat(bytes),
    });
    const large = 3.9 * 1024 * 1024;
    const fitting = (bytes: number): object => ({ metadata: { profile: walkProfile }, payload: noteOf(bytes) });
    /** The least note whose payload is beyond 4 MiB of JSON. */
    const beyond = 4 * 1024 * 1024 - JSON.stringify(noteOf(0)).length + 1;
    const put = (client: { send: AppClient['send'] }, path: string, bytes: number): Promise<{ status: number }> =>
      client.send('PUT', path, { body: { payload: noteOf(bytes) }, headers: { 'if-match': '*' } });
    const tooLarge = (place: object): object => ({
      status: 413,
      code: 'body-too-large',
      detail: expect.stringContaining('4194304') as string,
      errors: [expect.objectContaining(place)],
    });

    it('are exported, and imported into another keep, whatever way it came in', async () => {
      const single = await app.ask<{ events: { id: string }[] }>('POST', '/app/v1/events', {
        body: { events: [fitting(large)] },
      });
      expect(linesOf((await ingest(`${JSON.stringify(fitting(large))}\n`)).text).at(-1)).toMatchObject({
        summary: { accepted: 1 },
      });
      const { id } = single.events[0]!;
      expect((await put(app, `/app/v1/events/${id}`, large + 1)).status).toBe(200);
      expect((await put(under.admin, `/admin/v1/events/${id}`, large + 2)).status).toBe(200);
      const text = await exported();
      expect(text.length).toBeGreaterThan(2 * large);
      const other = await keepUnderTest();
      try {
        const imported = await post(`${other.url}/admin/v1/events/import`, other.admin.token!, text);
        expect(linesOf(imported.text).at(-1)).toMatchObject({ summary: { accepted: 2, duplicates: 0 } });
        expect((await other.admin.send<string>('POST', '/admin/v1/events/export', { body: {} })).body).toBe(text);
      } finally {
        await other.stop();
      }
    });

    it('are refused one byte beyond 4 MiB, naming the place and the limit, at every way in', async () => {
      const { events } = await app.ask<{ events: { id: string }[] }>('POST', '/app/v1/events', {
        body: { events: [fitting(beyond - 1)] },
      });
      const { id } = events[0]!;
      const batch = await app.send('POST', '/app/v1/events', { body: { events: [fitting(1), fitting(beyond)] } });
      expect(batch.body).toMatchObject(tooLarge({ index: 1, pointer: '/events/1/payload' }));
      for (const [client, path] of [
        [app, `/app/v1/events/${id}`],
        [under.admin, `/admin/v1/events/${id}`],
      ] as const) {
        expect(await put(client, path, beyond)).toMatchObject({ body: tooLarge({ pointer: '/payload' }) });
        expect((await put(client, path, beyond - 1)).status).toBe(200);
      }
      const lines = `${JSON.stringify(fitting(1))}\n${JSON.stringify(fitting(beyond))}\n`;
      expect(linesOf((await ingest(lines)).text).at(-1)).toMatchObject({
        problem: tooLarge({ line: 2, pointer: '/payload' }),
        line: 2,
        stored: { lines: 1 },
      });
      const [profile] = (await exported()).split('\n', 1);
      const metadata = {
        profile: walkProfile,
        source: '5'.repeat(24),
        createdDate: '2026-01-01T00:00:00.000Z',
        acceptedDate: '2026-01-01T00:00:00.000Z',
        version: 1,
      };
      const restored = (bytes: number): string =>
        JSON.stringify({
          id: `${'0'.repeat(15)}${bytes % 1e9}`.slice(-24).padStart(24, '0'),
          metadata,
          payload: noteOf(bytes),
        });
      const imported = await importAll(`${profile}\n${restored(beyond - 1)}\n${restored(beyond)}\n`);
      expect(linesOf(imported.text).at(-1)).toMatchObject({
        problem: tooLarge({ line: 3, pointer: '/payload' }),
        line: 3,
        stored: { lines: 2, accepted: 1 },
      });
    });

    it('are taken in longer JSON than the keep writes: what counts is the event, and not how it is spelt', async () => {
      const spelt = JSON.stringify(fitting(2 * 1024 * 1024)).replaceAll('x', '\\u0078');
      expect(spelt.length).toBeGreaterThan(12 * 1024 * 1024);
      expect(linesOf((await ingest(`${spelt}\n`)).text).at(-1)).toMatchObject({ summary: { accepted: 1 } });
      expect(
        (
          await post(`${under.url}/app/v1/events`, app.token!, `{"events":[${spelt}]}`, {
            'content-type': 'application/json',
          })
        ).status,
      ).toBe(201);
    });
  });

  describe('out and in again', () => {
    it('give the same bytes from an empty keep that imported them', async () => {
      await ingest(joined(walks(1500)));
      const [first] = (
        await app.ask<{ items: { id: string }[] }>(
          'GET',
          `/app/v1/events?profile=${encodeURIComponent(walkProfile)}&limit=1`,
        )
      ).items;
      await app.ask('PUT', `/app/v1/events/${first!.id}`, {
        body: { payload: { activity: 'running', distance: 1, note: 'é"\\,}{' } },
        headers: { 'if-match': '*' },
      });
      await app.registerProfile('a.example/empty', { type: 'object', title: 'b', properties: {} });
      const text = await exported();
      expect(
        text
          .split('\n')
          .slice(0, 2)
          .map((line) => Object.keys(JSON.parse(line) as object)),
      ).toEqual([['profile'], ['profile']]);
      expect(text.trimEnd().split('\n').at(-1)).toBe('{"summary":{"profiles":2,"events":1500}}');
      const other = await keepUnderTest();
      try {
        const imported = await post(`${other.url}/admin/v1/events/import`, other.admin.token!, text);
        expect(linesOf(imported.text).at(-1)).toEqual({ summary: { lines: 1503, accepted: 1500, duplicates: 0 } });
        const again = await other.admin.send<string>('POST', '/admin/v1/events/export', { body: {} });
        expect(again.body).toBe(text);
        expect(
          linesOf((await post(`${other.url}/admin/v1/events/import`, other.admin.token!, text)).text).at(-1),
        ).toMatchObject({
          summary: { accepted: 0, duplicates: 1500 },
        });
      } finally {
        await other.stop();
      }
    });

    it('give only what the filter matches', async () => {
      await ingest(joined(walks(20)));
      const text = await exported({ profile: walkProfile, filter: { 'payload.distance': { gt: 18 } } });
      expect(text.trimEnd().split('\n')).toHaveLength(4);
      const unknown = await under.admin.send<{ code: string }>('POST', '/admin/v1/events/export', {
        body: { profile: 'unknown' },
      });
      expect([unknown.status, unknown.body.code]).toEqual([422, 'invalid']);
      const wrong = await under.admin.send('POST', '/admin/v1/events/export', { body: { limit: 1 } });
      expect(wrong.status).toBe(422);
    });

    it('refuse another event under a stored id, a schema that differs, and an export that was cut short', async () => {
      await ingest(joined(walks(3)));
      const text = await exported();
      const changed = text.replace('"distance":2', '"distance":22');
      expect(linesOf((await importAll(changed)).text).at(-1)).toMatchObject({
        problem: { code: 'identifier-conflict' },
        line: 3,
        stored: { duplicates: 1 },
      });
      expect(
        JSON.parse((await importAll('{"profile":{"name":"walks.example/walk","schema":{}}}\n')).text),
      ).toMatchObject({
        code: 'profile-differs',
      });
      expect((await importAll('{"problem":{}}\n')).status).toBe(422);
      expect((await importAll('{"id":"x"}\n')).status).toBe(422);
    });
  });
});
