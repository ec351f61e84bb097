import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppClient } from '../../support/keep-client.ts';
import {
  type KeepUnderTest,
  keepUnderTest,
  permittedInstance,
  walkingApp,
  walkProfile,
} from '../../support/keep-in-process.ts';

interface Problem {
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}

const profile = 'edge.example/built';

describe('what a request may be', () => {
  let under: KeepUnderTest;
  let app: AppClient;
  beforeAll(async () => {
    under = await keepUnderTest();
    app = await walkingApp(under.admin);
  });
  afterAll(() => under.stop());

  it.each([
    ['/app/v1/events/query', 'POST'],
    ['/app/v1/events/aggregate', 'POST'],
    ['/app/v1/events/changes', 'GET, HEAD'],
    ['/admin/v1/events/import', 'POST'],
    ['/admin/v1/events/export', 'POST'],
    ['/admin/v1/view-templates/dry-run', 'POST'],
  ])('another method on %s is 405 with what that path answers: %s', async (path, allowed) => {
    const client = path.startsWith('/admin') ? under.admin : app;
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !allowed.split(', ').includes(method));
    for (const method of methods) {
      const body = ['GET', 'DELETE'].includes(method) ? undefined : {};
      const { status, headers } = await client.send(method, path, body === undefined ? {} : { body });
      expect([method, status, headers.get('allow')]).toEqual([method, 405, allowed]);
    }
  });

  it.each([
    ['GET', '/app/v1/me', 'text/html', 406],
    ['GET', '/app/v1/me', 'application/json;q=0, */*', 406],
    ['GET', '/app/v1/me', 'text/html,application/xhtml+xml,*/*;q=0.8', 200],
    ['GET', '/app/v1/me', 'application/*', 200],
    ['GET', '/app/v1/me', 'application/problem+json', 200],
    ['GET', '/app/v1/events/changes', 'text/event-stream;q=0, application/json', 200],
    ['GET', '/app/v1/events/changes', 'image/png', 406],
    ['POST', '/app/v1/profiles', 'application/xml', 406],
  ])('%s %s with Accept: %s is %d', async (method, path, accept, status) => {
    const body = method === 'POST' ? { name: 'edge.example/never', schema: { type: 'object' } } : undefined;
    const answer = await app.send<Problem>(method, path, {
      headers: { accept },
      ...(body === undefined ? {} : { body }),
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(status === 406 ? /problem\+json/ : /^application\/json/);
    expect((await app.send('GET', '/app/v1/profiles/edge.example%2Fnever')).status).toBe(404);
  });

  it('no DTO has a member `constructor`: 422, with or without a token', async () => {
    const unknown = { status: 422, body: { errors: [{ pointer: '/constructor', code: 'unknown-member' }] } };
    const name = 'x';
    for (const [client, path, body] of [
      [under.nobody, '/admin/v1/session', { name, password: 'y' }],
      [under.nobody, '/app/v1/association', { name, associationToken: 'y' }],
      [app, '/app/v1/permissions', { profile: walkProfile, rights: ['read'], message: 'z' }],
      [under.admin, '/admin/v1/apps', { name }],
    ] as const)
      expect(await client.send<Problem>('POST', path, { body: { ...body, constructor: 1 } })).toMatchObject(unknown);
  });

  it('`constructor` is an ordinary member of payloads, configurations and custom data', async () => {
    await app.registerProfile(profile, {
      type: 'object',
      properties: { constructor: { type: 'object', properties: { prototype: { type: 'object' } } } },
    });
    await under.admin.grant(app, profile, ['read', 'create']);
    const built = { constructor: { prototype: { constructor: 1 } } };
    await app.sendEvents([{ metadata: { profile }, payload: built }]);
    const { items } = await app.query({ profile, filter: { 'payload.constructor.prototype.constructor': 1 } });
    expect(items.map(({ payload }) => payload)).toEqual([built]);
    const instance = await permittedInstance(
      under.admin,
      app,
      {
        name: 'Echo',
        runtime: 'javascript',
        permissions: [{ profile: walkProfile, rights: ['read'] }],
        files: [
          {
            path: 'main.js',
            content: 'module.exports = ({ configuration, clientCustomData }) => [configuration, clientCustomData];',
          },
        ],
      },
      built,
    );
    expect(await app.run(instance, built)).toMatchObject({ state: 'succeeded', result: [built, built] });
  });

  it.each(['', 'x', 'dk_association_nonsense', 'x'.repeat(201), '🐎'.repeat(5000)])(
    'an association token that never was one is 401, whatever it is',
    async (associationToken) => {
      const { status, body } = await under.nobody.send<Problem>('POST', '/app/v1/association', {
        body: { associationToken, name: 'x' },
      });
      expect([status, body.code]).toEqual([401, 'association-token-unknown']);
    },
  );
});
