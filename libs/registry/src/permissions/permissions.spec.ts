import type { Right } from '@datakeep/contracts';
import { describe, expect, test } from 'vitest';

import { adminId, knownApp as appId, openRegistry, otherApp } from '../testing/registry-bench.ts';

const instance = 'cc'.repeat(12);

type Registry = ReturnType<typeof openRegistry>;

async function withProfile(): Promise<Registry> {
  const registry = openRegistry();
  await registry.profiles.register('walk', { type: 'object' }, appId);
  return registry;
}

const ask = async (registry: Registry, rights: readonly Right[] = ['read', 'create'], app = appId) =>
  (await registry.permissions.request(app, { profile: 'walk', rights, message: 'To count your steps.' })).permission;

const rightsOf = async (registry: Registry, app = appId): Promise<Right[]> => [
  ...(await registry.permissions.rightsOf({ kind: 'app', appId: app }, 'walk')),
];

describe('asking', () => {
  test('makes a pending permission that gives no rights', async () => {
    await using registry = await withProfile();
    const permission = await ask(registry, ['create', 'read', 'read']);
    expect(permission).toEqual({
      id: permission.id, appId, profile: 'walk', requested: ['read', 'create'], granted: [],
      message: 'To count your steps.',
      status: 'pending', requestedAt: '2026-01-01T00:00:00.000Z',
    }); // prettier-ignore
    expect(await rightsOf(registry)).toEqual([]);
    expect(await registry.permissions.get(permission.id, appId)).toEqual(permission);
  });

  test('for an unknown profile, no right, an unknown right or without a message is 422', async () => {
    await using registry = await withProfile();
    const asked = { profile: 'walk', rights: ['read'] as Right[], message: 'x' };
    const cases: [object, string, string][] = [
      [{ profile: 'nothing' }, '/profile', 'unknown-profile'],
      [{ rights: [] }, '/rights', 'range'],
      [{ rights: ['read', 'own'] }, '/rights/1', 'enum'],
      [{ message: '' }, '/message', 'range'],
      [{ message: 'a\u0007' }, '/message', 'format'],
    ];
    for (const [change, pointer, code] of cases)
      await expect(registry.permissions.request(appId, { ...asked, ...change })).rejects.toMatchObject({
        status: 422,
        errors: [{ pointer, code }],
      });
  });

  test('twice at once with the same words is one request', async () => {
    await using registry = await withProfile();
    const asked = { profile: 'walk', rights: ['read'], message: 'Now' } as const;
    const answers = await Promise.all([1, 2, 3].map(() => registry.permissions.request(appId, asked)));
    expect(answers.map(({ created }) => created).toSorted()).toEqual([false, false, true]);
    expect(new Set(answers.map(({ permission }) => permission.id)).size).toBe(1);
    expect(await registry.permissions.usage(appId)).toMatchObject({ pendingPermissions: 1 });
  });

  test('again with the same words, while it waits, is the same request', async () => {
    await using registry = await withProfile();
    const first = await ask(registry, ['create', 'read']);
    const again = { profile: 'walk', rights: ['read', 'create'], message: first.message } as const;
    expect(await registry.permissions.request(appId, again)).toEqual({ permission: first, created: false });
    expect(await registry.permissions.request(appId, { ...again, rights: ['read'] })).toMatchObject({ created: true });
    expect(await registry.permissions.request(appId, { ...again, message: 'Now' })).toMatchObject({ created: true });
    expect(await registry.permissions.usage(appId)).toMatchObject({ pendingPermissions: 3 });
  });

  test('a request can be withdrawn, and what was granted given up; nothing else', async () => {
    await using registry = await withProfile();
    const { permissions } = registry;
    const first = await ask(registry);
    await expect(permissions.decisions.giveUp(first.id, adminId)).rejects.toMatchObject({ code: 'not-found' });
    await permissions.decisions.giveUp(first.id, appId);
    await expect(permissions.get(first.id)).rejects.toMatchObject({ code: 'not-found' });
    const second = await ask(registry);
    await permissions.decisions.approve(second.id, adminId);
    expect(await rightsOf(registry)).toEqual(['read', 'create']);
    await permissions.decisions.giveUp(second.id, appId);
    expect(await rightsOf(registry)).toEqual([]);
    expect(await permissions.get(second.id)).toMatchObject({ status: 'revoked', reason: 'The app gave it up.' });
    await expect(permissions.decisions.giveUp(second.id, appId)).rejects.toMatchObject({ code: 'permission-decided' });
    const acts = (await registry.audit.list({}, { limit: 2 })).items;
    expect(acts.map(({ action, actor }) => [action, actor.kind])).toEqual([
      ['permission.revoked', 'app'],
      ['permission.approved', 'admin'],
    ]);
  });

  test('again is a new request beside the old one', async () => {
    await using registry = await withProfile();
    const first = await ask(registry);
    await registry.permissions.decisions.deny(first.id, adminId, 'Why?');
    await registry.clock.advance(1);
    const second = await ask(registry);
    expect(second.id).not.toBe(first.id);
    expect((await registry.permissions.list({ appId }, { limit: 10 })).items.map(({ status }) => status)).toEqual([
      'pending',
      'denied',
    ]);
  });

  test("does not show one app another's permission", async () => {
    await using registry = await withProfile();
    const { id } = await ask(registry);
    await expect(registry.permissions.get(id, otherApp)).rejects.toMatchObject({ code: 'not-found' });
    expect((await registry.permissions.list({ appId: otherApp }, { limit: 10 })).items).toEqual([]);
  });
});

