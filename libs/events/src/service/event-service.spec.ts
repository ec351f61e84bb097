import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeepEvent, PageAnswer } from '@datakeep/contracts';
import {
  admin,
  appCaller,
  openEventService,
  refusal,
  runCaller,
  type EventServiceFixture,
} from './event-service.fixture.ts';

interface Page {
  items: KeepEvent<{ activity: string; steps?: number }>[];
  nextCursor: string | null;
  count?: number;
}

const unknownId = '0'.repeat(24);
const stranger = appCaller('c'.repeat(24));
const app = appCaller('a'.repeat(24));
const instance = 'f'.repeat(24);

let fixture: EventServiceFixture;
beforeAll(async () => {
  fixture = await openEventService();
});
afterAll(() => fixture.close());
beforeEach(() => {
  fixture.grants.grant(app.appId, 'walk', 'read', 'create', 'modify', 'delete');
  fixture.grants.grant(app.appId, 'note', 'create');
  fixture.grants.grant(instance, 'walk');
  fixture.grants.grant(instance, 'note');
});

async function add(payload: object, metadata: object = {}): Promise<string> {
  const { events } = await fixture.events.ingest(
    app,
    JSON.stringify({ events: [{ metadata: { profile: 'walk', ...metadata }, payload }] }),
  );
  return events[0]!.id;
}

const pageOf = async (answer: Promise<PageAnswer>): Promise<Page> => JSON.parse((await answer).json.join('')) as Page;
const query = (body: object, options?: { count: boolean }) =>
  fixture.events.query(app, JSON.stringify({ profile: 'walk', ...body }), options);
const names = (page: Page): string[] => page.items.map(({ payload }) => payload.activity);

