import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ExecutionOutcome } from '@datakeep/contracts';
import { succeeded } from '../testing.ts';
import { Views, adminId, appId, walks } from '../testing/views.ts';

let views: Views;
beforeEach(async () => void (views = await Views.open()));
afterEach(() => views.close());

/** A run that is in the given state when the keep dies, the queue's jobs with it. */
async function leftBehind(state: 'queued' | 'running'): Promise<string> {
  const { instance } = await views.instance();
  views.queue.held = state === 'queued';
  views.execution.execute = () => new Promise<ExecutionOutcome>(() => {});
  const { id } = await views.manager.startRun(appId, instance.id, null);
  await vi.waitFor(async () => expect((await views.manager.getRun(id)).state).toBe(state));
  await views.crash();
  return id;
}

function answering(outcome: ExecutionOutcome): void {
  views.execution.execute = async () => outcome;
}

describe('after a crash', () => {
  test('a queued run whose job is gone is queued again at the start', async () => {
    const id = await leftBehind('queued');
    answering(succeeded('again'));
    await views.manager.start();
    expect(await views.manager.waitForRun(id, 1000)).toMatchObject({
      state: 'succeeded',
      result: 'again',
      attempts: 1,
    });
  });

  test('and with the clock set back since, a queued run whose job is gone is queued again at the start', async () => {
    const id = await leftBehind('queued');
    await views.clock.advance(-3_600_000);
    answering(succeeded('again'));
    await views.manager.start();
    expect(await views.manager.waitForRun(id, 1000)).toMatchObject({ state: 'succeeded', attempts: 1 });
  });

  test('a running run without a job gets its next attempt', async () => {
    const id = await leftBehind('running');
    answering(succeeded('again'));
    await views.manager.start();
    expect(await views.manager.waitForRun(id, 1000)).toMatchObject({
      state: 'succeeded',
      result: 'again',
      attempts: 2,
    });
    expect(views.documents.terminalStates(id)).toEqual(['succeeded']);
  });

  test('a running run that used up its attempts ends as failed', async () => {
    const id = await leftBehind('running');
    for (const attempts of [2, 3]) {
      await views.manager.start();
      await vi.waitFor(async () => expect((await views.manager.getRun(id)).attempts).toBe(attempts));
      await views.crash();
    }
    await views.manager.start();
    expect(await views.manager.getRun(id)).toMatchObject({
      state: 'failed',
      error: { code: 'view-attempts-exhausted' },
      attempts: 3,
    });
  });

  test('a run of an instance that is gone ends as cancelled', async () => {
    const id = await leftBehind('queued');
    const { viewInstanceId } = await views.manager.getRun(id);
    views.documents.failOn = (writes) => writes.some(({ collection }) => collection === 'view_runs');
    await expect(views.manager.deleteInstance(viewInstanceId, { kind: 'app', id: appId })).rejects.toThrow();
    views.documents.failOn = undefined;
    await views.manager.start();
    expect(views.audit.of('run.finished')).toMatchObject([{ actor: { id }, details: { state: 'cancelled' } }]);
    await expect(views.manager.getRun(id)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('each 10 s', () => {
  test('a queued run whose job was lost is queued again, unless it is only just being queued', async () => {
    const { instance } = await views.instance();
    views.queue.held = true;
    const { id } = await views.manager.startRun(appId, instance.id, null);
    views.queue.lose();
    await views.clock.advance(4999);
    const young = await views.manager.startRun(appId, instance.id, null);
    views.queue.lose();
    await views.clock.advance(5001);
    await vi.waitFor(async () => expect(await views.queue.has(`run-${id}`)).toBe(true));
    expect(await views.queue.has(`run-${young.id}`)).toBe(true);
  });

  test.each([
    ['forward', 86_400_000],
    ['back', -86_400_000],
  ])('a queued run whose job was lost is queued again though the clock was set %s by a day', async (_way, ms) => {
    const { instance } = await views.instance();
    views.queue.held = true;
    const { id } = await views.manager.startRun(appId, instance.id, null);
    views.queue.lose();
    views.clock.set(ms);
    await views.clock.advance(10_000);
    await vi.waitFor(async () => expect(await views.queue.has(`run-${id}`)).toBe(true));
  });

  test('an attempt that goes on although its run has ended elsewhere is stopped', async () => {
    const { instance } = await views.instance();
    views.execution.code = () => new Promise(() => {});
    const { id } = await views.manager.startRun(appId, instance.id, null);
    await vi.waitFor(async () => expect((await views.manager.getRun(id)).state).toBe('running'));
    await views.elsewhere().cancelRun(id, { kind: 'app', id: appId });
    expect((await views.manager.getRun(id)).state).toBe('running');
    await views.clock.advance(5000);
    await vi.waitFor(async () => expect((await views.manager.getRun(id)).state).toBe('cancelled'));
    expect(views.execution.requests[0]!.signal.aborted).toBe(false);
    await views.clock.advance(5000);
    await vi.waitFor(() => expect(views.execution.requests[0]!.signal.aborted).toBe(true));
  });

  test.each([
    [
      'the registry',
      async () => {
        const { instance } = await views.instance();
        views.permissions.dropInstance = () => Promise.reject(new Error('away'));
        await expect(views.manager.deleteInstance(instance.id, { kind: 'app', id: appId })).rejects.toThrow('away');
      },
    ],
    [
      'an execution service',
      async () => {
        views.execution.delete = () => Promise.reject(new Error('away'));
        await views.manager.dryRun({ ...walks, configuration: null, clientCustomData: null }, adminId);
        // What is left of it belongs to no process from then on.
        await views.clock.advance(200_000);
      },
    ],
  ])('a lost run is queued again also while %s, which has something to remove, is away', async (_what, leave) => {
    await leave();
    const { instance } = await views.instance();
    views.queue.held = true;
    const { id } = await views.manager.startRun(appId, instance.id, null);
    views.queue.lose();
    await vi.waitFor(async () => {
      await views.clock.advance(10_000);
      expect(await views.queue.has(`run-${id}`)).toBe(true);
    });
  });

  test('a pass that fails is made again with the next', async () => {
    const { instance } = await views.instance();
    views.queue.held = true;
    const { id } = await views.manager.startRun(appId, instance.id, null);
    views.queue.lose();
    views.queue.down = true;
    await views.clock.advance(10_000);
    views.queue.down = false;
    await vi.waitFor(async () => {
      await views.clock.advance(10_000);
      expect(await views.queue.has(`run-${id}`)).toBe(true);
    });
  });
});
