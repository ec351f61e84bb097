import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SoftwareAuthenticator } from '@datakeep/registry/testing';
import { AdminClient } from '../support/keep-client.ts';
import { adminPassword, type KeepUnderTest, keepUnderTest } from '../support/keep-in-process.ts';

interface Options {
  readonly challenge: string;
  readonly rp: { readonly id: string };
  readonly user: { readonly id: string };
}
interface Listed {
  readonly available: boolean;
  readonly items: readonly { readonly id: string; readonly name: string; readonly usable: boolean }[];
}

describe('passkeys of a keep', () => {
  let under: KeepUnderTest;
  let url: string;
  let admin: AdminClient;
  let authenticator: SoftwareAuthenticator;
  beforeAll(async () => {
    under = await keepUnderTest();
    url = under.url.replace('127.0.0.1', 'localhost');
    admin = await AdminClient.signIn(url, 'admin', adminPassword);
    authenticator = new SoftwareAuthenticator(url);
  });
  afterAll(() => under.stop());

  const post = async (base: string, path: string, body?: object): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${base}/admin/v1${path}`, {
      method: 'POST',
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  const ask = <T>(method: string, path: string, body?: object): Promise<T> =>
    admin.ask<T>(method, `/admin/v1/passkeys${path}`, body === undefined ? {} : { body });

  it('are added on localhost, sign in without a password, and are removed', async () => {
    const options = await ask<Options>('POST', '/options', { password: adminPassword });
    const credential = authenticator.create(options);
    const added = await ask<{ id: string }>('POST', '', { name: 'Laptop', credential });
    expect(await ask('GET', '')).toMatchObject({
      available: true,
      origin: url,
      items: [{ id: added.id, name: 'Laptop', rpId: 'localhost', usable: true, lastUsedAt: null }],
    });

    const asked = (await post(url, '/session/passkey/options')).body as Options;
    const answer = authenticator.get(asked);
    const signedIn = await post(url, '/session/passkey', { credential: answer });
    expect(signedIn).toMatchObject({ status: 201, body: { token: expect.any(String) } });
    const other = new AdminClient(url, (signedIn.body as { token: string }).token);
    await expect(other.ask('GET', '/admin/v1/apps')).resolves.toBeDefined();
    const refused = { status: 401, body: { code: 'passkey-refused' } };
    expect(await post(url, '/session/passkey', { credential: answer })).toMatchObject(refused);
    expect(await post(url, '/session/passkey', { credential: {} })).toMatchObject(refused);
    const again = (await post(url, '/session/passkey/options')).body as Options;
    const elsewhere = authenticator.get(again, { origin: under.url });
    expect(await post(url, '/session/passkey', { credential: elsewhere })).toMatchObject(refused);

    expect(await ask('PATCH', `/${added.id}`, { name: 'Old laptop' })).toMatchObject({ name: 'Old laptop' });
    await ask('POST', `/${added.id}/remove`, { password: adminPassword });
    expect((await ask<Listed>('GET', '')).items).toEqual([]);
    const last = (await post(url, '/session/passkey/options')).body as Options;
    expect(await post(url, '/session/passkey', { credential: authenticator.get(last) })).toMatchObject(refused);
  });

  it('are not to be had under an IP address, which is said with where they are', async () => {
    const response = await fetch(`${under.url}/admin/v1/session/passkey`);
    expect(await response.json()).toEqual({ available: false, reason: 'ip-address', origin: url });
    const unavailable = {
      status: 409,
      body: { code: 'passkeys-unavailable', detail: expect.stringContaining(`Open ${url} instead.`) as string },
    };
    expect(await post(under.url, '/session/passkey/options')).toMatchObject(unavailable);
    expect(await post(under.url, '/session/passkey', { credential: {} })).toMatchObject(unavailable);
    const byAddress = await AdminClient.signIn(under.url, 'admin', adminPassword);
    expect(await byAddress.ask('GET', '/admin/v1/passkeys')).toMatchObject({ available: false, items: [] });
  });
});
