import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { succeeded } from '../testing.ts';
import { Views, adminId, appId } from '../testing/views.ts';

let views: Views;
beforeEach(async () => void (views = await Views.open()));
afterEach(() => views.close());

const permissions = [
  { profile: 'location/visit', rights: ['read'] },
  { profile: 'calendar/event', rights: ['read', 'create'] },
] as const;

/** A run that lasts until `finish` is called. */
async function running(): Promise<{ runId: string; instanceId: string; finish: () => void }> {
  const { instance } = await views.instance({ permissions });
  const { promise, resolve } = Promise.withResolvers<void>();
  views.execution.code = async () => (await promise, succeeded(null));
  const { id } = await views.manager.startRun(appId, instance.id, null);
  await vi.waitFor(async () => expect((await views.manager.getRun(id)).state).toBe('running'));
  return { runId: id, instanceId: instance.id, finish: resolve };
}

describe('a run token', () => {
  test('opens one profile for its run, and there is one for each profile of the template', async () => {
    const { runId, instanceId } = await running();
    const { accessTokensToProfiles } = JSON.parse(views.execution.requests[0]!.parametersJson) as {
      accessTokensToProfiles: Record<string, string>;
    };
    const opened = await Promise.all(
      Object.entries(accessTokensToProfiles).map(async ([profile, token]) => {
        const [kind, subject, tokenId] = JSON.parse(token) as [string, string, string];
        expect([kind, subject]).toEqual(['run', instanceId]);
        return [profile, await views.manager.run(subject, tokenId)];
      }),
    );
    expect(opened).toEqual(
      permissions.map(({ profile }) => [profile, { kind: 'run', runId, viewInstanceId: instanceId, appId, profile }]),
    );
  });

  test('is good from the first line of the code on', async () => {
    const { instance } = await views.instance();
    views.execution.code = async ({ parametersJson }) => {
      const { accessTokensToProfiles } = JSON.parse(parametersJson) as {
        accessTokensToProfiles: Record<string, string>;
      };
      const [, subject, tokenId] = JSON.parse(accessTokensToProfiles['location/visit']!) as [string, string, string];
      return succeeded((await views.manager.run(subject, tokenId))?.profile ?? 'unknown');
    };
    expect(await views.run(instance.id)).toMatchObject({ result: 'location/visit' });
  });

  test('is void when its run has ended, was cancelled, waits again, or its instance is gone', async () => {
    const { runId, instanceId, finish } = await running();
    const tokenId = `${runId}.1.0`;
    expect(await views.manager.run(instanceId, tokenId)).toBeDefined();
    finish();
    await views.manager.waitForRun(runId, 1000);
    expect(await views.manager.run(instanceId, tokenId)).toBeUndefined();

    const second = await running();
    await views.manager.cancelRun(second.runId, { kind: 'admin', id: adminId });
    expect(await views.manager.run(second.instanceId, `${second.runId}.1.0`)).toBeUndefined();

    const third = await running();
    await views.manager.deleteInstance(third.instanceId, { kind: 'app', id: appId });
    expect(await views.manager.run(third.instanceId, `${third.runId}.1.0`)).toBeUndefined();
  });

  test('is void once a caller asked for the end, also where the worker has yet to hear of it', async () => {
    const { runId, instanceId } = await running();
    await views.elsewhere().cancelRun(runId, { kind: 'app', id: appId });
    expect((await views.manager.getRun(runId)).state).toBe('running');
    for (const manager of [views.manager, views.elsewhere()])
      expect(await manager.run(instanceId, `${runId}.1.0`)).toBeUndefined();
  });

  test('of another instance, attempt or profile, or none at all, opens nothing', async () => {
    const { runId, instanceId } = await running();
    const { instance: other } = await views.instance();
    for (const tokenId of [
      `${runId}.2.0`,
      `${runId}.1.2`,
      `${runId}.1`,
      runId,
      '',
      `${'0'.repeat(24)}.1.0`,
      `${runId}.1.0 `,
      `${runId}.01.x`,
    ])
      expect(await views.manager.run(instanceId, tokenId)).toBeUndefined();
    expect(await views.manager.run(other.id, `${runId}.1.0`)).toBeUndefined();
    expect(await views.manager.run('nobody', `${runId}.1.0`)).toBeUndefined();
  });
});
