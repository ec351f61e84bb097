import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Json } from '../support/keep-client.ts';
import { keepUnderTest, type KeepUnderTest } from '../support/keep-in-process.ts';
import type { ClientFailure, DrivenClient, Options, SentEvent } from './client-driver.ts';
import { type FaultyProxy, faultyProxy } from './faulty-proxy.ts';
import { languages } from './languages.ts';

const noteSchema = {
  type: 'object',
  properties: { text: { type: 'string' }, number: { type: 'integer' } },
  additionalProperties: false,
};

/** One suite for the clients of every language, against the same keep. */
describe.each(await languages())('the client in $language', ({ start, repeatsReads = false }) => {
  let keep: KeepUnderTest;
  let proxy: FaultyProxy;
  let folder: string;
  let client: DrivenClient;
  let profile: string;
  const started: DrivenClient[] = [];
  let count = 0;

  beforeAll(async () => {
    keep = await keepUnderTest();
    proxy = await faultyProxy(keep.url);
    folder = mkdtempSync(join(tmpdir(), 'datakeep-client-'));
  });
  afterAll(async () => {
    await proxy.close();
    await keep.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    profile = `diary.example/note-${(count += 1)}`;
    client = await associated();
  });
  afterEach(async () => {
    for (const one of started.splice(0)) await one.end();
  });

  function startOne(): DrivenClient {
    const one = start();
    started.push(one);
    return one;
  }

  async function associationToken(): Promise<string> {
    const { id } = await keep.admin.makeAppHolder(`Diary ${Math.random()}`);
    return (await keep.admin.makeAssociationToken(id)).associationToken;
  }

  async function associated(options: Partial<Options> = {}): Promise<DrivenClient> {
    const one = startOne();
    await one.call('associate', {
      url: proxy.url,
      associationToken: await associationToken(),
      name: 'Diary',
      ...options,
    });
    return one;
  }

  async function pending(): Promise<string> {
    const waiting = async (): Promise<readonly { id: string; profile: string }[]> =>
      (
        await keep.admin.ask<{ items: { id: string; profile: string }[] }>(
          'GET',
          '/admin/v1/permissions?status=pending',
        )
      ).items.filter((permission) => permission.profile === profile);
    await expect.poll(waiting).toHaveLength(1);
    return (await waiting())[0]!.id;
  }

  async function allowed(one = client): Promise<void> {
    await one.call('profiles.register', { name: profile, schema: noteSchema });
    // `permissions.ensure`, which tests of its own try, looks again after a second only.
    const { id } = await one.call('permissions.request', {
      profile,
      rights: ['read', 'create', 'modify', 'delete'],
      message: 'To keep your diary',
    });
    await keep.admin.approve(id);
  }

  const note = (text: string, more: Partial<SentEvent> = {}): SentEvent => ({ profile, payload: { text }, ...more });
  const texts = async (one = client): Promise<Json[]> =>
    (await one.call('events.query', { profile })).map(({ payload }) => (payload as { text: string }).text).toSorted();

  it('is associated with the origins of its web pages', async () => {
    const { id } = await keep.admin.makeAppHolder('Pages');
    const { associationToken: token } = await keep.admin.makeAssociationToken(id);
    const origins = ['https://diary.example', 'http://localhost:5173'];
    await startOne().call('associate', { url: proxy.url, associationToken: token, name: 'Pages', origins });
    expect(await keep.admin.ask('GET', `/admin/v1/apps/${id}`)).toMatchObject({ name: 'Pages', origins });
  });

  it('registers a profile of its own, and one of the library by its name', async () => {
    await client.call('profiles.register', { name: profile, schema: noteSchema });
    expect(await client.call('profiles.get', { name: profile })).toMatchObject({ name: profile, schema: noteSchema });
    await expect(client.call('profiles.register', { name: profile, schema: { type: 'object' } })).rejects.toMatchObject(
      { code: 'profile-differs' },
    );
    const name = 'library/note';
    const shared = await client.call('profiles.registerFromLibrary', { name });
    expect(shared).toMatchObject({ name, schema: { type: 'object' } });
    expect(await client.call('profiles.registerFromLibrary', { name })).toEqual(shared);
  });

  describe('permissions.ensure', () => {
    it('resolves when the admin has decided, and tells which part was granted', async () => {
      await client.call('profiles.register', { name: profile, schema: noteSchema });
      const ensured = client.call('permissions.ensure', { profile, rights: ['read', 'create'], message: 'A diary' });
      await keep.admin.approve(await pending(), { rights: ['read'] });
      expect(await ensured).toMatchObject({ granted: ['read'], missing: ['create'] });
    });

    it('tells that the admin has yet to decide, and only then', async () => {
      await client.call('profiles.register', { name: profile, schema: noteSchema });
      const wanted = { profile, rights: ['read'] as const, message: 'A diary', noteWaiting: true };
      const ensured = client.call('permissions.ensure', wanted);
      await expect.poll(() => client.call('permissions.waited', null)).toBe(1);
      await keep.admin.approve(await pending());
      await ensured;
      await client.call('permissions.ensure', wanted);
      expect(await client.call('permissions.waited', null)).toBe(1);
    });

    it('asks once: not again for what it has, what waits or what was denied, unless it is told to', async () => {
      await client.call('profiles.register', { name: profile, schema: noteSchema });
      const asked = (rights: readonly ('read' | 'create')[], again = false) =>
        client.call('permissions.ensure', { profile, rights, message: 'A diary', again });
      const first = asked(['read']);
      const permission = await pending();
      const second = asked(['read']);
      await keep.admin.deny(permission, 'Not today');
      expect(await first).toMatchObject({ granted: [], missing: ['read'], reason: 'Not today' });
      expect(await second).toMatchObject({ missing: ['read'] });
      expect(await asked(['read'])).toMatchObject({ missing: ['read'], reason: 'Not today' });
      const third = asked(['read'], true);
      await keep.admin.approve(await pending());
      expect(await third).toMatchObject({ granted: ['read'], missing: [] });
      expect(await asked(['read'])).toMatchObject({ granted: ['read'], missing: [] });
      const all = await keep.admin.ask<{ items: { profile: string }[] }>('GET', '/admin/v1/permissions');
      expect(all.items.filter((one) => one.profile === profile)).toHaveLength(2);
    });

    it('has what an app withdraws while it waits, or gives up later', async () => {
      await client.call('profiles.register', { name: profile, schema: noteSchema });
      const wanted = { profile, rights: ['read'], message: 'A diary' } as const;
      const { id } = await client.call('permissions.request', wanted);
      expect(await client.call('permissions.request', wanted)).toMatchObject({ id });
      await client.call('permissions.giveUp', { id });
      const next = await client.call('permissions.request', wanted);
      expect(next.id).not.toBe(id);
      await keep.admin.approve(next.id);
      await client.call('permissions.giveUp', { id: next.id });
      expect(await client.call('permissions.ensure', wanted)).toMatchObject({
        missing: ['read'],
        reason: 'The app gave it up.',
      });
    });
  });

  describe('events', () => {
    it('are stored, queried page by page, aggregated, modified by version and deleted', async () => {
      await allowed();
      const made = await client.call('events.create', {
        events: [
          note('Hello', { createdDate: '2026-01-01T00:00:00Z' }),
          note('Later', { createdDate: '2026-01-02T00:00:00Z', identifier: 'mine' }),
          note('Last', { createdDate: '2026-01-03T00:00:00Z' }),
        ],
      });
      expect(made).toMatchObject({ accepted: 3, duplicates: 0 });
      const all = await client.call('events.query', { profile, pageSize: 1 });
      expect(all.map(({ payload }) => payload)).toEqual([{ text: 'Last' }, { text: 'Later' }, { text: 'Hello' }]);
      expect(await client.call('events.query', { profile, pageSize: 2, limit: 2 })).toHaveLength(2);
      const filter = { 'payload.text': { contains: 'ate' } };
      const [later] = await client.call('events.query', { profile, filter, fields: ['payload.text'] });
      expect(later?.metadata).toMatchObject({ identifier: 'mine', version: 1 });
      expect(await client.call('events.aggregate', { profile, measures: { notes: { op: 'count' } } })).toEqual({
        groups: [{ key: [], notes: 3 }],
        truncated: false,
      });
      const { id } = later!;
      const modified = await client.call('events.modify', { id, payload: { text: 'Then' }, version: 1 });
      expect(modified.metadata.version).toBe(2);
      await expect(client.call('events.modify', { id, payload: {}, version: 1 })).rejects.toMatchObject({
        code: 'version-mismatch',
        status: 412,
      });
      await expect(client.call('events.delete', { id, version: 1 })).rejects.toMatchObject({
        code: 'version-mismatch',
      });
      await client.call('events.delete', { id, version: 2 });
      await expect(client.call('events.get', { id })).rejects.toMatchObject({ code: 'not-found', status: 404 });
      expect(await texts()).toEqual(['Hello', 'Last']);
    });

    it('that are refused say which, where and why, and with which request', async () => {
      await allowed();
      const refused = client.call('events.create', {
        events: [note('good'), { profile, payload: { text: 7 } }],
      });
      const failure = (await refused.catch((error: unknown) => error)) as ClientFailure;
      expect(failure).toMatchObject({
        code: 'invalid',
        status: 422,
        errors: [{ index: 1, pointer: '/events/1/payload/text' }],
      });
      expect(failure.requestId).toMatch(/\S{8}/);
      expect(failure.message).toContain('/payload/text');
      expect(await texts()).toEqual([]);
    });

    it('are sent once, whatever becomes of the answer', async () => {
      await allowed();
      proxy.next('cut-after', 'cut-before', { status: 503, code: 'storage-unreachable', retryAfter: 0 });
      const made = await client.call('events.create', { events: [note('once')] });
      expect(made).toMatchObject({ accepted: 0, duplicates: 1 });
      expect(await texts()).toEqual(['once']);
    });

    it('come in by the thousand as one stream; sent again, nothing is stored twice', async () => {
      await allowed();
      const args = { profile, count: 5000 };
      expect(await client.call('events.ingest', args)).toEqual({ lines: 5000, accepted: 5000, duplicates: 0 });
      expect(await client.call('events.ingest', args)).toEqual({ lines: 5000, accepted: 0, duplicates: 5000 });
      expect(await client.call('events.query', { profile })).toHaveLength(5000);
    });

    it('of a stream that is refused in the middle: what was before is stored, and the line is named', async () => {
      await allowed();
      const stopped = client.call('events.ingest', { profile, count: 3000, bad: 2500 });
      await expect(stopped).rejects.toMatchObject({ code: 'invalid', line: 2500, stored: { lines: 2499 } });
      expect(await client.call('events.query', { profile })).toHaveLength(2499);
    });
  });

  describe('a request that fails', () => {
    it('is repeated when the keep says so, and the keep is given the time that it asks for', async () => {
      await allowed();
      const busy = { status: 503, code: 'storage-busy', retryAfter: 1 };
      proxy.next(busy);
      const began = Date.now();
      expect(await texts()).toEqual([]);
      expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
    });

    it('is not repeated where it may have been done and would be done twice', async () => {
      await allowed();
      const { events } = await client.call('events.create', { events: [note('one')] });
      proxy.next('cut-after');
      const modified = client.call('events.modify', { id: events[0]!.id, payload: { text: 'two' } });
      await expect(modified).rejects.toMatchObject({ code: 'unreachable' });
      expect((await client.call('events.get', { id: events[0]!.id })).metadata.version).toBe(2);
    });

    it('is not repeated where the keep wants more than a minute', async () => {
      await allowed();
      proxy.next({ status: 429, code: 'rate-limited', retryAfter: 3600 });
      await expect(client.call('me', null)).rejects.toMatchObject({ code: 'rate-limited', status: 429 });
    });

    it('is given up after as many times as it was told', async () => {
      const one = await associated({ retries: 1 });
      proxy.next(...Array.from({ length: 10 }, () => 'cut-before' as const));
      await expect(one.call('me', null)).rejects.toMatchObject({ code: 'unreachable' });
      proxy.next();
      const sent = proxy.seen.filter((line) => line === 'GET /app/v1/me cut-before').length;
      expect(sent).toBeGreaterThanOrEqual(2);
      expect(sent).toBeLessThanOrEqual(repeatsReads ? 4 : 2);
    });
  });

  describe('changes', () => {
    it('come from the start and go on as they happen, across a cut connection', async () => {
      await allowed();
      await client.call('events.create', { events: [note('there before')] });
      const handle = await client.call('changes.open', { profile, since: 'start' });
      const payloadOf = async () => (await client.call('changes.next', { handle })).event.payload;
      expect(await payloadOf()).toEqual({ text: 'there before' });
      const next = payloadOf();
      await expect
        .poll(() => proxy.seen.filter((one) => one.startsWith('GET /app/v1/events/changes')).length > 2)
        .toBe(true);
      await client.call('events.create', { events: [note('meanwhile')] });
      expect(await next).toEqual({ text: 'meanwhile' });
      const after = payloadOf();
      expect(await client.call('changes.told', { handle })).toEqual(['open']);
      proxy.cutAll();
      await client.call('events.create', { events: [note('after the cut')] });
      expect(await after).toEqual({ text: 'after the cut' });
      expect(await client.call('changes.told', { handle })).toEqual(['open', 'unreachable', 'open']);
      await client.call('changes.close', { handle });
    });

    it('that come while the connection of one who follows from now on is cut are not missed', async () => {
      await allowed();
      const checkpointFile = join(folder, `began-${count}`);
      const handle = await client.call('changes.open', { profile, since: 'now', checkpointFile });
      const next = client.call('changes.next', { handle });
      await expect.poll(() => existsSync(checkpointFile)).toBe(true);
      const refused = proxy.seen.length;
      proxy.next('cut-before', 'cut-before');
      proxy.cutAll();
      await expect.poll(() => proxy.seen.slice(refused).filter((one) => one.endsWith('cut-before'))).toHaveLength(2);
      await client.call('events.create', { events: [note('missed?')] });
      expect((await next).event.payload).toEqual({ text: 'missed?' });
      await client.call('changes.close', { handle });
    });

    it('go on at the checkpoint, and what was not finished comes again', async () => {
      await allowed();
      const checkpointFile = join(folder, `place-${count}`);
      await client.call('events.create', { events: [note('first')] });
      await client.call('events.create', { events: [note('second')] });
      const open = () => client.call('changes.open', { profile, since: 'start', checkpointFile });
      const first = await open();
      await client.call('changes.next', { handle: first });
      expect((await client.call('changes.next', { handle: first })).event.payload).toEqual({ text: 'second' });
      await client.call('changes.close', { handle: first });
      const second = await open();
      expect((await client.call('changes.next', { handle: second })).event.payload).toEqual({ text: 'second' });
      await client.call('changes.close', { handle: second });
    });

    it('end with the reason when the right is revoked', async () => {
      await allowed();
      const handle = await client.call('changes.open', { profile, since: 'now' });
      const ended = client.call('changes.next', { handle }).catch((error: unknown) => error);
      const { items } = await keep.admin.ask<{ items: { id: string; profile: string }[] }>(
        'GET',
        '/admin/v1/permissions?status=approved&limit=1000',
      );
      await keep.admin.revoke(items.find((permission) => permission.profile === profile)!.id);
      expect(await ended).toMatchObject({ code: 'forbidden', status: 403 });
    });
  });

  it('runs a view, and waits for a run that takes longer', async () => {
    await allowed();
    const { id } = await keep.admin.makeViewTemplate({
      name: `Doubled ${count}`,
      runtime: 'javascript',
      permissions: [{ profile, rights: ['read'] }],
      files: [{ path: 'main.js', content: 'module.exports = ({ clientCustomData }) => 2 * clientCustomData.number;' }],
    });
    const instance = await client.call('views.createInstance', { viewTemplateId: id, configuration: null });
    const permitted = client.call('views.permitted', { id: instance.id });
    await keep.admin.approve(instance.permissions[0]!.id);
    expect(await permitted).toEqual({ missing: [] });
    const clientCustomData = { number: 21 };
    const run = await client.call('views.run', { viewInstanceId: instance.id, clientCustomData, wait: 30 });
    expect(run).toMatchObject({ state: 'succeeded', result: 42 });
    const queued = await client.call('views.run', { viewInstanceId: instance.id, clientCustomData });
    expect(await client.call('views.finished', { runId: queued.id })).toMatchObject({ state: 'succeeded', result: 42 });
    await keep.admin.revoke(instance.permissions[0]!.id, 'Enough');
    const { missing } = await client.call('views.permitted', { id: instance.id });
    expect(missing).toMatchObject([{ profile, status: 'revoked', reason: 'Enough' }]);
  });

  it('keeps its token in a file that nobody else may read, and goes on with it', async () => {
    const tokenFile = join(folder, `token-${count}`);
    const one = await associated({ tokenFile });
    const { appId } = await one.call('me', null);
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(tokenFile, 'utf8')).toMatch(/^ey/);
    const other = startOne();
    await other.call('connect', { url: proxy.url, tokenFile });
    expect(await other.call('me', null)).toMatchObject({ appId });
  });

  describe('the outbox', () => {
    const outboxFile = () => join(folder, `outbox-${count}`);
    const tokenFile = () => join(folder, `outbox-token-${count}`);

    it('sends what is added as soon as the keep is there', async () => {
      await allowed();
      proxy.next('cut-before', 'cut-before');
      await client.call('outbox.add', { events: [note('a'), note('b')] });
      await client.call('outbox.flush', null);
      expect(await client.call('outbox.pending', null)).toBe(0);
      expect(await texts()).toEqual(['a', 'b']);
    });

    it('keeps across a crash what the keep did not have yet', async () => {
      const one = await associated({ outboxFile: outboxFile(), tokenFile: tokenFile(), retries: 0 });
      await allowed(one);
      proxy.next(...Array.from({ length: 50 }, () => 'cut-before' as const));
      await one.call('outbox.add', { events: [note('survives'), note('as well')] });
      expect(await one.call('outbox.pending', null)).toBe(2);
      const waiting = await one.call('outbox.waiting', null);
      expect(waiting.map(({ payload }) => payload)).toEqual([{ text: 'survives' }, { text: 'as well' }]);
      one.kill();
      proxy.next();
      const other = startOne();
      await other.call('connect', { url: keep.url, outboxFile: outboxFile(), tokenFile: tokenFile() });
      await other.call('outbox.flush', null);
      expect(await texts(other)).toEqual(['as well', 'survives']);
    });

    it('puts aside what the keep refuses, with the reason, and sends the rest', async () => {
      await allowed();
      const bad = { profile, payload: { text: 7 } };
      await client.call('outbox.add', { events: [note('good'), bad, note('fine')] });
      await client.call('outbox.flush', null);
      expect(await texts()).toEqual(['fine', 'good']);
      const [refused, ...others] = await client.call('outbox.refused', null);
      expect(others).toEqual([]);
      expect(refused).toMatchObject({ event: { payload: { text: 7 } }, reason: { code: 'invalid' } });
      expect(refused!.reason.errors).toHaveLength(1);
      await client.call('outbox.retry', { ids: [refused!.id] });
      await client.call('outbox.flush', null);
      expect(await client.call('outbox.refused', null)).toHaveLength(1);
    });

    it('sends in parts what is too large for one request', async () => {
      await allowed();
      proxy.next({ status: 413, code: 'body-too-large' });
      await client.call('outbox.add', { events: ['1', '2', '3', '4', '5'].map((text) => note(text)) });
      await client.call('outbox.flush', null);
      expect(await texts()).toEqual(['1', '2', '3', '4', '5']);
      expect(await client.call('outbox.refused', null)).toEqual([]);
    });

    it('waits with the events of a profile for the right to create them, and not with others', async () => {
      await allowed();
      const other = `${profile}-other`;
      await client.call('profiles.register', { name: other, schema: noteSchema });
      await client.call('outbox.add', { events: [{ profile: other, payload: { text: 'early' } }, note('at once')] });
      await expect.poll(() => texts()).toEqual(['at once']);
      await expect(client.call('outbox.flush', null)).rejects.toMatchObject({ code: 'forbidden' });
      expect(await client.call('outbox.pending', null)).toBe(1);
      expect(await client.call('outbox.waiting', null)).toMatchObject([
        { metadata: { profile: other }, payload: { text: 'early' } },
      ]);
      const ensured = client.call('permissions.ensure', { profile: other, rights: ['create'], message: 'More' });
      const { items } = await keep.admin.ask<{ items: { id: string; profile: string }[] }>(
        'GET',
        '/admin/v1/permissions?status=pending',
      );
      const waiting = items.find((permission) => permission.profile === other);
      await keep.admin.approve(waiting?.id ?? (await pendingOf(other)));
      await ensured;
      await client.call('outbox.flush', null);
      expect(await client.call('outbox.pending', null)).toBe(0);
    });
  });

  async function pendingOf(name: string): Promise<string> {
    const former = profile;
    profile = name;
    try {
      return await pending();
    } finally {
      profile = former;
    }
  }
});