describe('deciding', () => {
  test('grants what was asked, or a part of it, at the next call', async () => {
    await using registry = await withProfile();
    const { id } = await ask(registry);
    expect(await rightsOf(registry)).toEqual([]);
    expect(await registry.permissions.decisions.approve(id, adminId)).toMatchObject({
      status: 'approved',
      granted: ['read', 'create'],
    });
    expect(await rightsOf(registry)).toEqual(['read', 'create']);
    await registry.permissions.decisions.approve(id, adminId, { rights: ['create'] });
    expect(await rightsOf(registry)).toEqual(['create']);
  });

  test('refuses to grant more than was asked', async () => {
    await using registry = await withProfile();
    const { id } = await ask(registry, ['read']);
    await expect(
      registry.permissions.decisions.approve(id, adminId, { rights: ['read', 'delete'] }),
    ).rejects.toMatchObject({
      status: 422,
      errors: [{ pointer: '/rights', code: 'not-requested' }],
    });
    expect(await registry.permissions.get(id)).toMatchObject({ status: 'pending', granted: [] });
  });

  test('approving what was revoked leaves no stale reason and no stale dates', async () => {
    await using registry = await withProfile();
    const { id } = await ask(registry, ['read']);
    await registry.permissions.decisions.approve(id, adminId, { expiresAt: '2026-06-01T00:00:00Z' });
    await registry.clock.advance(1000);
    expect(await registry.permissions.decisions.revoke(id, adminId, 'Not any more.')).toEqual({
      id, appId, profile: 'walk', requested: ['read'], granted: [], message: 'To count your steps.', status: 'revoked',
      reason: 'Not any more.',
      requestedAt: '2026-01-01T00:00:00.000Z', decidedAt: '2026-01-01T00:00:01.000Z',
    }); // prettier-ignore
    expect(await rightsOf(registry)).toEqual([]);
    await registry.clock.advance(1000);
    const approved = {
      id, appId, profile: 'walk', requested: ['read'], granted: ['read'], message: 'To count your steps.',
      status: 'approved',
      requestedAt: '2026-01-01T00:00:00.000Z', decidedAt: '2026-01-01T00:00:02.000Z',
    }; // prettier-ignore
    expect(await registry.permissions.decisions.approve(id, adminId)).toEqual(approved);
    expect(await registry.permissions.get(id)).toEqual(approved);
    await registry.clock.advance(200 * 86_400_000);
    expect(await rightsOf(registry)).toEqual(['read']);
  });

  test('denying an approved permission takes its rights', async () => {
    await using registry = await withProfile();
    const { id } = await ask(registry);
    await registry.permissions.decisions.approve(id, adminId, { expiresAt: '2026-06-01T00:00:00Z' });
    const denied = await registry.permissions.decisions.deny(id, adminId);
    expect(denied).toMatchObject({ status: 'denied', granted: [] });
    expect(denied.expiresAt).toBeUndefined();
    expect(await rightsOf(registry)).toEqual([]);
  });

  test('refuses to revoke what was never approved', async () => {
    await using registry = await withProfile();
    const { id } = await ask(registry);
    await expect(registry.permissions.decisions.revoke(id, adminId)).rejects.toMatchObject({
      code: 'permission-decided',
      status: 409,
    });
    await registry.permissions.decisions.deny(id, adminId);
    await expect(registry.permissions.decisions.revoke(id, adminId)).rejects.toMatchObject({
      code: 'permission-decided',
    });
  });

  test('twice at once ends in one of the two decisions, whole', async () => {
    await using registry = await withProfile();
    const { id } = await ask(registry);
    await Promise.all([
      registry.permissions.decisions.approve(id, adminId, { expiresAt: '2026-06-01T00:00:00Z' }),
      registry.permissions.decisions.deny(id, adminId, 'No.'),
      registry.permissions.decisions.approve(id, adminId, { rights: ['read'] }),
    ]);
    const { status, granted, reason, expiresAt } = await registry.permissions.get(id);
    expect([
      { status: 'approved', granted: ['read', 'create'], expiresAt: '2026-06-01T00:00:00.000Z' },
      { status: 'denied', granted: [], reason: 'No.' },
      { status: 'approved', granted: ['read'] },
    ]).toContainEqual(JSON.parse(JSON.stringify({ status, granted, reason, expiresAt })));
  });

  test('refuses an expiry that is past, no date, or finer than a millisecond', async () => {
    await using registry = await withProfile();
    const { id } = await ask(registry);
    for (const expiresAt of [
      '2026-01-01T00:00:00Z',
      '2025-01-01T00:00:00Z',
      'tomorrow',
      '2027-01-01',
      '2027-01-01T00:00:00',
      '2027-01-01T00:00:00.0001Z',
      '2027-02-30T00:00:00Z',
    ])
      await expect(registry.permissions.decisions.approve(id, adminId, { expiresAt })).rejects.toMatchObject({
        status: 422,
        errors: [{ pointer: '/expiresAt' }],
      });
    expect(
      await registry.permissions.decisions.approve(id, adminId, { expiresAt: '2027-01-01T02:00:00+02:00' }),
    ).toMatchObject({
      expiresAt: '2027-01-01T00:00:00.000Z',
    });
  });
});

