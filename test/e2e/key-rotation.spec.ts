import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, type AppClient } from '../support/keep-client.ts';
import { adminPassword, type KeepUnderTest, keepUnderTest, walk, walkingApp } from '../support/keep-in-process.ts';

interface Keys {
  readonly source: string;
  readonly current: { readonly kid: string; readonly createdAt?: string };
  readonly previous: { readonly kid: string } | null;
}

const kidOf = (token: string): unknown =>
  (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: unknown }).kid;

describe('the signing key', () => {
  let under: KeepUnderTest;
  let app: AppClient;
  beforeAll(async () => {
    under = await keepUnderTest();
    app = await walkingApp(under.admin);
    await app.sendEvents([walk(1), walk(2)]);
  });
  afterAll(() => under.stop());

  const keys = (admin = under.admin): Promise<Keys> => admin.ask('GET', '/admin/v1/keys');
  const rotate = (kid: string, admin = under.admin): ReturnType<AdminClient['send']> =>
    admin.send('POST', '/admin/v1/keys/rotate', { body: { kid } });

  it('is known by its id and its age, and never shown', async () => {
    const { source, current, previous } = await keys();
    expect({ source, previous }).toEqual({ source: 'file', previous: null });
    expect(Object.keys(current)).toEqual(['kid', 'createdAt']);
    expect(kidOf(app.token!)).toBe(current.kid);
  });

  it('is rotated without a restart: what the former signed goes on, what the one before signed is void', async () => {
    const query = { profile: 'walks.example/walk', limit: 1 };
    const { nextCursor: cursor } = await app.ask<{ nextCursor: string }>('POST', '/app/v1/events/query', {
      body: query,
    });
    const page = (): ReturnType<AppClient['send']> =>
      app.send('POST', '/app/v1/events/query', { body: { ...query, cursor } });
    const first = (await keys()).current.kid;
    expect(await rotate(first)).toMatchObject({ status: 200, body: { previous: { kid: first } } });
    expect((await page()).status).toBe(200);
    const admin = await AdminClient.signIn(under.url, 'admin', adminPassword);
    const second = (await keys(admin)).current.kid;
    expect(kidOf(admin.token!)).toBe(second);

    expect((await rotate(second, admin)).status).toBe(200);
    expect((await page()).status).toBe(401);
    expect((await under.admin.send('GET', '/admin/v1/apps')).status).toBe(401);
    expect((await admin.send('GET', '/admin/v1/apps')).status).toBe(200);
    const { items } = await admin.ask<{ items: object[] }>('GET', '/admin/v1/audit?action=key.rotated');
    expect(items).toMatchObject([{ details: { former: second, voided: first } }, { details: { former: first } }]);
  });

  it('is rotated once by a request that is sent twice', async () => {
    const admin = await AdminClient.signIn(under.url, 'admin', adminPassword);
    const { kid } = (await keys(admin)).current;
    const answers = await Promise.all([rotate(kid, admin), rotate(kid, admin)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'key-changed' });
    expect((await keys(admin)).previous?.kid).toBe(kid);
  });

  it('is left alone where SIGNING_KEY gives it', async () => {
    const given = await keepUnderTest({ config: { signingKey: 'k'.repeat(43) } });
    try {
      const { source, current } = await keys(given.admin);
      expect(source).toBe('configuration');
      expect(await rotate(current.kid, given.admin)).toMatchObject({ status: 409, body: { code: 'key-configured' } });
    } finally {
      await given.stop();
    }
  });
});
