import type { EventPage } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { describe, expect, test, vi } from 'vitest';

import { adminId, knownApp as appId, openRegistry, otherApp } from '../testing/registry-bench.ts';
import { ProfileRemoval } from './profile-removal.ts';

const page = (length: number) => ({ itemsJson: '[]', length, next: null });

/** A registry whose storage answers each look for events of a profile by `events`, in turn. */
async function withProfile(events: readonly (number | Error)[]) {
  const registry = openRegistry();
  const { profiles, permissions } = registry;
  await profiles.register('walk', { type: 'object' }, appId);
  const looks = [...events];
  const storage = {
    query: vi.fn<() => Promise<EventPage>>(async () => {
      const look = looks.shift() ?? 0;
      if (look instanceof Error) throw look;
      return page(look);
    }),
  };
  const removal = new ProfileRemoval({ ...registry, storage, queryTimeoutMs: 1000 });
  return { registry, profiles, permissions, storage, removal, settled: registry.passing };
}

describe('deleting a profile', () => {
  test('closes it while it looks, and frees its name', async () => {
    const { registry, profiles, storage, removal, settled } = await withProfile([]);
    await using _ = registry;
    expect(await profiles.find('walk')).toBeDefined();
    const work = removal.remove('walk', adminId);
    await vi.waitFor(() => expect(profiles.find('walk')).resolves.toBeUndefined());
    await settled(work);
    expect(storage.query).toHaveBeenCalledTimes(2);
    await expect(profiles.get('walk')).rejects.toMatchObject({ code: 'not-found' });
    expect((await profiles.register('walk', { type: 'array' }, appId)).created).toBe(true);
    expect((await profiles.find('walk'))?.schema).toEqual({ type: 'array' });
  });

  test('is refused, and changes nothing, where an event comes while it closes', async () => {
    const { registry, profiles, permissions, removal, settled } = await withProfile([0, 1]);
    await using _ = registry;
    const { permission: asked } = await permissions.request(appId, {
      profile: 'walk',
      rights: ['create'],
      message: 'To walk.',
    });
    await expect(settled(removal.remove('walk', adminId))).rejects.toMatchObject({ code: 'profile-in-use' });
    expect(await profiles.find('walk')).toBeDefined();
    expect((await permissions.get(asked.id)).status).toBe('pending');
  });

  test('is refused, and changes nothing, where the storage is away', async () => {
    const { registry, profiles, removal, settled } = await withProfile([0, new Error('away')]);
    await using _ = registry;
    await expect(settled(removal.remove('walk', adminId))).rejects.toThrow('away');
    expect(await profiles.find('walk')).toBeDefined();
  });

  test('is worth another try, and changes nothing, where the storage is late', async () => {
    const { registry, profiles, removal, settled } = await withProfile([0, new DatakeepError('query-timeout')]);
    await using _ = registry;
    await expect(settled(removal.remove('walk', adminId))).rejects.toMatchObject({
      code: 'storage-busy',
      retryAfterSeconds: 5,
    });
    expect(await profiles.find('walk')).toBeDefined();
  });

  test('that the process did not survive leaves it open again after a minute', async () => {
    const { registry, profiles, removal } = await withProfile([]);
    await using _ = registry;
    removal.remove('walk', adminId).catch(() => undefined);
    await vi.waitFor(() => expect(profiles.find('walk')).resolves.toBeUndefined());
    await registry.close();
    await using reopened = openRegistry(registry.folder, registry.clock);
    expect(await reopened.profiles.find('walk')).toBeUndefined();
    await registry.clock.advance(60_000);
    expect(await reopened.profiles.find('walk')).toBeDefined();
  });

  test('of an app takes those that nothing names, and leaves the others', async () => {
    const { registry, profiles, permissions, removal, settled } = await withProfile([]);
    await using _ = registry;
    for (const name of ['ride', 'swim']) await profiles.register(name, { type: 'object' }, appId);
    await profiles.register('other', { type: 'object' }, otherApp);
    await permissions.request(otherApp, { profile: 'swim', rights: ['read'], message: 'To swim.' });
    expect(await settled(removal.removeUnusedOf(appId, { kind: 'admin', id: adminId }))).toBe(2);
    expect((await profiles.list({ limit: 10 })).items.map(({ name }) => name).toSorted()).toEqual(['other', 'swim']);
  });
});
