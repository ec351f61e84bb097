import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastBuild } from '../../scripts/build.ts';
import { AdminClient, type ApiError } from '../support/keep-client.ts';
import { adminPassword } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

interface Session {
  readonly id: string;
  readonly startedAt: string;
  readonly lastUsedAt: string;
  readonly address?: string;
  readonly current: boolean;
}

const shapes = await keepShapes('sessions', 'mixes');
const chosen = shapes.filter(({ name, available }) => available && /^standalone$|two of each$/.test(name));

describe.for(chosen)('the sessions of the admin: $name', ({ start }) => {
  let under: KeepInShape;
  let password = adminPassword;

  beforeAll(async () => {
    under = await start();
  });
  afterAll(() => under.stop());

  const signIn = (): Promise<AdminClient> => AdminClient.signIn(under.url, 'admin', password);
  const sessionsOf = async (admin: AdminClient): Promise<readonly Session[]> =>
    (await admin.ask<{ items: readonly Session[] }>('GET', '/admin/v1/sessions')).items;
  const statusOf = async (admin: AdminClient): Promise<number> => (await admin.send('GET', '/admin/v1/apps')).status;

  it('are listed with client, start, address and last use, and nothing that opens one', async () => {
    const [one, other] = [await signIn(), await signIn()];
    const listed = await sessionsOf(one);
    expect(listed.filter(({ current }) => current)).toHaveLength(1);
    expect(listed[1]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/) as string,
      name: 'Node.js',
      method: 'password',
      startedAt: expect.any(String) as string,
      lastUsedAt: expect.any(String) as string,
      expiresAt: expect.any(String) as string,
      address: '127.0.0.1',
      current: true,
    });
    const secrets = [one, other].map(
      ({ token }) => JSON.parse(Buffer.from(token!.split('.')[1]!, 'base64url').toString('utf8')) as { jti: string },
    );
    for (const { jti } of secrets) expect(JSON.stringify(listed)).not.toContain(jti);
  });

  it('are ended one by one, and no other than one of its own', async () => {
    const [one, other] = [await signIn(), await signIn()];
    const { id } = (await sessionsOf(other)).find(({ current }) => current)!;
    await one.ask('DELETE', `/admin/v1/sessions/${id}`);
    expect(await statusOf(other)).toBe(401);
    expect(await statusOf(one)).toBe(200);
    expect((await sessionsOf(one)).map((session) => session.id)).not.toContain(id);
    expect((await one.send('DELETE', `/admin/v1/sessions/${id}`)).status).toBe(404);
  });

  it('end all, on every gateway, when the password is changed', async () => {
    const [one, other] = [await signIn(), await signIn()];
    const elsewhere = new AdminClient(under.urls.at(-1)!, one.token);
    expect(await statusOf(elsewhere)).toBe(200);
    const changed = await one.send('POST', '/admin/v1/password', {
      body: { current: password, new: 'another password for tests' },
    });
    expect(changed.status).toBe(204);
    expect(await statusOf(one)).toBe(401);
    expect(await statusOf(other)).toBe(401);
    await expect.poll(() => statusOf(elsewhere)).toBe(401);
    await expect(signIn()).rejects.toMatchObject({ code: 'sign-in-failed' });
    password = 'another password for tests';
    const { items } = await (
      await signIn()
    ).ask<{ items: readonly { action: string }[] }>('GET', '/admin/v1/audit?action=admin.password-changed');
    expect(items).toHaveLength(1);
    expect(JSON.stringify(items)).not.toContain('password for tests');
  });
});

const onMongo = shapes.find(
  ({ name, available }) => available && name.startsWith('standalone with') && !/Redis/.test(name),
);

describe.runIf(onMongo)('a lost password, on MongoDB', () => {
  let under: KeepInShape;
  beforeAll(async () => {
    under = await onMongo!.start();
  });
  afterAll(() => under.stop());

  it('is replaced while the keep runs, which ends every session within a second', async () => {
    const command = join(lastBuild(), 'apps/cli/src/main.js');
    const done = spawnSync(process.execPath, [command, 'admin', 'reset'], {
      env: { PATH: process.env['PATH'], MONGODB_URI: under.mongodbUri },
      input: 'another password for tests',
      encoding: 'utf8',
    });
    expect(done).toMatchObject({ status: 0, stderr: '' });
    await expect.poll(async () => (await under.admin.send('GET', '/admin/v1/apps')).status).toBe(401);
    await expect(AdminClient.signIn(under.url, 'admin', adminPassword)).rejects.toMatchObject({ status: 401 });
    await expect(AdminClient.signIn(under.url, 'admin', 'another password for tests')).resolves.toBeDefined();
  });
});

describe('a change of the password', () => {
  let under: KeepInShape;
  beforeAll(async () => {
    under = await shapes[0]!.start();
  });
  afterAll(() => under.stop());

  const change = (body: object): Promise<ApiError> =>
    under.admin.ask('POST', '/admin/v1/password', { body }).then(
      () => expect.unreachable('the password was changed'),
      (error: ApiError) => error,
    );

  it('asks for the present one and for a good new one, else nothing changes', async () => {
    expect(
      (await change({ current: 'not the password at all', new: 'another password for tests' })).problem,
    ).toMatchObject({ status: 422, errors: [{ pointer: '/current', code: 'wrong-password' }] });
    expect((await change({ current: adminPassword, new: 'too short' })).problem).toMatchObject({
      status: 422,
      errors: [{ pointer: '/new', code: 'range' }],
    });
    expect((await under.admin.send('GET', '/admin/v1/apps')).status).toBe(200);
    await expect(AdminClient.signIn(under.url, 'admin', adminPassword)).resolves.toBeDefined();
  });

  it('is slowed like a sign-in', async () => {
    const codes: (string | undefined)[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1)
      codes.push((await change({ current: `guess ${attempt}`, new: 'another password for tests' })).code);
    expect(codes.slice(0, 4)).toEqual(['invalid', 'invalid', 'invalid', 'invalid']);
    expect(codes.at(-1)).toBe('sign-in-throttled');
  });
});