describe('rights', () => {
  test('end with the permission, at its very millisecond, also out of the cache', async () => {
    await using registry = await withProfile();
    const { id } = await ask(registry);
    await registry.permissions.decisions.approve(id, adminId, { expiresAt: '2026-01-01T00:00:00.500Z' });
    expect(await rightsOf(registry)).toEqual(['read', 'create']);
    await registry.clock.advance(499);
    expect(await rightsOf(registry)).toEqual(['read', 'create']);
    await registry.clock.advance(1);
    expect(await rightsOf(registry)).toEqual([]);
    expect(await registry.permissions.get(id)).toMatchObject({
      status: 'expired',
      expiresAt: '2026-01-01T00:00:00.500Z',
    });
    expect((await registry.permissions.list({ status: 'expired' }, { limit: 10 })).items).toHaveLength(1);
    expect((await registry.permissions.list({ status: 'approved' }, { limit: 10 })).items).toHaveLength(0);
    expect(await registry.permissions.decisions.revoke(id, adminId)).toMatchObject({ status: 'revoked' });
  });

  test("are the union of an app's permissions, and nobody else's", async () => {
    await using registry = await withProfile();
    await registry.permissions.decisions.approve((await ask(registry, ['read'])).id, adminId);
    await registry.permissions.decisions.approve((await ask(registry, ['delete'])).id, adminId);
    // Which permission is read first is open.
    expect((await rightsOf(registry)).toSorted()).toEqual(['delete', 'read']);
    expect(await rightsOf(registry, otherApp)).toEqual([]);
    expect([...(await registry.permissions.rightsOf({ kind: 'app', appId }, 'other'))]).toEqual([]);
  });

  test('are held for a second at most and told without a promise', async () => {
    await using registry = await withProfile();
    await registry.permissions.decisions.approve((await ask(registry)).id, adminId);
    const grantee = { kind: 'app', appId } as const;
    await registry.permissions.rightsOf(grantee, 'walk');
    await registry.clock.advance(999);
    expect(registry.permissions.rightsOf(grantee, 'walk')).toEqual(new Set(['read', 'create']));
    await registry.clock.advance(1);
    expect(registry.permissions.rightsOf(grantee, 'walk')).toBeInstanceOf(Promise);
  });

  test('that were being looked up while a decision fell are not kept', async () => {
    await using registry = await withProfile();
    const { id } = await ask(registry);
    await registry.permissions.decisions.approve(id, adminId);
    const looking = rightsOf(registry);
    await registry.permissions.decisions.revoke(id, adminId);
    await looking;
    expect(await rightsOf(registry)).toEqual([]);
  });

  test("of a view instance are its own, not the app's", async () => {
    await using registry = await withProfile();
    const [permission] = await registry.permissions.requestForInstance(
      appId,
      instance,
      [{ profile: 'walk', rights: ['read'] }],
      'View: steps',
    );
    await registry.permissions.decisions.approve(permission!.id, adminId);
    expect([
      ...(await registry.permissions.rightsOf({ kind: 'view-instance', viewInstanceId: instance }, 'walk')),
    ]).toEqual(['read']);
    expect(await rightsOf(registry)).toEqual([]);
    expect(await registry.permissions.ofInstance(instance)).toMatchObject([
      { viewInstanceId: instance, status: 'approved' },
    ]);
    await registry.permissions.dropInstance(instance, { kind: 'app', id: 'a'.repeat(24) });
    expect([
      ...(await registry.permissions.rightsOf({ kind: 'view-instance', viewInstanceId: instance }, 'walk')),
    ]).toEqual([]);
    expect(await registry.permissions.ofInstance(instance)).toEqual([]);
  });

  test('of a view instance are asked for once in the same words, by two processes at once as well', async () => {
    await using registry = await withProfile();
    const request = (message: string, ...rights: readonly Right[]) =>
      registry.permissions.requestForInstance(appId, instance, [{ profile: 'walk', rights }], message);
    const [[first], [same]] = await Promise.all([request('Version 2', 'read'), request('Version 2', 'read')]);
    expect(same).toEqual(first);
    await registry.permissions.decisions.approve(first!.id, adminId);
    for (const other of [await request('Version 3', 'read'), await request('Version 2', 'read', 'create')])
      expect(other).toMatchObject([{ status: 'pending' }]);
    expect(await registry.permissions.ofInstance(instance)).toHaveLength(3);
  });

  test('of a view instance are asked for all or none', async () => {
    await using registry = await withProfile();
    const needed = [
      { profile: 'walk', rights: ['read'] as const },
      { profile: 'nothing', rights: ['read'] as const },
    ];
    await expect(registry.permissions.requestForInstance(appId, instance, needed, 'View: steps')).rejects.toMatchObject(
      {
        errors: [{ pointer: '/permissions/1/profile', code: 'unknown-profile' }],
      },
    );
    expect(await registry.permissions.ofInstance(instance)).toEqual([]);
  });
});

describe('the list for the admin', () => {
  test('is filtered by status, app and profile, newest first', async () => {
    await using registry = await withProfile();
    const first = await ask(registry);
    await registry.clock.advance(1);
    const second = await ask(registry, ['read'], otherApp);
    await registry.clock.advance(1);
    await registry.permissions.decisions.approve(first.id, adminId);
    const third = await ask(registry);
    const idsOf = async (filter: object) =>
      (await registry.permissions.list(filter, { limit: 10 })).items.map(({ id }) => id);
    expect(await idsOf({})).toEqual([third.id, second.id, first.id]);
    expect(await idsOf({ status: 'approved' })).toEqual([first.id]);
    expect(await idsOf({ status: 'pending', appId })).toEqual([third.id]);
    expect(await idsOf({ profile: 'other' })).toEqual([]);
  });
});
