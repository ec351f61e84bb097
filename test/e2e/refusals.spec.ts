import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AppClient } from '../support/keep-client.ts';
import { permittedInstance, walk, walkingApp, walkProfile, walkSchema } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

const shapes = await keepShapes('what must be refused');

interface Problem {
  readonly code: string;
  readonly instance: string;
  readonly errors?: { readonly index?: number; readonly pointer: string; readonly code: string }[];
}

describe.for(shapes.filter(({ available }) => available))('what must be refused: $name', ({ start }) => {
  let under: KeepInShape;
  let app: AppClient;
  let other: AppClient;

  beforeAll(async () => {
    under = await start();
    app = await walkingApp(under.admin);
    other = await under.admin.connectApp('Other');
    await other.registerProfile('other.example/thing', { type: 'object' });
    await under.admin.grant(other, 'other.example/thing', ['read', 'create', 'modify', 'delete']);
  });
  afterAll(() => under.stop());

  const countOf = async (): Promise<number> => (await app.query({ profile: walkProfile, limit: 1 }, true)).count ?? -1;
  const problem = async (
    client: { send: AppClient['send'] },
    method: string,
    path: string,
    options = {},
  ): Promise<Problem & { status: number }> => {
    const answer = await client.send<Problem>(method, path, options);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    return { ...answer.body, status: answer.status };
  };

  it('modifying an event of a profile that the app has rights on another profile for', async () => {
    const { events } = await app.sendEvents([walk(1)]);
    const path = `/app/v1/events/${events![0]!.id}`;
    const foreign = await problem(other, 'PUT', path, {
      body: { payload: { activity: 'x', distance: 1 } },
      headers: { 'if-match': '*' },
    });
    const unknown = await problem(other, 'PUT', '/app/v1/events/0123456789abcdef01234567', {
      body: { payload: {} },
      headers: { 'if-match': '*' },
    });
    expect(foreign.status).toBe(404);
    expect({ ...foreign, instance: '' }).toEqual({ ...unknown, instance: '' });
    expect(await app.ask('GET', path)).toMatchObject({ payload: { distance: 1 }, metadata: { version: 1 } });
  });

  it('deleting an event of a profile that the app has rights on another profile for', async () => {
    const { events } = await app.sendEvents([walk(1)]);
    const path = `/app/v1/events/${events![0]!.id}`;
    const foreign = await problem(other, 'DELETE', path);
    expect({ ...foreign, instance: '' }).toEqual({
      ...(await problem(other, 'DELETE', '/app/v1/events/0123456789abcdef01234567')),
      instance: '',
    });
    expect((await app.send('GET', path)).status).toBe(200);
  });

  it('reading, with some right but not that one: 403; with none at all: 404', async () => {
    const { events } = await app.sendEvents([walk(1)]);
    const path = `/app/v1/events/${events![0]!.id}`;
    const creator = await under.admin.connectApp('Creator');
    await under.admin.grant(creator, walkProfile, ['create']);
    expect((await problem(creator, 'GET', path)).code).toBe('forbidden');
    expect((await problem(other, 'GET', path)).code).toBe('not-found');
  });

  it('modifying with a payload that the schema refuses', async () => {
    const { events } = await app.sendEvents([walk(1)]);
    const path = `/app/v1/events/${events![0]!.id}`;
    const refused = await problem(app, 'PUT', path, {
      body: { payload: { activity: 'walking', distance: -1 } },
      headers: { 'if-match': '"1"' },
    });
    expect(refused).toMatchObject({
      status: 422,
      code: 'invalid',
      errors: [{ pointer: '/payload/distance', code: 'schema' }],
    });
    expect(await app.ask('GET', path)).toMatchObject({ payload: { distance: 1 }, metadata: { version: 1 } });
  });

  it("running another app's instance", async () => {
    const instance = await permittedInstance(under.admin, app);
    expect((await problem(other, 'POST', `/app/v1/view-instances/${instance}/runs`)).status).toBe(404);
    expect((await problem(other, 'GET', `/app/v1/view-instances/${instance}`)).status).toBe(404);
    const run = await app.run(instance);
    expect((await problem(other, 'GET', `/app/v1/runs/${run.id}`)).status).toBe(404);
    expect((await problem(other, 'POST', `/app/v1/runs/${run.id}/cancel`)).status).toBe(404);
  });

  it('running an instance whose permission is not approved, and whose permission was revoked', async () => {
    const { id } = await under.admin.makeViewTemplate({
      name: 'Later',
      runtime: 'javascript',
      permissions: [{ profile: walkProfile, rights: ['read'] }],
      files: [{ path: 'main.js', content: 'module.exports = () => 1;' }],
    });
    const instance = await app.makeViewInstance(id, null);
    expect(await problem(app, 'POST', `/app/v1/view-instances/${instance.id}/runs`)).toMatchObject({
      status: 409,
      code: 'view-not-permitted',
    });
    await under.admin.approve(instance.permissions[0]!.id);
    expect((await app.run(instance.id)).state).toBe('succeeded');
    await under.admin.revoke(instance.permissions[0]!.id);
    // At once in the process that took the decision, within a second on every other; the rest is for a busy machine.
    await vi.waitFor(
      async () => expect((await problem(app, 'POST', `/app/v1/view-instances/${instance.id}/runs`)).status).toBe(409),
      { timeout: 10_000 },
    );
  });

  it('associating twice, concurrently: one wins, the other is 410', async () => {
    const holder = await under.admin.makeAppHolder('Twice');
    const { associationToken } = await under.admin.makeAssociationToken(holder.id);
    const attempts = await Promise.all(
      [1, 2, 3].map(() =>
        under.nobody.send<Problem>('POST', '/app/v1/association', { body: { associationToken, name: 'Twice' } }),
      ),
    );
    expect(attempts.map(({ status }) => status).toSorted()).toEqual([201, 410, 410]);
    expect(
      (await under.nobody.send('POST', '/app/v1/association', { body: { associationToken, name: 'Twice' } })).status,
    ).toBe(410);
    expect(
      await problem(under.nobody, 'POST', '/app/v1/association', {
        body: { associationToken: 'dk_association_nonsense', name: 'x' },
      }),
    ).toMatchObject({ status: 401, code: 'association-token-unknown' });
  });

  it('an association token that a newer one voided', async () => {
    const holder = await under.admin.makeAppHolder('Voided');
    const old = await under.admin.makeAssociationToken(holder.id);
    await under.admin.makeAssociationToken(holder.id);
    expect(
      (
        await problem(under.nobody, 'POST', '/app/v1/association', {
          body: { associationToken: old.associationToken, name: 'x' },
        })
      ).code,
    ).toBe('association-token-spent');
  });

  it('a revoked permission, at the very next call; approving it again leaves no stale dates', async () => {
    const reader = await under.admin.connectApp('Reader');
    const asked = await reader.requestPermission(walkProfile, ['read', 'create'], 'please');
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    await under.admin.approve(asked.id, { rights: ['read'], expiresAt });
    expect((await reader.send('POST', '/app/v1/events/query', { body: { profile: walkProfile } })).status).toBe(200);
    const revoked = await under.admin.revoke(asked.id, 'enough');
    expect(revoked).toMatchObject({ status: 'revoked', reason: 'enough' });
    expect(revoked).not.toHaveProperty('expiresAt');
    expect((await problem(reader, 'POST', '/app/v1/events/query', { body: { profile: walkProfile } })).status).toBe(
      403,
    );
    const again = await under.admin.approve(asked.id);
    expect(again).toMatchObject({ status: 'approved', granted: ['read', 'create'] });
    expect(again).not.toHaveProperty('expiresAt');
    expect(again).not.toHaveProperty('reason');
    expect(
      await problem(under.admin, 'POST', `/admin/v1/permissions/${asked.id}/approve`, { body: { rights: ['delete'] } }),
    ).toMatchObject({
      status: 422,
      errors: [{ code: 'not-requested' }],
    });
  });

  it('a revoked app token, at the very next call, until the app is associated anew', async () => {
    const gone = await under.admin.connectApp('Gone');
    expect((await gone.send('GET', '/app/v1/me')).status).toBe(200);
    expect((await under.admin.send('POST', `/admin/v1/apps/${gone.appId}/token/revoke`)).status).toBe(204);
    expect((await problem(gone, 'GET', '/app/v1/me')).status).toBe(401);
    const { associationToken } = await under.admin.makeAssociationToken(gone.appId);
    const anew = await under.nobody.ask<{ appId: string; token: string }>('POST', '/app/v1/association', {
      body: { associationToken, name: 'Gone' },
    });
    expect(anew.appId).toBe(gone.appId);
    expect((await gone.send('GET', '/app/v1/me', { token: anew.token })).status).toBe(200);
  });

  it("an admin's token after sign-out", async () => {
    const { AdminClient } = await import('../support/keep-client.ts');
    const { adminPassword } = await import('../support/keep-in-process.ts');
    const second = await AdminClient.signIn(under.url, 'admin', adminPassword);
    expect((await second.send('DELETE', '/admin/v1/session')).status).toBe(204);
    expect((await problem(second, 'GET', '/admin/v1/apps')).status).toBe(401);
    expect((await under.admin.send('GET', '/admin/v1/apps')).status).toBe(200);
  });

  it('a batch with one bad event: none is stored, and each bad one is named', async () => {
    const before = await countOf();
    const refused = await problem(app, 'POST', '/app/v1/events', {
      body: { events: [walk(1), walk(-5), walk(2), { metadata: { profile: walkProfile }, payload: { distance: 1 } }] },
    });
    expect(refused).toMatchObject({
      status: 422,
      errors: [
        { index: 1, pointer: '/events/1/payload/distance' },
        { index: 3, pointer: '/events/3/payload' },
      ],
    });
    expect(await countOf()).toBe(before);
  });

  it('other content under a known identifier', async () => {
    await app.sendEvents([walk(1, { identifier: 'known' })]);
    const before = await countOf();
    expect(
      await problem(app, 'POST', '/app/v1/events', { body: { events: [walk(3), walk(2, { identifier: 'known' })] } }),
    ).toMatchObject({
      status: 409,
      code: 'identifier-conflict',
    });
    expect(await countOf()).toBe(before);
  });

  it('events of an unknown profile, and of one without the right to create', async () => {
    expect(
      await problem(app, 'POST', '/app/v1/events', {
        body: { events: [{ metadata: { profile: 'nowhere' }, payload: {} }] },
      }),
    ).toMatchObject({
      status: 422,
      errors: [{ code: 'unknown-profile' }],
    });
    expect((await problem(other, 'POST', '/app/v1/events', { body: { events: [walk(1)] } })).status).toBe(403);
  });

  it('members that the keep owns, and members that nobody knows', async () => {
    for (const [place, event] of [
      ['/events/0/id', { ...walk(1), id: '0123456789abcdef01234567' }],
      ['/events/0/metadata/source', walk(1, { source: other.appId })],
      ['/events/0/metadata/acceptedDate', walk(1, { acceptedDate: '2026-01-01T00:00:00Z' })],
      ['/events/0/metadata/version', walk(1, { version: '7' })],
    ] as const)
      expect(await problem(app, 'POST', '/app/v1/events', { body: { events: [event] } })).toMatchObject({
        status: 422,
        errors: [{ pointer: place, code: 'unknown-member' }],
      });
    expect(
      await problem(app, 'POST', '/app/v1/permissions', {
        body: { profile: walkProfile, rights: ['read'], message: 'm', status: 'approved' },
      }),
    ).toMatchObject({ status: 422, errors: [{ pointer: '/status', code: 'unknown-member' }] });
    expect(await problem(app, 'GET', '/app/v1/permissions?status=approved')).toMatchObject({
      status: 422,
      errors: [{ code: 'unknown-parameter' }],
    });
  });

  it('the same profile name with another schema; the same schema again is fine', async () => {
    expect(await app.registerProfile(walkProfile, walkSchema)).toBe(false);
    expect(
      await problem(app, 'POST', '/app/v1/profiles', { body: { name: walkProfile, schema: { type: 'object' } } }),
    ).toMatchObject({
      status: 409,
      code: 'profile-differs',
    });
  });

  it('a schema bomb', async () => {
    let bomb: object = { type: 'object' };
    for (let level = 0; level < 40; level += 1) bomb = { type: 'array', items: bomb };
    const nested = await problem(app, 'POST', '/app/v1/profiles', {
      body: { name: 'bomb.example/deep', schema: bomb },
    });
    expect(nested).toMatchObject({ status: 422, errors: [{ code: 'schema-refused' }] });
    const definitions: Record<string, object> = { l22: { type: 'string' } };
    for (let level = 21; level >= 0; level -= 1)
      definitions[`l${level}`] = { anyOf: [{ $ref: `#/$defs/l${level + 1}` }, { $ref: `#/$defs/l${level + 1}` }] };
    expect(
      (
        await problem(app, 'POST', '/app/v1/profiles', {
          body: { name: 'bomb.example/any', schema: { $defs: definitions, $ref: '#/$defs/l0' } },
        })
      ).status,
    ).toBe(422);
    expect(
      (
        await problem(app, 'POST', '/app/v1/profiles', {
          body: { name: 'bomb.example/remote', schema: { $ref: 'https://example.com/schema.json' } },
        })
      ).status,
    ).toBe(422);
    expect((await app.send('GET', '/app/v1/profiles/bomb.example%2Fdeep')).status).toBe(404);
  });

  it.each([
    ['a $-key', { $where: 'true' }],
    ['a $-operator', { 'payload.distance': { $gt: 1 } }],
    ['an unknown operator', { 'payload.distance': { near: 1 } }],
    ['an object as value', { 'payload.distance': { eq: { a: 1 } } }],
    ['a boolean for gt', { 'payload.distance': { gt: true } }],
    ['a field outside payload and metadata', { distance: 1 }],
    ['a combiner that is no list', { or: { 'payload.distance': 1 } }],
    ['a number for contains', { 'payload.activity': { contains: 1 } }],
  ])('a filter with %s', async (_name, filter) => {
    expect(
      await problem(app, 'POST', '/app/v1/events/query', { body: { profile: walkProfile, filter } }),
    ).toMatchObject({
      status: 422,
      code: 'invalid',
    });
  });

  it("a cursor of another query, another caller, or nobody's", async () => {
    await app.sendEvents([walk(11), walk(12)]);
    const page = await app.query({ profile: walkProfile, limit: 1 });
    expect(page.nextCursor).not.toBeNull();
    const cursor = page.nextCursor;
    expect((await app.query({ profile: walkProfile, limit: 2, cursor })).items.length).toBe(2);
    for (const body of [
      { profile: walkProfile, filter: { 'payload.distance': 11 }, cursor },
      { profile: walkProfile, cursor: `${cursor!.slice(0, -2)}xx` },
      { profile: walkProfile, cursor: 'nonsense' },
    ])
      expect(await problem(app, 'POST', '/app/v1/events/query', { body })).toMatchObject({
        status: 422,
        errors: [{ pointer: '/cursor', code: 'cursor' }],
      });
    expect(
      (await problem(under.admin, 'POST', '/admin/v1/events/query', { body: { profile: walkProfile, cursor } })).status,
    ).toBe(422);
  });

  it.each([
    ['no JSON', '{"events": [', 400, 'unreadable-body'],
    ['a duplicate key', '{"events": [], "events": []}', 400, 'json-duplicate-key'],
    ['__proto__', '{"events": [{"__proto__": {}}]}', 400, 'json-forbidden-key'],
    ['too deep', `{"events":${'['.repeat(100)}${']'.repeat(100)}}`, 400, 'json-too-deep'],
    [
      'an inexact integer',
      `{"events":[{"metadata":{"profile":"${walkProfile}"},"payload":{"activity":"a","distance":9007199254740993}}]}`,
      422,
      'invalid',
    ],
    [
      'a number beyond range',
      `{"events":[{"metadata":{"profile":"${walkProfile}"},"payload":{"activity":"a","distance":1e400}}]}`,
      422,
      'invalid',
    ],
    ['too many events', JSON.stringify({ events: Array.from({ length: 1001 }, () => walk(1)) }), 422, 'invalid'],
    ['no events', '{"events":[]}', 422, 'invalid'],
  ])('a body with %s', async (_name, body, status, code) => {
    const before = await countOf();
    expect(await problem(app, 'POST', '/app/v1/events', { body })).toMatchObject({ status, code });
    expect(await countOf()).toBe(before);
  });

  it('a body over the limit, of another media type, or encoded', async () => {
    expect(
      (
        await problem(app, 'POST', '/app/v1/profiles', {
          body: { name: 'x', schema: { description: 'x'.repeat(2_000_000) } },
        })
      ).status,
    ).toBe(413);
    expect(
      (
        await problem(app, 'POST', '/app/v1/events', {
          body: 'a=b',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        })
      ).status,
    ).toBe(415);
    expect(
      (await problem(app, 'POST', '/app/v1/events', { body: '{}', headers: { 'content-encoding': 'gzip' } })).status,
    ).toBe(415);
  });

  it('an unknown path: 404; another method on a known one: 405 with Allow', async () => {
    expect((await problem(app, 'GET', '/app/v1/nothing')).status).toBe(404);
    const answer = await app.send('PATCH', '/app/v1/events');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
  });

  it('a request id that is told back in header and problem', async () => {
    const answer = await app.send<Problem>('GET', '/app/v1/events/0123456789abcdef01234567', {
      headers: { 'x-request-id': 'my-request.1' },
    });
    expect(answer.headers.get('x-request-id')).toBe('my-request.1');
    expect(answer.body.instance).toBe('my-request.1');
  });
});