describe('queries', () => {
  beforeAll(async () => {
    fixture.grants.grant(app.appId, 'walk', 'create', 'delete', 'read');
    for (const [at, activity] of ['run', 'row', 'ride', 'walk', 'swim'].entries())
      await add(
        { activity, steps: at % 2, ...(at === 3 ? { tags: ['x', 'y'] } : {}) },
        { createdDate: `2025-01-0${at + 1}T00:00:00Z` },
      );
  });

  it('answer newest first, without an end, in pages', async () => {
    const first = await pageOf(query({ limit: 2 }, { count: true }));
    expect(names(first)).toEqual(['swim', 'walk']);
    expect(first.count).toBe(5);
    const second = await pageOf(query({ limit: 2, cursor: first.nextCursor }));
    expect(names(second)).toEqual(['ride', 'row']);
    expect(second).not.toHaveProperty('count');
    const third = await pageOf(query({ limit: 1000, cursor: second.nextCursor }));
    expect(names(third)).toEqual(['run']);
    expect(third.nextCursor).toBeNull();
  });

  it('filter, sort and choose members', async () => {
    const page = await pageOf(
      query({
        filter: { or: [{ 'payload.tags': 'y' }, { 'payload.activity': { prefix: 'r' } }] },
        sort: [{ field: 'payload.steps', direction: 'descending' }, { field: 'payload.activity' }],
        fields: ['payload.activity'],
      }),
    );
    expect(page.items.map(({ payload }) => payload)).toEqual([
      { activity: 'row' },
      { activity: 'walk' },
      { activity: 'ride' },
      { activity: 'run' },
    ]);
    expect(page.items[0]?.metadata).toMatchObject({ profile: 'walk', version: 1 });
    expect((await pageOf(query({ fields: [] }))).items[0]?.payload).toEqual({});
    expect(names(await pageOf(query({ filter: { not: {} } })))).toEqual([]);
    expect(names(await pageOf(query({ filter: { or: [{}, { 'payload.activity': 'run' }] } })))).toHaveLength(5);
    expect(names(await pageOf(query({ filter: { 'payload.activity': { in: [] } } })))).toEqual([]);
    expect(names(await pageOf(query({ filter: { 'payload.activity': { nin: [] } } })))).toHaveLength(5);
  });

  it('say how many items they hold', async () => {
    expect(await query({ limit: 3 })).toMatchObject({ items: 3 });
  });

  it('refuse a cursor of another request, another caller or another kind of list, and one that is old', async () => {
    const { nextCursor: cursor } = await pageOf(query({ limit: 1 }));
    const refused = { status: 422, places: ['/cursor cursor'] };
    expect(await refusal(query({ cursor, filter: { 'payload.steps': 1 } }))).toMatchObject(refused);
    expect(await refusal(query({ cursor, fields: [] }))).toMatchObject(refused);
    expect(await refusal(query({ cursor: 'x' }))).toMatchObject(refused);
    expect(await refusal(fixture.events.query(admin, JSON.stringify({ profile: 'walk', cursor })))).toMatchObject(
      refused,
    );
    fixture.grants.grant(instance, 'walk', 'read');
    expect(
      await refusal(fixture.events.query(runCaller(instance, app.appId), JSON.stringify({ profile: 'walk', cursor }))),
    ).toMatchObject(refused);
    expect(await refusal(fixture.events.list(app, { profile: 'walk', cursor: cursor! }))).toMatchObject(refused);
    await fixture.clock.advance(24 * 60 * 60 * 1000);
    expect(await refusal(query({ cursor }))).toMatchObject(refused);
  });

  it('take the members of a request in any order for the same request', async () => {
    const { nextCursor: cursor } = await pageOf(
      query({ limit: 1, filter: { 'payload.steps': 0, 'payload.activity': { ne: 'x' } } }),
    );
    const again = query({ cursor, filter: { 'payload.activity': { ne: 'x' }, 'payload.steps': 0 } });
    expect(names(await pageOf(again))).toEqual(['ride', 'run']);
  });

  it.each([
    ['{', 400, 'unreadable-body', []],
    ['{"profile":"walk","filter":{"payload.a":{"$ne":1}}}', 422, 'invalid', ['/filter/payload.a/$ne operator']],
    ['{"profile":"missing"}', 422, 'invalid', ['/profile unknown-profile']],
    ['{"profile":"note"}', 403, 'forbidden', []],
    ['{"profile":"walk","sort":[{"field":"payload.tags"}]}', 422, 'invalid', ['/sort/0/field sort']],
    [
      '{"profile":"walk","filter":{"payload.a":9007199254740993}}',
      422,
      'invalid',
      ['/filter/payload.a inexact-number'],
    ],
  ])('refuse %s', async (body, status, code, places) => {
    expect(await refusal(fixture.events.query(app, body))).toMatchObject({ status, code, places });
  });

  it('need the right to read: an app by its own rights, a run by those of its instance, the admin always', async () => {
    const body = '{"profile":"walk"}';
    const run = runCaller(instance, app.appId);
    expect(await refusal(fixture.events.query(stranger, body))).toMatchObject({ status: 403 });
    expect(await refusal(fixture.events.query(run, body))).toMatchObject({ status: 403 });
    fixture.grants.grant(instance, 'walk', 'read');
    expect(await fixture.events.query(run, body)).toMatchObject({ items: 5 });
    expect(await fixture.events.query(runCaller(instance, app.appId, 'walk'), body)).toMatchObject({ items: 5 });
    expect(await refusal(fixture.events.query(runCaller(instance, app.appId, 'note'), body))).toMatchObject({
      status: 403,
    });
    expect(await fixture.events.query(admin, body)).toMatchObject({ items: 5 });
  });

  it('of a list take from as inclusive and to as exclusive', async () => {
    const page = await pageOf(
      fixture.events.list(app, {
        profile: 'walk',
        from: '2025-01-02T00:00:00Z',
        to: '2025-01-04T01:00:00+01:00',
        count: 'true',
      }),
    );
    expect(names(page)).toEqual(['ride', 'row']);
    expect(page.count).toBe(2);
    const first = await pageOf(fixture.events.list(app, { profile: 'walk', limit: '4' }));
    const second = await pageOf(fixture.events.list(app, { profile: 'walk', cursor: first.nextCursor! }));
    expect([...names(first), ...names(second)]).toEqual(['swim', 'walk', 'ride', 'row', 'run']);
    expect(
      await refusal(
        fixture.events.list(app, { profile: 'walk', to: '2026-01-01T00:00:00Z', cursor: first.nextCursor! }),
      ),
    ).toMatchObject({
      status: 422,
    });
  });

  it.each<[Record<string, string>, string[]]>([
    [{}, ['/profile required']],
    [{ profile: '' }, ['/profile range']],
    [{ profile: 'missing' }, ['/profile unknown-profile']],
    [{ profile: 'walk', sort: 'x' }, ['/sort unknown-parameter']],
    [{ profile: 'walk', 'a[$ne]': '1' }, ['/a[$ne] unknown-parameter']],
    [{ profile: 'walk', from: 'today', to: '2026-01-01' }, ['/from date', '/to date']],
    [{ profile: 'walk', limit: '0' }, ['/limit range']],
    [{ profile: 'walk', limit: '1001' }, ['/limit range']],
    [{ profile: 'walk', limit: '1e2' }, ['/limit range']],
    [{ profile: 'walk', count: 'yes' }, ['/count enum']],
    [{ profile: 'walk', cursor: '' }, ['/cursor cursor']],
  ])('of a list refuse the parameters %j', async (parameters, places) => {
    expect(await refusal(fixture.events.list(app, parameters))).toMatchObject({ status: 422, places });
  });

  it('of a list need the right to read', async () => {
    expect(await refusal(fixture.events.list(app, { profile: 'note' }))).toMatchObject({ status: 403 });
  });
});

