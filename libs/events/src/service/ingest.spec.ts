import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  admin,
  appCaller,
  openEventService,
  refusal,
  runCaller,
  type EventServiceFixture,
} from './event-service.fixture.ts';

const walk = (payload: object = { activity: 'walking' }, metadata: object = {}): unknown => ({
  metadata: { profile: 'walk', ...metadata },
  payload,
});
const body = (...events: unknown[]): string => JSON.stringify({ events });

describe('ingest', () => {
  let fixture: EventServiceFixture;
  let appNumber = 0;
  let app = appCaller('');

  beforeAll(async () => {
    fixture = await openEventService();
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    app = appCaller(String(++appNumber).padStart(24, 'a'));
    fixture.grants.grant(app.appId, 'walk', 'create', 'read');
  });

  const stored = async (): Promise<unknown[]> => {
    const { json } = await fixture.events.query(
      admin,
      JSON.stringify({ profile: 'walk', filter: { 'metadata.source': app.appId }, limit: 1000 }),
    );
    return (JSON.parse(json.join('')) as { items: unknown[] }).items;
  };
  const refused = (text: string) => refusal(fixture.events.ingest(app, text));

  it('stores an event and answers with its id and dates', async () => {
    const answer = await fixture.events.ingest(
      app,
      body(walk({ activity: 'walking', steps: 3 }, { createdDate: '2025-12-31T23:00:00+01:00', identifier: 'w-1' })),
    );
    const id = answer.events[0]?.id;
    expect(answer).toEqual({
      accepted: 1,
      duplicates: 0,
      events: [{ id, acceptedDate: '2026-01-01T00:00:00.000Z', status: 'created' }],
    });
    expect(await stored()).toEqual([
      {
        id,
        metadata: {
          identifier: 'w-1',
          profile: 'walk',
          source: app.appId,
          createdDate: '2025-12-31T22:00:00.000Z',
          acceptedDate: '2026-01-01T00:00:00.000Z',
          version: 1,
        },
        payload: { activity: 'walking', steps: 3 },
      },
    ]);
  });

  it('takes now for the createdDate where none is given, and leaves an absent identifier out', async () => {
    await fixture.events.ingest(app, body(walk()));
    expect(await stored()).toMatchObject([{ metadata: { createdDate: '2026-01-01T00:00:00.000Z' } }]);
    expect((await stored())[0]).not.toHaveProperty('metadata.identifier');
  });

  it('writes in the name of the admin, and of the app whose view runs', async () => {
    await fixture.events.ingest(admin, body(walk({ activity: 'by the admin' })));
    fixture.grants.grant('f'.repeat(24), 'walk', 'create');
    await fixture.events.ingest(runCaller('f'.repeat(24), app.appId), body(walk({ activity: 'by a run' })));
    expect(await stored()).toMatchObject([{ payload: { activity: 'by a run' } }]);
    const { json } = await fixture.events.query(
      admin,
      JSON.stringify({ profile: 'walk', filter: { 'metadata.source': admin.adminId } }),
    );
    expect(JSON.parse(json.join(''))).toMatchObject({ items: [{ payload: { activity: 'by the admin' } }] });
  });

  it.each([
    ['{', 400, 'unreadable-body', []],
    ['{"events":[{"a":1,"a":2}]}', 400, 'json-duplicate-key', ['0 /events/0/a duplicate-key']],
    [
      '{"events":[{"payload":{"__proto__":{}}}]}',
      400,
      'json-forbidden-key',
      ['0 /events/0/payload/__proto__ forbidden-key'],
    ],
    ['{"events":[{"payload":{"n":9007199254740993}}]}', 422, 'invalid', ['0 /events/0/payload/n inexact-number']],
    ['{"events":[{"payload":{"n":1e400}}]}', 422, 'invalid', ['0 /events/0/payload/n inexact-number']],
    ['{"events":[{"payload":{"s":"\\ud800"}}]}', 422, 'invalid', ['0 /events/0/payload/s lone-surrogate']],
    ['[]', 422, 'invalid', [' type']],
    ['null', 422, 'invalid', [' type']],
    ['{}', 422, 'invalid', ['/events required']],
    ['{"events":{}}', 422, 'invalid', ['/events type']],
    ['{"events":[]}', 422, 'invalid', ['/events range']],
    [body(...Array.from({ length: 1001 }, () => 1)), 422, 'invalid', ['/events range']],
    ['{"events":[1],"mode":"x"}', 422, 'invalid', ['/mode unknown-member']],
  ])('refuses the body %.60s', async (text, status, code, places) => {
    expect(await refused(text)).toMatchObject({ status, code, places });
    expect(await stored()).toEqual([]);
  });

  it.each<[unknown, string[]]>([
    [1, ['1 /events/1 type']],
    [{}, ['1 /events/1/payload required', '1 /events/1/metadata required']],
    [{ metadata: [], payload: [] }, ['1 /events/1/payload type', '1 /events/1/metadata type']],
    [{ metadata: {}, payload: {} }, ['1 /events/1/metadata/profile required']],
    [{ metadata: { profile: 7 }, payload: {} }, ['1 /events/1/metadata/profile type']],
    [{ ...(walk() as object), id: 'x' }, ['1 /events/1/id unknown-member']],
    [walk({}, { source: 'me' }), ['1 /events/1/metadata/source unknown-member']],
    [walk({}, { acceptedDate: '2026-01-01T00:00:00Z' }), ['1 /events/1/metadata/acceptedDate unknown-member']],
    [walk({}, { version: 2 }), ['1 /events/1/metadata/version unknown-member']],
    [walk({}, { createdDate: 'yesterday' }), ['1 /events/1/metadata/createdDate date']],
    [walk({}, { createdDate: null }), ['1 /events/1/metadata/createdDate type']],
    [walk({}, { createdDate: '2026-01-01T00:00:00.0001Z' }), ['1 /events/1/metadata/createdDate date']],
    [walk({}, { identifier: '' }), ['1 /events/1/metadata/identifier range']],
    [walk({}, { identifier: '\u{1f600}'.repeat(201) }), ['1 /events/1/metadata/identifier range']],
    [walk({}, { identifier: 1 }), ['1 /events/1/metadata/identifier type']],
    [walk({}, { profile: 'missing' }), ['1 /events/1/metadata/profile unknown-profile']],
    [walk({ activity: 7 }), ['1 /events/1/payload/activity schema']],
    [walk({ steps: 7 }), ['1 /events/1/payload schema']],
  ])('stores none of a batch with the bad event %j', async (event, places) => {
    expect(await refused(body(walk(), event, walk()))).toMatchObject({ status: 422, code: 'invalid', places });
    expect(await stored()).toEqual([]);
  });

  it('names each bad event in their order, at most twenty', async () => {
    const events = [
      walk({ activity: 1 }),
      walk(),
      walk({}, { version: 1 }),
      walk({}, { profile: 'missing' }),
      walk({ activity: 'x', steps: -1 }),
    ];
    expect((await refused(body(...events))).places).toEqual([
      '0 /events/0/payload/activity schema',
      '2 /events/2/metadata/version unknown-member',
      '3 /events/3/metadata/profile unknown-profile',
      '4 /events/4/payload/steps schema',
    ]);
    expect((await refused(body(...Array.from({ length: 1000 }, () => walk({}))))).places).toHaveLength(20);
  });

  it('accepts an identifier of 200 code points and a thousand events', async () => {
    const answer = await fixture.events.ingest(
      app,
      body(walk(undefined, { identifier: '\u{1f600}'.repeat(200) }), ...Array.from({ length: 999 }, () => walk())),
    );
    expect(answer).toMatchObject({ accepted: 1000, duplicates: 0 });
    expect(new Set(answer.events.map(({ id }) => id)).size).toBe(1000);
  });

  it('refuses the whole request where one profile lacks the right to create', async () => {
    const text = body(walk(), { metadata: { profile: 'note' }, payload: {} });
    expect(await refused(text)).toMatchObject({
      status: 403,
      code: 'forbidden',
      message: expect.stringContaining('`create`'),
    });
    fixture.grants.grant(app.appId, 'note', 'read', 'modify', 'delete');
    expect(await refused(text)).toMatchObject({ status: 403 });
    expect(await stored()).toEqual([]);
  });

  it('asks for the right before it judges the payload, and for the profile before the right', async () => {
    fixture.grants.grant(app.appId, 'walk');
    fixture.grants.grant(app.appId, 'note', 'create');
    expect(await refused(body(walk({ activity: 7 })))).toMatchObject({ status: 403 });
    expect(await refused(body(walk(), walk({}, { profile: 'missing' })))).toMatchObject({ status: 422 });
  });

  it('gives up a list of events that together take too long to validate, at the event where it does', async () => {
    let time = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (time += 90));
    vi.spyOn(process, 'threadCpuUsage').mockImplementation(() => ({ user: (time += 90) * 1000, system: 0 }));
    const error = await refused(body(...Array.from({ length: 1000 }, () => walk())));
    vi.restoreAllMocks();
    const place: unknown = expect.stringMatching(/\/events list-too-costly$/);
    expect(error).toMatchObject({ status: 422, places: [place] });
    expect(await stored()).toEqual([]);
  });

  it('takes a list whose validation only waits for the core', async () => {
    let time = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (time += 90));
    const { accepted } = await fixture.events.ingest(app, body(...Array.from({ length: 100 }, () => walk())));
    clock.mockRestore();
    expect(accepted).toBe(100);
  });

  it('refuses an app that may create on no profile before it reads anything', async () => {
    fixture.grants.grant(app.appId, 'walk', 'read');
    for (const unread of ['', '{"events":', body(walk({}, { profile: 'missing' }))])
      expect(await refused(unread)).toMatchObject({ status: 403, code: 'forbidden' });
  });

  it('answers the same content under the same identifier as a duplicate', async () => {
    const first = await fixture.events.ingest(app, body(walk({ activity: 'a', steps: 1 }, { identifier: 'i' })));
    await fixture.clock.advance(1000);
    const again = await fixture.events.ingest(
      app,
      body(walk({ steps: 1.0, activity: 'a' }, { identifier: 'i' }), walk()),
    );
    expect(again).toMatchObject({
      accepted: 1,
      duplicates: 1,
      events: [{ ...first.events[0], status: 'duplicate' }, { status: 'created' }],
    });
    expect(await stored()).toHaveLength(2);
  });

  it('answers other content under the same identifier with 409, and stores nothing', async () => {
    const createdDate = '2026-01-01T00:00:00Z';
    await fixture.events.ingest(app, body(walk({ activity: 'a' }, { identifier: 'i', createdDate })));
    const places = ['1 /events/1/metadata/identifier identifier-conflict'];
    expect(await refused(body(walk(), walk({ activity: 'b' }, { identifier: 'i' })))).toMatchObject({
      status: 409,
      code: 'identifier-conflict',
      places,
    });
    expect(
      await refused(body(walk(), walk({ activity: 'a' }, { identifier: 'i', createdDate: '2026-01-02T00:00:00Z' }))),
    ).toMatchObject({ places });
    expect(await stored()).toHaveLength(1);
  });

  it('keeps identifiers apart by app and by profile', async () => {
    fixture.grants.grant(app.appId, 'note', 'create');
    const text = body(walk({ activity: 'a' }, { identifier: 'apart' }), {
      metadata: { profile: 'note', identifier: 'apart' },
      payload: { b: 1 },
    });
    expect(await fixture.events.ingest(app, text)).toMatchObject({ accepted: 2 });
    const other = appCaller('b'.repeat(24));
    fixture.grants.grant(other.appId, 'walk', 'create');
    expect(await fixture.events.ingest(other, body(walk({ activity: 'c' }, { identifier: 'apart' })))).toMatchObject({
      accepted: 1,
    });
  });

  it('takes the same identifier twice in one request for one event, and other content for an error', async () => {
    const answer = await fixture.events.ingest(
      app,
      body(
        walk({ activity: 'a', steps: 1 }, { identifier: 'i' }),
        walk({ steps: 1, activity: 'a' }, { identifier: 'i' }),
      ),
    );
    expect(answer).toMatchObject({
      accepted: 1,
      duplicates: 1,
      events: [{ status: 'created' }, { status: 'duplicate', id: answer.events[0]?.id }],
    });
    const places = ['1 /events/1/metadata/identifier duplicate-identifier'];
    expect(
      await refused(body(walk({ activity: 'a' }, { identifier: 'j' }), walk({ activity: 'b' }, { identifier: 'j' }))),
    ).toMatchObject({
      status: 422,
      places,
    });
    const dated = (createdDate: string) => walk({ activity: 'a' }, { identifier: 'k', createdDate });
    expect(await refused(body(dated('2026-01-01T00:00:00Z'), dated('2026-01-01T00:00:01Z')))).toMatchObject({
      status: 422,
      places,
    });
    expect(await stored()).toHaveLength(1);
  });

  it('frees the identifier with the event', async () => {
    fixture.grants.grant(app.appId, 'walk', 'create', 'delete');
    const first = await fixture.events.ingest(app, body(walk({ activity: 'a' }, { identifier: 'i' })));
    await fixture.events.remove(app, first.events[0]!.id, undefined);
    expect(await fixture.events.ingest(app, body(walk({ activity: 'b' }, { identifier: 'i' })))).toMatchObject({
      accepted: 1,
    });
  });

  it('gives payloads back with equal values', async () => {
    fixture.grants.grant(app.appId, 'note', 'create', 'read');
    const payload = {
      s: '\u0000 \u{1f600} \u2028 "\\',
      n: [0.1, 1e21, 1e-7, 9007199254740992, -1],
      e: { '': null, constructor: 1, 'a.b': [[]] },
      b: [true, false],
    };
    const { events } = await fixture.events.ingest(
      app,
      JSON.stringify({ events: [{ metadata: { profile: 'note' }, payload }] }),
    );
    expect(JSON.parse((await fixture.events.get(app, events[0]!.id)).json)).toMatchObject({ payload });
  });
});
