import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AppClient } from '../support/keep-client.ts';
import { permittedInstance, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';
import { type Admitted, routePolicies } from './route-policies.ts';

const admits: Readonly<Record<Admitted, readonly string[]>> = {
  anyone: ['nobody', 'an app', 'a run', 'the admin'],
  apps: ['an app'],
  'apps and runs': ['an app', 'a run'],
  admin: ['the admin'],
  'admin, confirmed lately': ['the admin'],
};

/** Swagger UI's own files, which the framework serves. */
const isDocumentation = (route: string): boolean =>
  /^GET \/(docs|openapi|assets|favicon\.svg)(\/|$|-)/.test(route) && !(route in routePolicies);

const shapes = await keepShapes('every route');

describe.for(shapes.filter(({ available }) => available))('every route: $name', ({ name, start }) => {
  let under: KeepInShape;
  let app: AppClient;
  let tokens: Record<string, string | undefined>;
  let runId: string;

  beforeAll(async () => {
    under = await start();
    app = await walkingApp(under.admin);
    const instance = await permittedInstance(under.admin, app, {
      name: 'Token',
      runtime: 'javascript',
      permissions: [{ profile: walkProfile, rights: ['read', 'create'] }],
      limits: { wallTimeMs: 60_000 },
      files: [
        {
          path: 'main.js',
          content: `module.exports = async ({ accessTokensToProfiles }, keep) => {
            const token = accessTokensToProfiles['${walkProfile}'];
            await keep.events.create([{ metadata: { profile: '${walkProfile}' },
              payload: { activity: token, distance: 0 } }]);
            await new Promise(() => setInterval(() => {}, 1000));
          };`,
        },
      ],
    });
    // The run continues while the matrix is tried, so that its token is valid; only the view gets it, and stores it.
    const run = await app.run(instance, null, 0);
    runId = run.id;
    const runToken = await vi.waitFor(
      async () => {
        const { items } = await app.query({ profile: walkProfile });
        expect(items).toHaveLength(1);
        return (items[0]!.payload as { activity: string }).activity;
      },
      { interval: 50 },
    );
    tokens = {
      nobody: undefined,
      'an app': app.token,
      'a run': runToken,
      'the admin': under.admin.token,
    };
    expect(
      (await app.send('POST', '/app/v1/events/query', { token: tokens['a run'], body: { profile: walkProfile } }))
        .status,
    ).toBe(200);
  });
  afterAll(async () => {
    await app.ask('POST', `/app/v1/runs/${runId}/cancel`);
    await under.stop();
  });

  it.runIf(name === 'standalone')('has a row in the table of policies, and each row has its route', () => {
    expect(under.routes.filter((route) => !isDocumentation(route))).toEqual(Object.keys(routePolicies).toSorted());
  });

  it.each(Object.entries(routePolicies))('%s is open to %s alone', async (route, admitted) => {
    const [method, path] = route.split(' ') as [string, string];
    const url = path.replaceAll('{id}', '0123456789abcdef01234567').replaceAll('{name}', 'nothing');
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{"unknown":true}' };
    // A stream of the admin's would not end: it is requested from an unknown position.
    const headers: Record<string, string> = path === '/admin/v1/notifications' ? { 'last-event-id': 'nonsense' } : {};
    // It would end the session that the other rows need.
    const spared = route === 'DELETE /admin/v1/session' ? admits[admitted] : [];
    const forged = {
      nonsense: 'nonsense',
      'a wrong signature': `${tokens['an app']!.slice(0, -3)}abc`,
      'no algorithm': 'eyJhbGciOiJub25lIn0.e30.',
    };
    const callers = Object.entries({ ...tokens, ...forged }).filter(([who]) => !spared.includes(who));
    const answers = await Promise.all(
      callers.map(async ([who, token]) => ({
        who,
        status: (await under.nobody.send(method, url, { token, headers, ...body })).status,
      })),
    );
    const refused = answers.filter(({ status }) => status === 401).map(({ who }) => who);
    const strangers = callers
      .map(([who]) => who)
      .filter((who) => admitted !== 'anyone' && !admits[admitted].includes(who));
    expect(refused).toEqual(strangers);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  });

  it.each(Object.entries(routePolicies).filter(([route]) => /^\w+ \/(app|admin)\/v1\//.test(route)))(
    '%s refuses a query parameter that it does not know',
    async (route, admitted) => {
      const [method, path] = route.split(' ') as [string, string];
      const url = path.replaceAll('{id}', '0123456789abcdef01234567').replaceAll('{name}', 'nothing');
      const answer = await under.nobody.send<{ errors?: object[] }>(method, `${url}?nonsense=1`, {
        token: tokens[admits[admitted].at(-1)!],
        ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }),
      });
      expect(answer).toMatchObject({
        status: 422,
        body: {
          errors: expect.arrayContaining([
            expect.objectContaining({ pointer: '/nonsense', code: 'unknown-parameter' }),
          ]),
        },
      });
    },
  );

  it.each(Object.entries(routePolicies).filter(([route]) => /^(?!GET)\w+ \/(app|admin)\/v1\//.test(route)))(
    '%s refuses a body with a member that it does not know, also where it takes no body',
    async (route, admitted) => {
      const [method, path] = route.split(' ') as [string, string];
      const url = path.replaceAll('{id}', '0123456789abcdef01234567').replaceAll('{name}', 'nothing');
      const { status } = await under.nobody.send(method, url, {
        token: tokens[admits[admitted].at(-1)!],
        body: '{"nonsense":1}',
      });
      // 415: it reads no JSON.
      expect([415, 422]).toContain(status);
    },
  );

  it('answers every failed authentication with the same body', async () => {
    const bodies = await Promise.all(
      [undefined, 'nonsense', tokens['an app'], `${under.admin.token!.slice(0, -4)}AAAA`].map(async (token) => {
        const { body } = await under.nobody.send<{ instance: string }>('GET', '/admin/v1/apps', { token });
        return { ...body, instance: '' };
      }),
    );
    for (const body of bodies) expect(body).toEqual(bodies[0]);
  });

  it('never sets a cookie, and reads none', async () => {
    const answer = await under.nobody.send('GET', '/app/v1/me', {
      headers: { cookie: `token=${app.token}; authorization=Bearer ${app.token}` },
    });
    expect(answer.status).toBe(401);
    const signedIn = await under.nobody.send('POST', '/admin/v1/session', {
      body: { name: 'admin', password: 'wrong password here' },
    });
    expect(signedIn.headers.get('set-cookie')).toBeNull();
  });

  it('says how a name with a slash is written, where a path has it as it is', async () => {
    const { status, body } = await under.nobody.send<{ detail: string }>('GET', '/app/v1/profiles/diary/note');
    expect([status, body.detail]).toEqual([404, expect.stringContaining('%2F')]);
  });

  it('carries the security headers', async () => {
    const { headers } = await under.nobody.send('GET', '/docs');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});