describe('a single event', () => {
  const payload = { activity: 'x', steps: 1 };
  const modify = (id: string, body: unknown, ifMatch: string | undefined, caller = app) =>
    fixture.events.modify(caller, id, typeof body === 'string' ? body : JSON.stringify(body), ifMatch);

  it('is read with its version', async () => {
    const id = await add(payload);
    const { json, version } = await fixture.events.get(app, id);
    expect(version).toBe(1);
    expect(JSON.parse(json)).toMatchObject({ id, payload, metadata: { version: 1 } });
  });

  it('of a profile without any right is not there, with the answer of an id that nobody has', async () => {
    const id = await add(payload);
    const absent = await refusal(fixture.events.get(app, unknownId));
    expect(absent).toMatchObject({ status: 404, code: 'not-found', places: [] });
    for (const caller of [stranger, runCaller(instance, app.appId), runCaller(instance, app.appId, 'walk')]) {
      expect(await refusal(fixture.events.get(caller, id))).toEqual(absent);
      expect(await refusal(fixture.events.remove(caller, id, undefined))).toEqual(absent);
      expect(await refusal(fixture.events.modify(caller, id, '{"payload":{}}', '*'))).toEqual(absent);
      expect(await refusal(fixture.events.modify(caller, id, '{"payload":{}}', undefined))).toEqual(absent);
    }
    for (const strange of [
      '',
      'x',
      `${unknownId}0`,
      '../../etc/passwd',
      "' OR 1=1 --",
      id.toUpperCase().replaceAll(/\d/g, 'A'),
    ])
      expect(await refusal(fixture.events.get(app, strange))).toEqual(absent);
    fixture.grants.grant(stranger.appId, 'note', 'read', 'modify', 'delete');
    expect(await refusal(fixture.events.remove(stranger, id, undefined))).toEqual(absent);
    expect(await refusal(modify(id, { payload }, '*', stranger))).toEqual(absent);
  });

  it('of a profile with some right is forbidden where that right does not cover the act', async () => {
    const id = await add(payload);
    fixture.grants.grant(app.appId, 'walk', 'create');
    expect(await refusal(fixture.events.get(app, id))).toMatchObject({
      status: 403,
      message: expect.stringContaining('`read`'),
    });
    expect(await refusal(modify(id, { payload }, '*'))).toMatchObject({
      status: 403,
      message: expect.stringContaining('`modify`'),
    });
    expect(await refusal(fixture.events.remove(app, id, undefined))).toMatchObject({
      status: 403,
      message: expect.stringContaining('`delete`'),
    });
    expect(await fixture.events.get(admin, id)).toMatchObject({ version: 1 });
  });

  it('is modified, and then has the next version', async () => {
    const id = await add(payload, { identifier: 'kept', createdDate: '2025-06-01T00:00:00Z' });
    const changed = await modify(id, { payload: { activity: 'y' } }, '"1"');
    expect(changed.version).toBe(2);
    expect(JSON.parse(changed.json)).toMatchObject({
      payload: { activity: 'y' },
      metadata: { identifier: 'kept', createdDate: '2025-06-01T00:00:00.000Z', source: app.appId, version: 2 },
    });
    expect(await modify(id, { payload }, '*', admin as never)).toMatchObject({ version: 3 });
    expect(await modify(id, { payload }, 'W/"3", "2", "3"')).toMatchObject({ version: 4 });
  });

  it('is modified only by who names its version', async () => {
    const id = await add(payload);
    expect(await refusal(modify(id, { payload }, undefined))).toMatchObject({ status: 428, code: 'if-match-required' });
    for (const tag of ['"2"', 'W/"1"', '"x"', '"01"', '"1 "'.replace(' ', 'x')])
      expect(await refusal(modify(id, { payload }, tag))).toMatchObject({ status: 412, code: 'version-mismatch' });
    for (const malformed of ['1', '', '"1', '*, "1"'])
      expect(await refusal(modify(id, { payload }, malformed))).toMatchObject({ status: 422 });
    expect(await fixture.events.get(app, id)).toMatchObject({ version: 1 });
  });

  it('is modified once when two name the same version at once', async () => {
    const id = await add(payload);
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map((steps) => modify(id, { payload: { activity: 'x', steps } }, '"1"')),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await fixture.events.get(app, id)).toMatchObject({ version: 2 });
  });

  it.each<[string, number, string, string[]]>([
    ['', 400, 'unreadable-body', []],
    ['{"payload":{"a":1,"a":1}}', 400, 'json-duplicate-key', ['/payload/a duplicate-key']],
    ['{"payload":{"a":1e400}}', 422, 'invalid', ['/payload/a inexact-number']],
    ['[]', 422, 'invalid', [' type']],
    ['{}', 422, 'invalid', ['/payload required']],
    ['{"payload":[]}', 422, 'invalid', ['/payload type']],
    ['{"payload":{"activity":"x"},"metadata":{"profile":"note"}}', 422, 'invalid', ['/metadata unknown-member']],
    ['{"payload":{"activity":"x"},"profile":"note"}', 422, 'invalid', ['/profile unknown-member']],
    ['{"payload":{"steps":1}}', 422, 'invalid', ['/payload schema']],
    ['{"payload":{"activity":"x","steps":-1}}', 422, 'invalid', ['/payload/steps schema']],
  ])('refuses the modification %s and stays as it is', async (body, status, code, places) => {
    const id = await add(payload);
    expect(await refusal(modify(id, body, '"1"'))).toMatchObject({ status, code, places });
    expect(await fixture.events.get(app, id)).toMatchObject({ version: 1 });
  });

  it('is removed, with or without its version', async () => {
    const id = await add(payload);
    expect(await refusal(fixture.events.remove(app, id, '"2"'))).toMatchObject({ status: 412 });
    expect(await refusal(fixture.events.remove(app, id, 'x'))).toMatchObject({ status: 422 });
    await fixture.events.remove(app, id, '"1"');
    const absent = await refusal(fixture.events.get(app, unknownId));
    expect(await refusal(fixture.events.get(app, id))).toEqual(absent);
    expect(await refusal(fixture.events.remove(app, id, undefined))).toEqual(absent);
    expect(await refusal(modify(id, { payload }, '*'))).toEqual(absent);
    await fixture.events.remove(app, await add(payload), undefined);
  });

  it('that goes away during a call gets the answer of one that never was', async () => {
    const id = await add(payload);
    const outcomes = await Promise.all([
      refusal(fixture.events.remove(app, id, undefined)).catch(() => undefined),
      refusal(fixture.events.remove(app, id, '*')).catch(() => undefined),
    ]);
    expect(outcomes.filter((outcome) => outcome !== undefined)).toEqual([
      await refusal(fixture.events.get(app, unknownId)),
    ]);
  });
});
