import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient } from '../support/keep-client.ts';
import { adminPassword, type KeepUnderTest, keepUnderTest } from '../support/keep-in-process.ts';

interface Answer {
  readonly status: number;
  readonly body: { readonly code?: string; readonly token?: string; readonly recoveryCodes?: readonly string[] };
}

describe('signing in with a second factor', () => {
  let under: KeepUnderTest;
  let admin: AdminClient;
  beforeAll(async () => {
    under = await keepUnderTest();
    admin = await AdminClient.signIn(under.url, 'admin', adminPassword);
  });
  afterAll(() => under.stop());

  const signIn = async (more: object = {}): Promise<Answer> => {
    const response = await fetch(`${under.url}/admin/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'admin', password: adminPassword, ...more }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  };
  const ask = <T>(method: string, path: string, body?: object): Promise<T> =>
    admin.ask<T>(method, `/admin/v1/second-factor${path}`, body === undefined ? {} : { body });

  it('takes password and code, then each recovery code once, until it is turned off', async () => {
    expect(await ask('GET', '')).toEqual({ enabledAt: null, recoveryCodesLeft: 0 });
    const { secret } = await ask<{ secret: string }>('POST', '/totp', { password: adminPassword });
    expect((await signIn()).status).toBe(201);
    const code = new TOTP({ secret }).generate();
    const { recoveryCodes } = await ask<{ recoveryCodes: string[] }>('POST', '/totp/confirm', { code });
    expect(await signIn()).toMatchObject({ status: 401, body: { code: 'second-factor-required' } });
    expect(await signIn({ code: null })).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(await signIn({ code })).toMatchObject({ status: 401, body: { code: 'second-factor-wrong' } });
    expect(await signIn({ password: 'a wrong password, and long', code: recoveryCodes[0] })).toMatchObject({
      status: 401,
      body: { code: 'sign-in-failed' },
    });
    expect(await signIn({ code: recoveryCodes[0] })).toMatchObject({ status: 201 });
    expect(await signIn({ code: recoveryCodes[0] })).toMatchObject({
      status: 401,
      body: { code: 'second-factor-wrong' },
    });
    expect(await ask('GET', '')).toMatchObject({ enabledAt: expect.any(String), recoveryCodesLeft: 9 });
    await ask('POST', '/disable', { password: adminPassword, code: recoveryCodes[1] });
    expect((await signIn()).status).toBe(201);
    const actions = await admin.ask<{ items: { action: string }[] }>('GET', '/admin/v1/audit?limit=50');
    expect(actions.items.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        'admin.second-factor-enabled',
        'admin.recovery-code-used',
        'admin.second-factor-disabled',
      ]),
    );
  });
});
