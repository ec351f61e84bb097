import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeepError } from '@datakeep/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startKeep, type TestKeep } from '../../clients/testing/src/index.ts';
import { sumView, walk, walkProfile, walkSchema } from '../support/keep-in-process.ts';
import { childrenOf, isAlive } from '../support/process-family.ts';
import { thorough } from '../support/thorough.ts';

describe('@datakeep/testing', () => {
  let keep: TestKeep;
  /** Of this file alone: others start keeps at the same time. */
  const temporary = mkdtempSync(join(tmpdir(), 'datakeep-temporary-'));
  const folders = (): string[] => readdirSync(temporary).filter((name) => name.startsWith('datakeep-testing-'));
  beforeAll(async () => {
    vi.stubEnv('TMPDIR', temporary);
    keep = await startKeep();
  });
  afterAll(async () => {
    await keep?.stop();
    vi.unstubAllEnvs();
    rmSync(temporary, { recursive: true });
  });

  it('gives an app what it asks for, and its views, while everything is approved', async () => {
    const approving = keep.approveEverything();
    const app = await keep.app('Walks');
    await app.profiles.register(walkProfile, walkSchema);
    const wanted = { profile: walkProfile, rights: ['read', 'create'], message: 'To walk' } as const;
    expect(await app.permissions.ensure(wanted)).toMatchObject({ granted: ['read', 'create'], missing: [] });
    await app.events.create([{ profile: walkProfile, payload: walk(12).payload }]);
    const { id } = await keep.admin.registerView(sumView);
    const instance = await app.views.createInstance(id);
    const approved = async (): Promise<number> => (await keep.admin.permissions({ status: 'approved' })).length;
    await expect.poll(approved).toBe(2);
    const { id: run } = await app.views.run(instance.id);
    expect(await app.views.finished(run)).toMatchObject({ state: 'succeeded', result: { metres: 12 } });
    await approving.stop();
    await app.permissions.request({ profile: walkProfile, rights: ['delete'], message: 'To tidy' });
    expect(await keep.admin.permissions({ status: 'pending' })).toMatchObject([{ requested: ['delete'] }]);
  });

  it('lets a test decide: a part, a denial, a revocation', async () => {
    const app = await keep.app('Picky');
    await app.profiles.register(walkProfile, walkSchema);
    const ask = () => app.permissions.request({ profile: walkProfile, rights: ['read', 'delete'], message: 'More' });
    expect(await keep.admin.approve((await ask()).id, ['read'])).toMatchObject({ granted: ['read'] });
    expect(await keep.admin.approve((await ask()).id)).toMatchObject({ granted: ['read', 'delete'] });
    expect(await keep.admin.deny((await ask()).id, 'No')).toMatchObject({ status: 'denied', reason: 'No' });
    for (const { id } of await keep.admin.permissions({ status: 'approved', app: (await app.me()).appId }))
      await keep.admin.revoke(id);
    const refused = app.events.query({ profile: walkProfile }).toArray();
    await expect(refused).rejects.toSatisfy((error) => error instanceof KeepError && error.is('forbidden'));
  });

  it('lets pages of the given origins call', async () => {
    const app = await keep.app('Page', { origins: ['http://localhost:5173'] });
    const { appId } = await app.me();
    expect(await keep.admin.ask('GET', `/admin/v1/apps/${appId}`)).toMatchObject({
      origins: ['http://localhost:5173'],
    });
  });

  it('says what a keep printed that does not start', async () => {
    const before = folders();
    await expect(startKeep({ env: { PORT: 'eighty' } })).rejects.toThrow(/ended at its start[\s\S]*PORT/);
    await expect(startKeep({ patienceMs: 1 })).rejects.toThrow('was not ready within 1 ms');
    expect(folders()).toEqual(before);
  });

  it('says where it looked for a keep', async () => {
    await expect(startKeep({ checkout: '/nonexistent' })).rejects.toThrow(
      'There is no built keep in /nonexistent: give startKeep({ checkout }), or DATAKEEP_CHECKOUT',
    );
  });

  it('leaves no process and no folder behind, time after time', async () => {
    const before = { folders: folders(), processes: childrenOf(process.pid) };
    const times = thorough(4, 20);
    for (let time = 0; time < times; time += 1) {
      await using one = await startKeep();
      expect((await fetch(`${one.url}/health/live`)).status).toBe(200);
    }
    expect(folders()).toEqual(before.folders);
    expect(childrenOf(process.pid).filter((pid) => isAlive(pid) && !before.processes.includes(pid))).toEqual([]);
  }, 400_000);
});
