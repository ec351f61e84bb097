import type { Deleter } from '@datakeep/contracts';
import { type DocumentStore, openMongoDocuments } from '@datakeep/documents';
import { UnapprovedRemoval } from '@datakeep/registry';
import { adminId, knownApp as appId, openRegistry } from '@datakeep/registry/testing';
import { afterAll, describe, expect, test } from 'vitest';

import { mongoServer } from '../support/mongo/mongo-server.ts';

const day = 86_400_000;
const walk = { profile: 'walk', rights: ['read'], message: 'To walk.' } as const;

/** A registry with a profile of an app, and view instances that its view manager deletes with their permissions. */
async function registryOfApp(openDocuments: () => Promise<DocumentStore | undefined>) {
  const registry = openRegistry(undefined, undefined, undefined, await openDocuments());
  const { profiles, permissions } = registry;
  await profiles.register('walk', { type: 'object' }, appId);
  const deleted: string[] = [];
  const views = {
    deleteInstance: async (id: string, by: Deleter) => {
      deleted.push(id);
      await permissions.dropInstance(id, by);
    },
  };
  const pass = async (): Promise<void> => {
    const removal = new UnapprovedRemoval({ ...registry, views });
    const state = { over: false };
    const work = removal.start().finally(() => (state.over = true));
    // Slowly: a profile stays closed for a minute of this clock, in which the engine must answer.
    await expect.poll(() => registry.clock.advance(500).then(() => state.over), { interval: 10 }).toBe(true);
    await work;
    await removal.onApplicationShutdown();
  };
  const names = async (): Promise<string[]> => {
    const { items } = await profiles.list({ limit: 10 });
    return items.map(({ name }) => name);
  };
  return { ...registry, pass, deleted, names };
}

const { name, uri, newDatabase, drop } = await mongoServer('what nobody approved');
const databases: string[] = [];
afterAll(async () => {
  for (const database of databases) await drop(database);
});
const engines = [
  { engine: 'SQLite', open: async () => undefined },
  {
    engine: name,
    open: () => {
      const database = newDatabase();
      databases.push(database);
      return openMongoDocuments({ uri: uri ?? '', database });
    },
  },
].filter(({ engine }) => engine === 'SQLite' || uri !== undefined);

describe.for(engines)('what an app made and nobody approved, in $engine', ({ open }) => {
  test('stays for 30 days, and goes then: requests first, then the profile that nobody uses', async () => {
    await using registry = await registryOfApp(open);
    const { permissions, clock, pass, names, audit } = registry;
    const { permission: asked } = await permissions.request(appId, walk);
    await clock.advance(30 * day);
    await pass();
    expect((await permissions.get(asked.id)).status).toBe('pending');
    await clock.advance(1000);
    await pass();
    await expect(permissions.get(asked.id)).rejects.toMatchObject({ code: 'not-found' });
    expect(await names()).toEqual([]);
    const { items } = await audit.list({}, { limit: 2 });
    expect(items).toMatchObject([
      { action: 'profile.deleted', actor: { kind: 'keep', id: 'unapproved' }, subject: { id: 'walk' } },
      { action: 'permission.lapsed', actor: { kind: 'keep', id: 'unapproved' }, subject: { id: asked.id } },
    ]);
  });

  test('is not what was decided on: neither a denial, nor what waits for the word on a new program', async () => {
    await using registry = await registryOfApp(open);
    const { permissions, clock, pass, names } = registry;
    const { permission: denied } = await permissions.request(appId, walk);
    await permissions.decisions.deny(denied.id, adminId);
    const { permission: approved } = await permissions.request(appId, walk);
    await permissions.decisions.approve(approved.id, adminId);
    await permissions.endings.suspendOfApp(appId, 'Another');
    await clock.advance(40 * day);
    await pass();
    expect((await permissions.get(denied.id)).status).toBe('denied');
    expect((await permissions.get(approved.id)).status).toBe('pending');
    expect(await names()).toEqual(['walk']);
  });

  test('is no profile on which something was approved once, with events, or of the admin', async () => {
    await using registry = await registryOfApp(open);
    const { permissions, profiles, storage, clock, pass, names } = registry;
    await profiles.register('swim', { type: 'object' }, appId);
    await profiles.restore('ride', { type: 'object' }, adminId);
    storage.events = [{ profile: 'swim', source: appId }];
    const { permission: approved } = await permissions.request(appId, walk);
    await permissions.decisions.approve(approved.id, adminId);
    await permissions.decisions.revoke(approved.id, adminId);
    await clock.advance(31 * day);
    await pass();
    expect((await names()).toSorted()).toEqual(['ride', 'swim', 'walk']);
  });

  test('is a view instance of which nothing was ever approved, and none of which something was', async () => {
    await using registry = await registryOfApp(open);
    const { permissions, clock, pass, deleted } = registry;
    const ask = (instance: string) =>
      permissions.requestForInstance(appId, instance, [walk, { profile: 'walk', rights: ['create'] }], 'To run.');
    const [forgotten, refused, used] = ['1'.repeat(24), '2'.repeat(24), '3'.repeat(24)] as const;
    await ask(forgotten);
    await permissions.decisions.deny((await ask(refused))[0]!.id, adminId);
    await permissions.decisions.approve((await ask(used))[0]!.id, adminId);
    await clock.advance(31 * day);
    await pass();
    expect(deleted.toSorted()).toEqual([forgotten, refused]);
    expect(await permissions.ofInstance(forgotten)).toEqual([]);
    expect((await permissions.ofInstance(used)).map(({ status }) => status).toSorted()).toEqual([
      'approved',
      'pending',
    ]);
  });

  test('goes once where two processes look at the same time', async () => {
    await using registry = await registryOfApp(open);
    const { permissions, clock, pass, names, audit } = registry;
    for (const message of ['one', 'two', 'three']) await permissions.request(appId, { ...walk, message });
    await clock.advance(31 * day);
    await Promise.all([pass(), pass()]);
    expect(await names()).toEqual([]);
    const { items } = await audit.list({ action: 'permission.lapsed' }, { limit: 10 });
    expect(items).toHaveLength(3);
    expect((await audit.list({ action: 'profile.deleted' }, { limit: 10 })).items).toHaveLength(1);
  });
});
