import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ExecutionOutcome } from '@datakeep/contracts';
import { ended, succeeded } from '../testing.ts';
import { Views, adminId, appId, otherAppId } from '../testing/views.ts';

let views: Views;
beforeEach(async () => void (views = await Views.open({ maxQueuedRuns: 1000 })));
afterEach(() => views.close());

const byApp = { kind: 'app', id: appId } as const;

describe('cancelling', () => {
  test('a queued run ends it at once and takes its job from the queue', async () => {
    const { instance } = await views.instance();
    views.queue.held = true;
    const { id } = await views.manager.startRun(appId, instance.id, 'canary');
    expect(await views.manager.cancelRun(id, byApp)).toMatchObject({
      state: 'cancelled',
      error: { code: 'view-cancelled' },
      attempts: 0,
    });
    expect(await views.queue.has(`run-${id}`)).toBe(false);
    views.queue.release();
    expect(views.execution.requests).toEqual([]);
    expect(views.audit.of('run.cancelled')).toMatchObject([{ actor: byApp, subject: { kind: 'run', id } }]);
  });

  test('a queued run holds also when its job cannot be removed: it is delivered and has no effect', async () => {
    const { instance } = await views.instance();
    views.queue.held = true;
    const { id } = await views.manager.startRun(appId, instance.id, null);
    vi.spyOn(views.queue, 'remove').mockRejectedValueOnce(new Error('connection refused'));
    expect((await views.manager.cancelRun(id, byApp)).state).toBe('cancelled');
    views.queue.release();
    await vi.waitFor(async () => expect(await views.queue.has(`run-${id}`)).toBe(false));
    expect(views.execution.requests).toEqual([]);
  });

  test('a running run kills it; its worker stores the end with the logs so far', async () => {
    const { instance } = await views.instance();
    views.execution.code = () => new Promise(() => {});
    const { id } = await views.manager.startRun(appId, instance.id, null);
    await vi.waitFor(async () => expect((await views.manager.getRun(id)).state).toBe('running'));
    expect((await views.manager.cancelRun(id, { kind: 'admin', id: adminId })).state).toBe('running');
    expect(await views.manager.waitForRun(id, 1000)).toMatchObject({
      state: 'cancelled',
      error: { code: 'view-cancelled' },
      logs: [{ text: 'so far' }],
    });
    await expect(views.execution.requests[0]!.broker.call('events.query', '[{}]')).rejects.toMatchObject({
      code: 'run-finished',
    });
  });

  test('a running run twice changes nothing: its worker still stores the logs', async () => {
    const { instance } = await views.instance();
    views.execution.code = () => new Promise(() => {});
    const { id } = await views.manager.startRun(appId, instance.id, null);
    await vi.waitFor(async () => expect((await views.manager.getRun(id)).state).toBe('running'));
    await Promise.all([views.manager.cancelRun(id, byApp), views.manager.cancelRun(id, byApp)]);
    expect(await views.manager.waitForRun(id, 1000)).toMatchObject({ state: 'cancelled', logs: [{ text: 'so far' }] });
    expect(views.documents.terminalStates(id)).toEqual(['cancelled']);
  });

  test('a run whose service fails at that moment does not try again', async () => {
    const { instance } = await views.instance();
    const service = Promise.withResolvers<ExecutionOutcome>();
    views.execution.execute = () => service.promise;
    const { id } = await views.manager.startRun(appId, instance.id, null);
    await vi.waitFor(async () => expect((await views.manager.getRun(id)).state).toBe('running'));
    await views.manager.cancelRun(id, byApp);
    service.reject(new Error('broken pipe'));
    expect(await views.manager.waitForRun(id, 1000)).toMatchObject({ state: 'cancelled', attempts: 1 });
    await vi.waitFor(async () => expect(await views.queue.has(`run-${id}`)).toBe(false));
  });

  test('a finished run, or one of another app, is refused', async () => {
    const { instance } = await views.instance();
    const { id } = await views.run(instance.id);
    await expect(views.manager.cancelRun(id, byApp)).rejects.toMatchObject({ code: 'run-finished' });
    await expect(views.manager.cancelRun(id, { kind: 'app', id: otherAppId })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(views.manager.cancelRun('f'.repeat(24), { kind: 'admin', id: adminId })).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});

test('whatever races, exactly one terminal state is stored, and is what callers were answered', async () => {
  const { instance } = await views.instance();
  const turns = fc.integer({ min: 0, max: 12 });
  const happening = fc.record({
    what: fc.constantFrom('cancel', 'deliver', 'read'),
    after: turns,
  });
  const later = async (count: number) => {
    for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const answer = fc.constantFrom('succeeds', 'throws', 'times out', 'service fails');
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 5 }), answer, turns, async (happenings, how, takes) => {
      views.execution.code = async () => {
        await later(takes);
        if (how === 'service fails') throw new Error('broken pipe');
        return how === 'succeeds'
          ? succeeded(1)
          : how === 'throws'
            ? ended('failed', 'view-threw')
            : ended('timed-out', 'view-timed-out');
      };
      const { id } = await views.manager.startRun(appId, instance.id, null);
      const told = views.manager.waitForRun(id, 1e9);
      let cancellers = 0;
      const surprises: string[] = [];
      const expecting = (expected: RegExp) => (error: { code?: string; message: string }) => {
        if (!expected.test(error.code ?? error.message)) surprises.push(error.message);
      };
      await Promise.all(
        happenings.map(async ({ what, after }) => {
          await later(after);
          if (what === 'cancel')
            await views.manager
              .cancelRun(id, byApp)
              .then(() => (cancellers += 1))
              .catch(expecting(/^run-finished$/));
          else if (what === 'deliver')
            await views.queue.deliver({ id: `run-${id}`, attempt: 1 }).catch(expecting(/interrupted|broken pipe/));
          else await views.manager.getRun(id);
        }),
      );
      expect(surprises).toEqual([]);
      // A job that the queue thinks done while its run waits again is the reconciler's to find.
      const pass = async () => void (await views.clock.advance(10_000));
      while (!(await Promise.race([told, pass()])));
      const { state } = await told;
      expect(state === 'cancelled').toBe(cancellers > 0);
      await views.queue.idle();
      expect(views.documents.terminalStates(id)).toEqual([state]);
      expect((await views.manager.getRun(id)).state).toBe(state);
      // The audit entry is written after waiting callers are answered.
      await later(2);
      expect(views.audit.of('run.finished').filter(({ actor }) => actor.id === id)).toHaveLength(1);
    }),
    { numRuns: 200 },
  );
});
