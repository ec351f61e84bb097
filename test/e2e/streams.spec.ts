import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ChangeStream } from '../support/change-stream.ts';
import { AppClient, type KeepEvent } from '../support/keep-client.ts';
import { permittedInstance, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

interface Page {
  readonly items: readonly { readonly change: string; readonly event: KeepEvent }[];
  readonly next: string;
}

const shapes = await keepShapes('streams in and out', 'mixes');
/**
 * Latency of a change at a client: half a second until another process polls, a quarter until a stream does, and room
 * for a busy machine.
 */
const soon = { timeout: 10_000, interval: 20 };

describe.for(shapes.filter(({ available }) => available))('streams: $name', (shape) => {
  const { name, start } = shape;
  let under: KeepInShape;
  let app: AppClient;
  const streams: ChangeStream[] = [];

  const ndjson = async (url: string, token: string, path: string, text: string): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body: text,
    });
    const answer = (await response.text()).trimEnd().split('\n').at(-1);
    return JSON.parse(answer ?? '{}') as Record<string, unknown>;
  };
  const walks = (from: number, count: number): string =>
    Array.from(
      { length: count },
      (_, index) => `${JSON.stringify(walk(from + index, { identifier: `w${from + index}` }))}\n`,
    ).join('');
  const ingest = (text: string): Promise<Record<string, unknown>> =>
    ndjson(under.url, app.token!, '/app/v1/events', text);
  const follow = async (
    url = under.url,
    query = '',
    headers: Record<string, string> = {},
    token = app.token!,
  ): Promise<ChangeStream> => {
    const stream = await ChangeStream.open(url, token, query, headers);
    streams.push(stream);
    expect(stream.status).toBe(200);
    return stream;
  };
  const allChanges = async (): Promise<string[]> => {
    const told: string[] = [];
    for (let since = ''; ;) {
      const page: Page = await app.ask('GET', `/app/v1/events/changes?limit=1000${since}`);
      told.push(...page.items.map(({ change, event }) => `${change} ${event.id}`));
      since = `&since=${page.next}`;
      if (page.items.length === 0) return told;
    }
  };
  /** Asks the last gateway, which is another one than that of the admin where there are several. */
  const elsewhere = (): string => under.urls.at(-1)!;

  beforeAll(async () => {
    under = await start({}, 'deployed');
    app = await walkingApp(under.admin);
  });
  afterAll(async () => {
    for (const stream of streams) stream.close();
    await under.stop();
  });

  it('bring events in as lines, and a repeat nothing twice', async () => {
    expect(await ingest(walks(1, 150))).toEqual({ summary: { lines: 150, accepted: 150, duplicates: 0 } });
    expect(await ingest(walks(101, 100))).toEqual({ summary: { lines: 100, accepted: 50, duplicates: 50 } });
    expect((await app.query({ profile: walkProfile, limit: 1 }, true)).count).toBe(200);
  });

  it('stop at a bad line, with what stands before it stored', async () => {
    const answer = await ingest(`${walks(201, 110)}{"metadata"\n${walks(9001, 5)}`);
    expect(answer).toMatchObject({ line: 111, stored: { lines: 110, accepted: 110 } });
    expect((await app.query({ profile: walkProfile, limit: 1 }, true)).count).toBe(310);
  });

  it('report every change once it is committed, by page and as server-sent events, on every gateway', async () => {
    expect(new Set(await allChanges()).size).toBe(310);
    const [here, there] = [await follow(), await follow(elsewhere())];
    const { events } = await app.sendEvents([walk(1), walk(2)]);
    const [first, second] = events!.map(({ id }) => id) as [string, string];
    for (const stream of [here, there]) await vi.waitFor(() => expect(stream.changes).toHaveLength(2), soon);
    await app.ask('PUT', `/app/v1/events/${first}`, {
      body: { payload: { activity: 'running', distance: 9 } },
      headers: { 'if-match': '*' },
    });
    await app.ask('DELETE', `/app/v1/events/${second}`);
    for (const stream of [here, there]) {
      await vi.waitFor(
        () => expect(stream.changes.map(({ event }) => event)).toEqual(['created', 'created', 'modified', 'deleted']),
        soon,
      );
      expect(stream.changes.map(({ data }) => (JSON.parse(data!) as { event: KeepEvent }).event.id)).toEqual([
        first,
        second,
        first,
        second,
      ]);
    }
    const resumed = await follow(elsewhere(), '', { 'last-event-id': here.changes[1]!.id ?? here.changes[2]!.id! });
    await vi.waitFor(() => expect(resumed.changes.at(-1)?.event).toBe('deleted'), soon);
    for (const stream of [here, there, resumed]) stream.close();
  });

  it('end with a right that is revoked at one gateway, at every other, and tell nothing after it', async () => {
    const reader = await under.admin.connectApp('Reader');
    const { id } = await under.admin.grant(reader, walkProfile, ['read']);
    const following = await Promise.all(under.urls.map((url) => follow(url, '', {}, reader.token!)));
    await under.admin.revoke(id);
    const revoked = performance.now();
    await Promise.all(following.map(({ ended }) => ended));
    // Other processes see it within a second (the contract of Consent), and a stream polls every 250 ms. The rest is
    // for a busy machine.
    expect(performance.now() - revoked).toBeLessThan(10_000);
    await app.sendEvents([walk(3)]);
    for (const stream of following) {
      expect(stream.changes).toEqual([]);
      expect(stream.sent.at(-1)).toMatchObject({
        event: 'end',
        data: expect.stringContaining('"code":"forbidden"') as string,
      });
    }
  });

  it('end with a token that is revoked, though nothing happens', async () => {
    const reader = await under.admin.connectApp('Reader');
    await under.admin.grant(reader, walkProfile, ['read']);
    const following = await Promise.all(under.urls.map((url) => follow(url, '', {}, reader.token!)));
    await under.admin.ask('POST', `/admin/v1/apps/${reader.appId}/token/revoke`);
    const revoked = performance.now();
    await Promise.all(following.map(({ ended }) => ended));
    expect(performance.now() - revoked).toBeLessThan(10_000);
    for (const { sent } of following)
      expect(sent.at(-1)).toMatchObject({
        event: 'end',
        data: expect.stringContaining('"code":"unauthenticated"') as string,
      });
  });

  // Where the gateway takes a free port, other processes cannot know the public URL.
  it.runIf(name.startsWith('standalone'))(
    "tell a run of its token's profile, and a dry run of its app's events alone, while it lasts",
    async () => {
      const content = `module.exports = async ({ accessTokensToProfiles, dataEndpoint }) => {
      const token = accessTokensToProfiles['${walkProfile}'];
      const response = await fetch(dataEndpoint + '/app/v1/events/changes?limit=1000',
        { headers: { authorization: 'Bearer ' + token } });
      const { items } = await response.json();
      return { token, sources: [...new Set(items.map(({ event }) => event.metadata.source))].sort() };
    };`;
      const template = {
        name: 'Changes',
        runtime: 'javascript',
        permissions: [{ profile: walkProfile, rights: ['read'] as const }],
        files: [{ path: 'main.js', content }],
      };
      const other = await walkingApp(under.admin, 'Other walks');
      await other.sendEvents([walk(1)]);
      const { result } = await app.run(await permittedInstance(under.admin, app, template));
      const { token, sources } = result as { token: string; sources: string[] };
      expect(sources).toEqual([app.appId, other.appId].toSorted());
      expect((await app.send('GET', '/app/v1/events/changes', { token })).status).toBe(401);
      expect(
        await under.admin.ask('POST', '/admin/v1/view-templates/dry-run', {
          body: { ...template, appId: other.appId },
        }),
      ).toMatchObject({
        state: 'succeeded',
        result: { sources: [other.appId] },
      });
    },
  );

  it('take everything out and into an empty keep again, to the same bytes', async () => {
    const text = await under.admin.ask<string>('POST', '/admin/v1/events/export', { body: {} });
    const { count } = await app.query({ profile: walkProfile, limit: 1 }, true);
    expect(text.trimEnd().split('\n').at(-1)).toBe(`{"summary":{"profiles":1,"events":${count}}}`);
    // Into a keep of one process where it came from several: another start of those takes long.
    const other = await (name.startsWith('distributed') ? shapes[0]! : shape).start();
    try {
      expect(await ndjson(other.url, other.admin.token!, '/admin/v1/events/import', text)).toMatchObject({
        summary: { accepted: count },
      });
      expect(await other.admin.ask<string>('POST', '/admin/v1/events/export', { body: {} })).toBe(text);
    } finally {
      await other.stop();
    }
  });

  it('end with a keep that stops, and go on where they were at the next', async () => {
    const stream = await follow(elsewhere());
    await app.sendEvents([walk(4)]);
    await vi.waitFor(() => expect(stream.changes).toHaveLength(1), soon);
    await under.restart();
    await stream.ended;
    expect(stream.sent.at(-1)).toMatchObject({
      event: 'end',
      data: expect.stringContaining('"code":"not-ready"') as string,
    });
    const same = new AppClient(under.url, app.token!, app.appId);
    const { events } = await same.sendEvents([walk(5)]);
    const resumed = await follow(under.url, '', { 'last-event-id': stream.changes[0]!.id! });
    await vi.waitFor(
      () =>
        expect(resumed.changes.map(({ data }) => (JSON.parse(data!) as { event: KeepEvent }).event.id)).toEqual([
          events![0]!.id,
        ]),
      soon,
    );
  });
});
