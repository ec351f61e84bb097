import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChangeStream } from '../support/change-stream.ts';
import type { AppClient } from '../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';

interface Item {
  readonly place: string;
  readonly change: string;
  readonly event: {
    readonly id: string;
    readonly metadata: { readonly profile: string; readonly version: number };
    readonly payload?: object;
  };
}
interface Page {
  readonly items: readonly Item[];
  readonly next: string;
}

describe('changes', () => {
  let under: KeepUnderTest;
  let app: AppClient;
  const streams: ChangeStream[] = [];

  beforeEach(async () => {
    under = await keepUnderTest();
    app = await walkingApp(under.admin);
  });
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.close();
    await under.stop();
  });

  const changes = (query = '', who: AppClient = app): Promise<Page> => who.ask('GET', `/app/v1/events/changes${query}`);
  const follow = async (
    query = '',
    headers: Record<string, string> = {},
    who: AppClient = app,
  ): Promise<ChangeStream> => {
    const stream = await ChangeStream.open(under.url, who.token!, query, headers);
    streams.push(stream);
    return stream;
  };
  const store = async (...distances: number[]): Promise<string[]> =>
    (await app.sendEvents(distances.map((distance) => walk(distance)))).events!.map((event) => event.id);

  it('are told from the first event on, and then from where one was', async () => {
    const [first, second] = await store(1, 2);
    const page = await changes();
    expect(page.items.map(({ change, event }) => [change, event.id])).toEqual([
      ['created', first],
      ['created', second],
    ]);
    expect((await changes(`?since=${page.next}`)).items).toEqual([]);
    await app.ask('PUT', `/app/v1/events/${first}`, {
      body: { payload: { activity: 'running', distance: 9 } },
      headers: { 'if-match': '*' },
    });
    await app.ask('DELETE', `/app/v1/events/${second}`);
    const later = await changes(`?since=${page.next}`);
    expect(later.items.map(({ change, event }) => [change, event.id, event.payload])).toEqual([
      ['modified', first, { activity: 'running', distance: 9 }],
      ['deleted', second, undefined],
    ]);
    expect(await changes(`?since=${later.next}`)).toEqual({ items: [], next: expect.any(String) as string });
    expect((await changes(`?since=${later.items[0]!.place}`)).items).toMatchObject([{ change: 'deleted' }]);
  });

  it('tell nothing of how much others write: places are of one length, never alike, and hold no number', async () => {
    const other = await walkingApp(under.admin, 'Other');
    await other.registerProfile('other.example/thing', { type: 'object' });
    await under.admin.grant(other, 'other.example/thing', ['create']);
    await other.sendEvents([walk(1)]);
    const before = await changes();
    const quiet = await changes(`?since=${before.next}`);
    await other.sendEvents(
      Array.from({ length: 1000 }, () => ({ metadata: { profile: 'other.example/thing' }, payload: {} })),
    );
    const busy = await changes(`?since=${before.next}`);
    for (const page of [before, quiet, busy]) expect(Object.keys(page)).toEqual(['items', 'next']);
    expect(before.items.map((item) => Object.keys(item))).toEqual([['change', 'event', 'place']]);
    const places = [before.items[0]!.place, before.next, quiet.next, busy.next];
    expect(new Set(places).size).toBe(places.length);
    expect(new Set(places.map((place) => place.length)).size).toBe(1);
    for (const place of places) expect(place).not.toMatch(/^[\d.]+$/);
    const stream = await follow(`?since=${busy.next}`);
    await other.sendEvents([walk(2)]);
    await vi.waitFor(() => expect(stream.changes).toHaveLength(1));
    const [sent] = stream.changes;
    expect(sent!.id).toHaveLength(places[0]!.length);
    expect(Object.keys(JSON.parse(sent!.data!) as object)).toEqual(['change', 'event', 'place']);
  });

  it('have places that are good for the app that got them, and for no other', async () => {
    await store(1);
    const { next } = await changes();
    const other = await walkingApp(under.admin, 'Other');
    expect((await other.send('GET', `/app/v1/events/changes?since=${next}`)).status).toBe(422);
    expect((await follow('', { 'last-event-id': next }, other)).status).toBe(422);
    expect((await changes(`?since=${next}&profile=${encodeURIComponent(walkProfile)}`)).items).toEqual([]);
  });

  it('of a deleted event come without its payload and identifier', async () => {
    await app.sendEvents([walk(1, { identifier: 'known to the app alone' })]);
    const { items, next } = await changes();
    await app.ask('DELETE', `/app/v1/events/${items[0]!.event.id}`);
    for (const page of [await changes(), await changes(`?since=${next}`)]) {
      expect(page.items.map(({ change }) => change)).toEqual(['deleted']);
      expect(JSON.stringify(page)).not.toContain('known to the app alone');
      expect(page.items[0]!.event).not.toHaveProperty('payload');
    }
  });

  it('come to an end with a page that has no items, however much of others lies between', async () => {
    const other = await under.admin.connectApp('Other');
    await other.registerProfile('other.example/thing', { type: 'object' });
    await under.admin.grant(other, 'other.example/thing', ['create']);
    const thing = { metadata: { profile: 'other.example/thing' }, payload: {} };
    const [first] = await store(1);
    for (let batch = 0; batch < 7; batch += 1) await other.sendEvents(Array.from({ length: 1000 }, () => thing));
    const [last] = await store(2);
    const told: string[] = [];
    let since = '';
    for (let page = await changes('?limit=1'); page.items.length > 0; page = await changes(`?limit=1${since}`)) {
      told.push(...page.items.map(({ event }) => event.id));
      since = `&since=${page.next}`;
    }
    expect(told).toEqual([first, last]);
  });

  it('are those of profiles that the app may read, and of one of them where it asks so', async () => {
    await store(1);
    const other = await under.admin.connectApp('Other');
    expect((await changes('', other)).items).toEqual([]);
    await other.registerProfile('other.example/thing', { type: 'object' });
    await under.admin.grant(other, 'other.example/thing', ['create', 'read']);
    await other.sendEvents([{ metadata: { profile: 'other.example/thing' }, payload: {} }]);
    expect((await changes('', other)).items.map((item) => item.event.metadata.profile)).toEqual([
      'other.example/thing',
    ]);
    expect((await changes()).items.map((item) => item.event.metadata.profile)).toEqual([walkProfile]);
    const refused = await other.send('GET', `/app/v1/events/changes?profile=${encodeURIComponent(walkProfile)}`);
    expect(refused.status).toBe(403);
  });

  it.each(['?since=nowhere', '?limit=0', '?limit=1001', '?cursor=x', '?profile=unknown'])(
    'are refused for %s',
    async (query) => {
      expect((await app.send('GET', `/app/v1/events/changes${query}`)).status).toBe(422);
      expect((await follow(query)).status).toBe(422);
    },
  );

  it('come as server-sent events from now on, and resumed without a gap', async () => {
    await store(1);
    const stream = await follow();
    expect(stream.status).toBe(200);
    const [second] = await store(2);
    await vi.waitFor(() => expect(stream.changes).toHaveLength(1));
    const [told] = stream.changes;
    expect(told).toMatchObject({ event: 'created' });
    expect(JSON.parse(told!.data!)).toMatchObject({ change: 'created', event: { id: second } });
    stream.close();
    await store(3, 4);
    const resumed = await follow('', { 'last-event-id': told!.id! });
    await vi.waitFor(() => expect(resumed.changes).toHaveLength(2));
    const since = await follow(`?since=${told!.id}`);
    await vi.waitFor(() => expect(since.changes).toHaveLength(2));
    await app.ask('DELETE', `/app/v1/events/${second}`);
    await vi.waitFor(() => expect(resumed.changes.at(-1)).toMatchObject({ event: 'deleted' }));
  });

  it('end with a revoked permission, and tell nothing after it', async () => {
    const [{ id }] = (await app.ask<{ items: { id: string }[] }>('GET', '/app/v1/permissions')).items as [
      { id: string },
    ];
    const writer = await under.admin.connectApp('Writer');
    await under.admin.grant(writer, walkProfile, ['create']);
    for (const query of ['', `?profile=${encodeURIComponent(walkProfile)}`]) {
      const stream = await follow(query);
      await under.admin.revoke(id);
      await writer.sendEvents([walk(1)]);
      await stream.ended;
      expect(stream.changes).toEqual([]);
      expect(stream.sent.at(-1)).toMatchObject({
        event: 'end',
        data: expect.stringContaining('"code":"forbidden"') as string,
      });
      await under.admin.approve(id);
    }
  });

  it('end with a revoked token', async () => {
    const stream = await follow();
    await under.admin.ask('POST', `/admin/v1/apps/${app.appId}/token/revoke`);
    const writer = await walkingApp(under.admin, 'Writer');
    await writer.sendEvents([walk(1)]);
    await stream.ended;
    expect(stream.changes).toEqual([]);
    expect(stream.sent.at(-1)).toMatchObject({
      event: 'end',
      data: expect.stringContaining('"code":"unauthenticated"') as string,
    });
  });

  it('are followed by at most ten streams of an app; a closed one makes room', async () => {
    for (let count = 0; count < 10; count += 1) expect((await follow()).status).toBe(200);
    const refused = await follow();
    expect([refused.status, (refused.problem as { code: string }).code]).toEqual([429, 'too-many-streams']);
    streams[0]!.close();
    await vi.waitFor(async () => expect((await follow()).status).toBe(200));
  });

  it('end when the keep stops', async () => {
    const stream = await follow();
    await under.keep.close();
    await stream.ended;
    expect(stream.changes).toEqual([]);
  });
});
