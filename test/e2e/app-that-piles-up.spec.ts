import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { defaultAppLimits } from '@datakeep/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppClient, type ApiError } from '../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest, walkingApp, walkProfile, walkSchema } from '../support/keep-in-process.ts';

/** More arguments than a call can have. */
const many = 130_000;

describe('an app that has piled up tokens and requests', () => {
  let under: KeepUnderTest;
  let app: AppClient;
  const dataDir = mkdtempSync(join(tmpdir(), 'datakeep-pile-'));

  beforeAll(async () => {
    const before = await keepUnderTest({ dataDir });
    app = await walkingApp(before.admin);
    await before.stop();
    // As it could before there were limits: each row copies the existing one, under a new id.
    const database = new DatabaseSync(join(dataDir, 'documents.sqlite'));
    for (const table of ['appTokens', 'permissions']) {
      const columns = database
        .prepare('SELECT name FROM pragma_table_info(?)')
        .all(table)
        .map(({ name }) => `"${String(name)}"`);
      const copied = columns.map((name) => (name === '"id"' ? `printf('%024x', n)` : name));
      database.exec(
        `WITH RECURSIVE counted(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM counted WHERE n < ${many})
         INSERT INTO "${table}" (${columns.join()}) SELECT ${copied.join()} FROM counted,
         (SELECT * FROM "${table}" LIMIT 1)`,
      );
    }
    database.close();
    under = await keepUnderTest({ dataDir });
    app = new AppClient(under.url, app.token!, app.appId);
  });
  afterAll(async () => {
    await under.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('still has rights, and can be told what it has', async () => {
    expect((await app.query({ profile: walkProfile })).items).toEqual([]);
    expect((await app.send('GET', '/app/v1/me')).status).toBe(200);
  });

  it('loses its token at once when the admin revokes it', async () => {
    expect((await under.admin.send('POST', `/admin/v1/apps/${app.appId}/token/revoke`)).status).toBe(204);
    expect((await app.send('GET', '/app/v1/me')).status).toBe(401);
  });

  it('can be deleted', async () => {
    expect((await under.admin.send('DELETE', `/admin/v1/apps/${app.appId}`)).status).toBe(204);
    expect((await under.admin.send('GET', `/admin/v1/apps/${app.appId}`)).status).toBe(404);
    const { items } = await under.admin.ask<{ items: readonly object[] }>(
      'GET',
      `/admin/v1/permissions?app=${app.appId}`,
    );
    expect(items).toEqual([]);
  });
});

describe('the limits of an app', () => {
  const appLimits = {
    ...defaultAppLimits,
    tokens: 3,
    pendingPermissions: 3,
    permissions: 5,
    profiles: 3,
    profileBytes: 1000,
  };
  let under: KeepUnderTest;

  beforeAll(async () => {
    under = await keepUnderTest({ config: { appLimits } });
  });
  afterAll(() => under.stop());

  const refusalOf = (work: Promise<unknown>): Promise<ApiError> =>
    work.then(
      () => expect.unreachable('it was not refused'),
      (error: ApiError) => error,
    );
  const limitsOf = async (app: AppClient): Promise<Record<string, { readonly used: number; readonly limit: number }>> =>
    (await app.ask<{ limits: Record<string, { used: number; limit: number }> }>('GET', '/app/v1/me')).limits;
  const renew = async (app: AppClient): Promise<AppClient> =>
    new AppClient(app.url, (await app.ask<{ token: string }>('POST', '/app/v1/token/renew')).token, app.appId);
  const isAlive = async (app: AppClient): Promise<boolean> => (await app.send('GET', '/app/v1/me')).status === 200;

  it('bound what waits for the admin, and what was asked in all', async () => {
    const app = await under.admin.connectApp('Asks');
    await app.registerProfile('asks.example/a', {});
    let times = 0;
    const ask = () => app.requestPermission('asks.example/a', ['read'], `Please, for the ${(times += 1)}th time.`);
    const asked = [await ask(), await ask(), await ask()];
    const refusal = await refusalOf(ask());
    expect(refusal).toMatchObject({ status: 507, code: 'app-limit-reached' });
    expect(refusal.message).toMatch(/`pendingPermissions` is 3 .* has 3.*until the admin has decided/);
    expect(await limitsOf(app)).toMatchObject({
      pendingPermissions: { used: 3, limit: 3 },
      permissions: { used: 3, limit: 5 },
    });

    for (const { id } of asked) await under.admin.deny(id);
    expect(await limitsOf(app)).toMatchObject({ pendingPermissions: { used: 0 }, permissions: { used: 3 } });
    const answers = await Promise.allSettled(Array.from({ length: 10 }, ask));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect((await refusalOf(ask())).message).toMatch(/`permissions` is 5 .*Ask the admin/);
    expect((await under.admin.connectApp('Other')).requestPermission('asks.example/a', ['read'], 'x')).toBeDefined();
  });

  it('bound the profiles that it registers, and their bytes', async () => {
    const app = await under.admin.connectApp('Registers');
    const register = (name: string, schema: object = walkSchema) => app.registerProfile(name, schema as never);
    await register('registers.example/a');
    expect((await refusalOf(register('registers.example/big', { title: 'x'.repeat(1000) }))).message).toMatch(
      /`profileBytes` is 1000 bytes/,
    );
    await register('registers.example/b');
    await register('registers.example/c', {});
    const refusal = await refusalOf(register('registers.example/d', {}));
    expect(refusal).toMatchObject({ status: 507, code: 'app-limit-reached' });
    expect(refusal.message).toMatch(/`profiles` is 3 profiles; this app has 3/);
    // What is there already takes nothing.
    expect(await register('registers.example/b')).toBe(false);
    expect(await limitsOf(app)).toMatchObject({ profiles: { used: 3, limit: 3 }, profileBytes: { limit: 1000 } });
  });

  it('never leave an app without a token: the oldest that was replaced ends', async () => {
    const first = await under.admin.connectApp('Renews');
    const chain = [first];
    for (let turn = 0; turn < 5; turn += 1) chain.push(await renew(chain.at(-1)!));
    expect(await Promise.all(chain.map(isAlive))).toEqual([false, false, false, true, true, true]);
    expect(await limitsOf(chain.at(-1)!)).toMatchObject({ tokens: { used: 3, limit: 3 } });

    // An answer that was lost: the same token renews again, and again.
    const last = chain.at(-1)!;
    for (let turn = 0; turn < 4; turn += 1) expect(await isAlive(await renew(last))).toBe(true);
    expect(await isAlive(last)).toBe(true);
    expect(await limitsOf(last)).toMatchObject({ tokens: { used: 3 } });
  });

  it('hold where many come at once', async () => {
    const app = await under.admin.connectApp('Hurries');
    const renewed = await Promise.all(Array.from({ length: 20 }, () => renew(app)));
    const alive = await Promise.all(renewed.map(isAlive));
    expect(alive.filter(Boolean)).toHaveLength(2);
    expect(await limitsOf(app)).toMatchObject({ tokens: { used: 3 } });
  });
});
