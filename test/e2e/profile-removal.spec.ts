import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permittedInstance, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { AppClient, type Permission } from '../support/keep-client.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

const path = `/admin/v1/profiles/${encodeURIComponent(walkProfile)}`;
const shapes = await keepShapes('profiles of the admin');
const chosen = shapes.filter(({ name, available }) => available && /^standalone$|two of each$/.test(name));

describe.for(chosen)('profiles of the admin: $name', ({ start }) => {
  let under: KeepInShape;
  beforeAll(async () => {
    under = await start();
  });
  afterAll(() => under.stop());

  it('are registered as an app does', async () => {
    const body = { name: 'owner.example/note', schema: { type: 'object' } };
    const made = await under.admin.send<object>('POST', '/admin/v1/profiles', { body });
    expect(made).toMatchObject({ status: 201, body });
    expect((await under.admin.send('POST', '/admin/v1/profiles', { body })).status).toBe(200);
    expect((await under.admin.send('POST', '/admin/v1/profiles', { body: { ...body, schema: false } })).status).toBe(
      409,
    );
    expect((await under.admin.send('POST', '/admin/v1/profiles', { body: { name: '/', schema: 1 } })).status).toBe(422);
  });

  it('are deleted once nothing is of them, and the name is free then', async () => {
    const { admin } = under;
    const app = await walkingApp(admin);
    const elsewhere = new AppClient(under.urls.at(-1)!, app.token!, app.appId);
    expect((await elsewhere.sendEvents([walk(1)])).accepted).toBe(1);
    expect(await admin.send('DELETE', path)).toMatchObject({ status: 409, body: { code: 'profile-in-use' } });
    expect((await app.sendEvents([walk(2)])).accepted).toBe(1);

    const { items } = await app.query({ profile: walkProfile });
    for (const { id } of items) await app.ask('DELETE', `/app/v1/events/${id}`);
    const instance = await permittedInstance(admin, app);
    expect(await admin.send('DELETE', path)).toMatchObject({ status: 409, body: { code: 'profile-in-use' } });

    await app.ask('DELETE', `/app/v1/view-instances/${instance}`);
    expect((await admin.send('DELETE', path)).status).toBe(204);
    expect((await admin.send('DELETE', path)).status).toBe(404);
    for (const client of [app, elsewhere])
      // Of the app's one profile there is nothing left to create.
      await expect(client.sendEvents([walk(3)])).rejects.toMatchObject({ status: 403 });
    const permissions = await app.ask<{ items: readonly Permission[] }>('GET', '/app/v1/permissions');
    expect(permissions.items).toMatchObject([{ status: 'revoked', reason: 'The profile was deleted.' }]);
    const audit = await admin.ask<{ items: readonly object[] }>('GET', '/admin/v1/audit?action=profile.deleted');
    expect(audit.items).toMatchObject([{ subject: { kind: 'profile', id: walkProfile } }]);

    // Another schema under the name: what was approved of the former is worth nothing.
    expect(await app.registerProfile(walkProfile, { type: 'object' })).toBe(true);
    await expect(app.sendEvents([walk(4)])).rejects.toMatchObject({ status: 403 });
  });
});
