import { afterEach, describe, expect, it } from 'vitest';
import { type AdminClient } from '../support/keep-client.ts';
import { adminPassword, type KeepUnderTest, keepUnderTest } from '../support/keep-in-process.ts';

describe('a keep behind a reverse proxy', () => {
  let under: KeepUnderTest;
  afterEach(() => under.stop());

  const signIn = (from: string, password: string) =>
    under.nobody.send<{ token?: string }>('POST', '/admin/v1/session', {
      body: { name: 'admin', password },
      headers: { 'x-forwarded-for': from },
    });
  async function throttle(from: string): Promise<void> {
    let status = 401;
    for (let wrong = 0; wrong < 20 && status === 401; wrong += 1)
      ({ status } = await signIn(from, 'no password of this keep'));
    expect(status).toBe(429);
  }
  const addresses = async (admin: AdminClient): Promise<readonly string[]> =>
    (await admin.ask<{ items: { address: string }[] }>('GET', '/admin/v1/sessions')).items.map(
      ({ address }) => address,
    );

  it('that it trusts delays sign-ins from the address that guessed, and of no other', async () => {
    under = await keepUnderTest({ config: { trustedProxies: ['127.0.0.0/8'] } });
    await throttle('203.0.113.7');
    expect(await signIn('203.0.113.7', adminPassword)).toMatchObject({ status: 429 });
    // A caller writes what it likes before what the proxy adds.
    expect(await signIn('203.0.113.8, 203.0.113.7', adminPassword)).toMatchObject({ status: 429 });
    expect(await signIn('203.0.113.7, 203.0.113.8', adminPassword)).toMatchObject({ status: 201 });
    expect(await addresses(under.admin)).toContain('203.0.113.8');
  });

  it('that it does not trust takes its callers for one', async () => {
    under = await keepUnderTest({ config: { trustedProxies: ['192.0.2.1'] } });
    await throttle('203.0.113.7');
    expect(await signIn('203.0.113.8', adminPassword)).toMatchObject({ status: 429 });
    expect(await addresses(under.admin)).toEqual(['127.0.0.1']);
  });
});
