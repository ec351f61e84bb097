import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppClient, type Page, type Permission } from '../support/keep-client.ts';
import { permittedInstance, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

const shapes = await keepShapes('associations');
const chosen = shapes.filter(({ name, available }) => available && /^standalone$|two of each$/.test(name));

describe.for(chosen)('a program that is associated in the place of another: $name', ({ start }) => {
  let under: KeepInShape;
  beforeAll(async () => {
    under = await start();
  });
  afterAll(() => under.stop());

  const permissionsOf = async (app: AppClient): Promise<readonly Permission[]> =>
    (await app.ask<Page<Permission>>('GET', '/app/v1/permissions')).items;

  it("has no right until the admin says so, and neither have the app's view instances", async () => {
    const { admin } = under;
    const former = await walkingApp(admin);
    await former.sendEvents([walk(1)]);
    const instance = await permittedInstance(admin, former);
    expect((await former.run(instance)).state).toBe('succeeded');
    const before = await permissionsOf(former);
    const denied = await former.requestPermission(walkProfile, ['read'], 'More.');
    await admin.deny(denied.id, 'No.');

    const { associationToken } = await admin.makeAssociationToken(former.appId);
    const program = await AppClient.associate(under.url, associationToken, 'New phone');
    expect((await former.send('GET', '/app/v1/me')).status).toBe(401);
    await expect(program.query({ profile: walkProfile })).rejects.toMatchObject({ status: 403 });
    await expect(program.sendEvents([walk(2)])).rejects.toMatchObject({ status: 403 });
    await expect(program.run(instance)).rejects.toMatchObject({ status: 409, code: 'view-not-permitted' });

    const now = await permissionsOf(program);
    expect(now.find(({ id }) => id === denied.id)).toMatchObject({ status: 'denied', reason: 'No.' });
    for (const { id, granted, requested, message } of before) {
      const permission = now.find((one) => one.id === id)!;
      expect(permission).toMatchObject({ status: 'pending', granted: [], requested, message });
      expect(permission.reason).toContain(`Approved before (${granted.join(', ')}); “New phone”`);
      expect(permission).not.toHaveProperty('decidedAt');
    }
    const pending = await admin.ask<Page<Permission>>(
      'GET',
      `/admin/v1/permissions?status=pending&app=${program.appId}`,
    );
    expect(pending.items).toHaveLength(before.length);
    const audit = await admin.ask<{ items: readonly { details: object; subject: { id: string } }[] }>(
      'GET',
      '/admin/v1/audit?action=permission.suspended',
    );
    expect(audit.items.map(({ subject }) => subject.id).toSorted()).toEqual(before.map(({ id }) => id).toSorted());
    expect(audit.items.map(({ details }) => details)).toContainEqual({
      appId: program.appId,
      profile: walkProfile,
      granted: ['read', 'create', 'modify', 'delete'],
    });

    for (const { id } of before) await admin.approve(id);
    expect((await program.query({ profile: walkProfile })).items).toHaveLength(1);
    expect((await program.run(instance)).state).toBe('succeeded');
  });

  it('finds nothing to wait for where it is the first', async () => {
    const app = await under.admin.connectApp('First');
    const permission = await under.admin.grant(app, walkProfile, ['read']);
    expect(permission.status).toBe('approved');
    expect(await permissionsOf(app)).toMatchObject([{ status: 'approved' }]);
    expect(permission).not.toHaveProperty('reason');
  });
});
