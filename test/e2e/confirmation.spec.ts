import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '@datakeep/kernel/testing';
import { SoftwareAuthenticator } from '@datakeep/registry/testing';
import { type AppClient, KeepClient } from '../support/keep-client.ts';
import {
  adminPassword,
  type KeepUnderTest,
  keepUnderTest,
  walkingApp,
  walkProfile,
} from '../support/keep-in-process.ts';
import { routePolicies } from './route-policies.ts';

interface Problem {
  readonly code?: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}
type Options = Parameters<SoftwareAuthenticator['create']>[0] & Parameters<SoftwareAuthenticator['get']>[0];

const minutes = 60_000;
const dangerous = Object.entries(routePolicies)
  .filter(([, admitted]) => admitted === 'admin, confirmed lately')
  .map(([route]) => route);
const sent = (route: string): [method: string, path: string] => {
  const [method = '', path = ''] = route.split(' ');
  return [method, path.replaceAll('{id}', '0123456789abcdef01234567').replaceAll('{name}', 'nothing')];
};

describe('a dangerous act of the admin', () => {
  const clock = new ManualClock(Date.now());
  let under: KeepUnderTest;
  let app: AppClient;
  /** Gives no proof by itself. */
  let admin: KeepClient;
  beforeAll(async () => {
    under = await keepUnderTest({ clock });
    app = await walkingApp(under.admin);
    admin = new KeepClient(under.url.replace('127.0.0.1', 'localhost'), under.admin.token);
  });
  afterAll(() => under.stop());

  const confirm = (body: object): Promise<{ readonly status: number; readonly body: Problem }> =>
    admin.send<Problem>('POST', '/admin/v1/session/confirm', { body });
  const codeOf = async (route: string): Promise<string | undefined> => {
    const [method, path] = sent(route);
    const body = method === 'GET' ? {} : { body: '{"unknown":true}' };
    return (await admin.send<Problem>(method, path, body)).body.code;
  };

  it('is open for five minutes after the sign-in, and then asks for a proof, which the document says', async () => {
    for (const route of dangerous) expect(await codeOf(route), route).not.toBe('confirmation-needed');
    await clock.advance(5 * minutes);
    for (const route of dangerous) expect(await codeOf(route), route).toBe('confirmation-needed');
    const { paths } = await admin.ask<{
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: object }>>>>;
    }>('GET', '/openapi/admin.json');
    for (const route of dangerous) {
      const [method = '', path = ''] = route.split(' ');
      expect(JSON.stringify(paths[path]![method.toLowerCase()]!.responses), route).toContain('confirmation-needed');
    }
  });

  it('is open again at once after the password, for five minutes, and nothing else asks', async () => {
    expect((await admin.send('GET', '/admin/v1/apps')).status).toBe(200);
    expect(await confirm({ password: adminPassword })).toMatchObject({ status: 204 });
    for (const route of dangerous) expect(await codeOf(route), route).not.toBe('confirmation-needed');
    await clock.advance(5 * minutes);
    for (const route of dangerous) expect(await codeOf(route), route).toBe('confirmation-needed');
    const { items } = await admin.ask<{ items: { action: string }[] }>(
      'GET',
      '/admin/v1/audit?action=session.confirmed',
    );
    expect(items).toHaveLength(1);
  });

  it('is not open after a wrong proof, or none, or two', async () => {
    expect(await confirm({ password: 'a wrong password, and long' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/password', code: 'wrong-password' }] },
    });
    for (const body of [{}, { code: '123456' }, { password: adminPassword, credential: {} }, { password: null }])
      expect(await confirm(body)).toMatchObject({ status: 422 });
    expect(await confirm({ credential: {} })).toMatchObject({ status: 401, body: { code: 'passkey-refused' } });
    expect(await codeOf('POST /admin/v1/events/export')).toBe('confirmation-needed');
  });

  it('is the grant of the right to delete, whole or in part, and of no other', async () => {
    const { id } = await app.requestPermission(walkProfile, ['read', 'delete'], 'Tidying');
    const approve = (body: object) => admin.send<Problem>('POST', `/admin/v1/permissions/${id}/approve`, { body });
    for (const body of [{}, { rights: ['delete'] }])
      expect(await approve(body)).toMatchObject({ status: 403, body: { code: 'confirmation-needed' } });
    expect(await app.ask('GET', `/app/v1/permissions/${id}`)).toMatchObject({ status: 'pending' });
    expect(await approve({ rights: ['read'] })).toMatchObject({ status: 200 });
    await confirm({ password: adminPassword });
    expect(await approve({})).toMatchObject({ status: 200, body: { granted: ['read', 'delete'] } });
  });

  it('is open after a passkey too, used once', async () => {
    const authenticator = new SoftwareAuthenticator(admin.url);
    const { body: options } = await admin.send<Options>('POST', '/admin/v1/passkeys/options', {
      body: { password: adminPassword },
    });
    await admin.ask('POST', '/admin/v1/passkeys', {
      body: { name: 'Laptop', credential: authenticator.create(options) },
    });
    await clock.advance(6 * minutes);
    expect(await codeOf('POST /admin/v1/events/export')).toBe('confirmation-needed');
    const asked = await admin.ask<Options>('POST', '/admin/v1/session/passkey/options');
    const credential = authenticator.get(asked);
    expect(await confirm({ credential })).toMatchObject({ status: 204 });
    expect(await codeOf('POST /admin/v1/events/export')).not.toBe('confirmation-needed');
    expect(await confirm({ credential })).toMatchObject({ status: 401, body: { code: 'passkey-refused' } });
  });
});
