import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ExecutionOutcome } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { ended, limits, succeeded } from '../testing.ts';
import { Views, appId, otherAppId } from '../testing/views.ts';

let views: Views;
beforeEach(async () => void (views = await Views.open({ maxQueuedRuns: 2 })));
afterEach(() => views.close());

describe('a run', () => {
  test("gets tokens, the instance's configuration and the call's custom data, and its result is stored", async () => {
    const { template, instance } = await views.instance({ limits: { wallTimeMs: 1000 } }, { weeks: 2 });
    views.execution.code = async ({ parametersJson }) => succeeded({ saw: JSON.parse(parametersJson) });
    const run = await views.run(instance.id, ['ä', null]);
    const token = JSON.stringify(['run', instance.id, `${run.id}.1.0`, views.clock.now(), views.clock.now() + 6000]);
    expect(run).toEqual({
      id: run.id,
      viewInstanceId: instance.id,
      templateVersion: 1,
      state: 'succeeded',
      result: {
        saw: {
          accessTokensToProfiles: { 'location/visit': token },
          configuration: { weeks: 2 },
          clientCustomData: ['ä', null],
          dataEndpoint: 'https://keep.example',
        },
      },
      logs: [],
      attempts: 1,
      isolation: { level: 'language', layers: ['process'] },
      usage: expect.objectContaining({ wallMs: 1 }),
      createdAt: '2026-01-01T00:00:00.000Z',
      startedAt: '2026-01-01T00:00:00.000Z',
      finishedAt: '2026-01-01T00:00:00.000Z',
      ledger: {
        appId,
        viewTemplateId: template.id,
        sourceDigest: template.sourceDigest,
        quarantined: false,
        deliveries: [
          { attempt: 1, startedAt: '2026-01-01T00:00:00.000Z', endedAt: '2026-01-01T00:00:00.000Z', end: 'ended' },
        ],
        storedBytes: expect.any(Number) as number,
      },
    });
    expect(await views.manager.getRun(run.id, appId)).toEqual(run);
    expect(views.execution.requests).toMatchObject([
      { sourceCodeId: template.sourceCodeId, reuseKey: instance.id, limits: { ...limits, wallTimeMs: 1000 } },
    ]);
  });

  test('is a record before it is a job, running before its code starts, and costs three commits', async () => {
    const { instance } = await views.instance();
    const before = views.documents.committed.length;
    const states = (): unknown[] =>
      views.documents.committed.slice(before).map((writes) => writes.map(({ kind, set }) => [kind, set?.['state']]));
    const add = vi.spyOn(views.queue, 'add');
    const seen: unknown[] = [];
    add.mockImplementationOnce(async (id, _behind, recorded) => {
      await recorded;
      seen.push(states());
      add.mockRestore();
      await views.queue.add(id);
    });
    views.execution.code = async () => {
      seen.push(states());
      return succeeded(null);
    };
    expect((await views.run(instance.id)).state).toBe('succeeded');
    const [stored, begun, over] = [[['insert', 'queued']], [['update', 'running']], [['update', 'succeeded']]];
    expect(seen).toEqual([[stored], [stored, begun]]);
    expect(states()).toEqual([stored, begun, over]);
  });

  test('survives a power loss when it is acknowledged and when it has ended; that it runs need not', async () => {
    const { instance } = await views.instance();
    const commit = vi.spyOn(views.documents, 'commit');
    await views.run(instance.id);
    expect(
      commit.mock.calls.map(([writes, durability = 'durable']) => [writes[0]?.set?.['state'], durability]),
    ).toEqual([
      ['queued', 'durable'],
      ['running', 'relaxed'],
      ['succeeded', 'durable'],
    ]);
  });

  test('that cannot be stored is refused, and nothing of it is left', async () => {
    const { instance } = await views.instance();
    vi.spyOn(views.documents, 'commit').mockRejectedValueOnce(new Error('the disk is gone'));
    await expect(views.manager.startRun(appId, instance.id, null)).rejects.toThrow('the disk is gone');
    expect((await views.manager.listRuns({}, { limit: 1 })).items).toEqual([]);
    expect(await views.queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0 });
    expect(views.execution.requests).toEqual([]);
    views.execution.code = async () => succeeded('stored');
    expect((await views.run(instance.id)).result).toBe('stored');
  });

  test('may return null, and without custom data the view sees null', async () => {
    const { instance } = await views.instance();
    views.execution.code = async ({ parametersJson }) =>
      succeeded((JSON.parse(parametersJson) as { clientCustomData: unknown }).clientCustomData);
    expect(await views.run(instance.id, undefined)).toMatchObject({ state: 'succeeded', result: null });
  });

  test.each<[string, ExecutionOutcome]>([
    ['failed', ended('failed', 'view-threw')],
    ['timed-out', ended('timed-out', 'view-timed-out')],
  ])('that the view makes end as %s is not tried again', async (state, outcome) => {
    const { instance } = await views.instance();
    views.execution.code = async () => outcome;
    const run = await views.run(instance.id);
    expect(run).toMatchObject({
      state,
      error: { code: `view-${state === 'failed' ? 'threw' : 'timed-out'}` },
      logs: [{ text: 'so far' }],
      attempts: 1,
    });
    expect(run.result).toBeUndefined();
    expect(views.execution.requests).toHaveLength(1);
  });

  test('drops the custom data when it ends', async () => {
    const { instance } = await views.instance();
    await views.run(instance.id, 'secret-canary');
    expect(views.documents.committed.at(-1)).toMatchObject([
      { kind: 'update', unset: ['clientCustomData', 'unfinishedOf'] },
    ]);
  });

  test('keeps large custom data apart from its record, and drops it as well', async () => {
    const { instance } = await views.instance();
    views.execution.code = async ({ parametersJson }) =>
      succeeded((JSON.parse(parametersJson) as { clientCustomData: string }).clientCustomData.length);
    const before = views.documents.committed.length;
    expect((await views.run(instance.id, 'x'.repeat(100_000))).result).toBe(100_000);
    const writes = views.documents.committed
      .slice(before)
      .map((unit) => unit.map(({ collection, kind }) => `${kind} ${collection}`));
    expect(writes).toEqual([
      ['insert view_runs', 'insert view_run_inputs'],
      ['update view_runs'],
      ['update view_runs', 'delete view_run_inputs'],
    ]);
  });

  test('of a template without permissions needs none', async () => {
    const { instance } = await views.instance({ permissions: [] });
    expect((await views.run(instance.id)).state).toBe('succeeded');
  });
});

describe('starting a run', () => {
  test('is refused until every profile of the template has an approved permission of this instance', async () => {
    const { instance } = await views.instance({
      permissions: [
        { profile: 'location/visit', rights: ['read', 'create'] },
        { profile: 'calendar/event', rights: ['read'] },
      ],
    });
    views.permissions.grant(instance.id, 'location/visit', ['read']);
    expect((await views.run(instance.id)).state).toBe('succeeded');
    views.permissions.revoke(instance.id, 'calendar/event');
    await expect(views.manager.startRun(appId, instance.id, null)).rejects.toMatchObject({
      code: 'view-not-permitted',
      message: expect.stringContaining('calendar/event'),
    });
    expect((await views.manager.listRuns({}, { limit: 9 })).items).toHaveLength(1);
  });

  test('takes 1 MiB of custom data and no more', async () => {
    const { instance } = await views.instance();
    expect((await views.run(instance.id, 'x'.repeat(1_048_574))).state).toBe('succeeded');
    await expect(views.manager.startRun(appId, instance.id, 'x'.repeat(1_048_575))).rejects.toMatchObject({
      errors: [{ pointer: '/clientCustomData', code: 'range' }],
    });
  });

  test('beyond the cap of waiting runs is refused and makes no run, also when they arrive together', async () => {
    const { instance } = await views.instance();
    views.queue.held = true;
    const started = await Promise.allSettled(
      Array.from({ length: 5 }, () => views.manager.startRun(appId, instance.id, null)),
    );
    expect(started.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    for (const { reason } of started.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[])
      expect(reason).toMatchObject({ code: 'run-queue-full', retryAfterSeconds: 1 });
    expect((await views.manager.listRuns({}, { limit: 9 })).items).toHaveLength(2);
    views.queue.release();
    await vi.waitFor(async () => expect((await views.run(instance.id)).state).toBe('succeeded'));
  });

  test('with the queue out of reach is refused, and the run that was made ends as failed', async () => {
    const { instance } = await views.instance();
    const add = vi.spyOn(views.queue, 'add').mockRejectedValueOnce(new DatakeepError('run-queue-unreachable'));
    await expect(views.manager.startRun(appId, instance.id, null)).rejects.toMatchObject({
      code: 'run-queue-unreachable',
    });
    add.mockRestore();
    expect((await views.manager.listRuns({}, { limit: 9 })).items).toMatchObject([
      { state: 'failed', error: { code: 'run-queue-unreachable' } },
    ]);
    views.queue.down = true;
    await expect(views.manager.startRun(appId, instance.id, null)).rejects.toMatchObject({
      code: 'run-queue-unreachable',
    });
    expect((await views.manager.listRuns({}, { limit: 9 })).items).toHaveLength(1);
  });
});

describe('the worker', () => {
  test('checks the permissions again: a run that lost one is failed and not executed', async () => {
    const { instance } = await views.instance();
    views.queue.held = true;
    const { id } = await views.manager.startRun(appId, instance.id, null);
    views.permissions.revoke(instance.id, 'location/visit');
    views.queue.release();
    expect(await views.manager.waitForRun(id, 1000)).toMatchObject({
      state: 'failed',
      error: { code: 'view-not-permitted' },
      attempts: 0,
    });
    await vi.waitFor(async () => expect(await views.queue.has(`run-${id}`)).toBe(false));
    expect(views.execution.requests).toEqual([]);
    expect(views.documents.terminalStates(id)).toEqual(['failed']);
  });

  test('tries again when the service fails, and the run waits meanwhile', async () => {
    const { instance } = await views.instance();
    const states: string[] = [];
    views.execution.code = async () => {
      if (views.execution.requests.length < 3) throw new Error('broken pipe');
      states.push(
        ...views.documents.committed
          .flat()
          .flatMap(({ collection, set }) => (collection === 'view_runs' ? [String(set?.['state'])] : [])),
      );
      return succeeded(3);
    };
    expect(await views.run(instance.id)).toMatchObject({ state: 'succeeded', result: 3, attempts: 3 });
    expect(states.slice(0, 5)).toEqual(['queued', 'running', 'queued', 'running', 'queued']);
  });

  test('ends a run whose service failed in every attempt', async () => {
    const { instance } = await views.instance();
    views.execution.down = true;
    expect(await views.run(instance.id)).toMatchObject({
      state: 'failed',
      error: { code: 'execution-service-failed' },
      attempts: 3,
    });
  });

  test('drops the late outcome of an attempt that another one has overtaken', async () => {
    const { instance } = await views.instance();
    const outcomes = [Promise.withResolvers<ExecutionOutcome>(), Promise.withResolvers<ExecutionOutcome>()];
    // A service that ignores the abort, as a process in another place would.
    views.execution.execute = async (request) => {
      views.execution.requests.push(request);
      return outcomes[views.execution.requests.length - 1]!.promise;
    };
    const { id } = await views.manager.startRun(appId, instance.id, null);
    await vi.waitFor(async () => expect((await views.manager.getRun(id)).attempts).toBe(1));
    const second = views.queue.deliver({ id: `run-${id}`, attempt: 2 });
    await vi.waitFor(async () => expect((await views.manager.getRun(id)).attempts).toBe(2));
    outcomes[0]!.resolve(succeeded('late'));
    await expect(views.execution.requests[0]!.broker.call('events.query', '[{}]')).rejects.toMatchObject({
      code: 'run-finished',
    });
    outcomes[1]!.resolve(succeeded('right'));
    await second;
    expect(await views.manager.getRun(id)).toMatchObject({ state: 'succeeded', result: 'right', attempts: 2 });
    expect(views.documents.terminalStates(id)).toEqual(['succeeded']);
  });

  test('stores no outcome for a run that a shutdown interrupts: it waits for the next start', async () => {
    const { instance } = await views.instance();
    views.queue.attempts = 10;
    views.execution.code = () => new Promise(() => {});
    const { id } = await views.manager.startRun(appId, instance.id, null);
    await vi.waitFor(async () => expect((await views.manager.getRun(id)).state).toBe('running'));
    await views.manager.close();
    expect(await views.manager.getRun(id)).toMatchObject({ state: 'queued', attempts: 1 });
    await views.crash();
    views.execution.code = async () => succeeded('after all');
    await views.manager.start();
    expect(await views.manager.waitForRun(id, 1000)).toMatchObject({
      state: 'succeeded',
      result: 'after all',
      attempts: 2,
    });
  });

  test('fails a run whose runtime is not configured any more', async () => {
    const { instance } = await views.instance();
    views.queue.held = true;
    const { id } = await views.manager.startRun(appId, instance.id, null);
    await views.manager.close();
    await views.crash({ runtimes: new Map() });
    await views.manager.start();
    views.queue.release();
    expect(await views.manager.waitForRun(id, 1000)).toMatchObject({
      state: 'failed',
      error: { code: 'execution-service-failed' },
    });
  });

  test('tells the audit of every end; a waiter does not wait for that, but closing does', async () => {
    const { instance } = await views.instance();
    const written = Promise.withResolvers<void>();
    views.audit.gate = written.promise;
    const run = await views.run(instance.id);
    expect(views.audit.of('run.finished')).toEqual([]);
    let closed = false;
    const closing = views.manager.close().then(() => void (closed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    written.resolve();
    await closing;
    expect(views.audit.of('run.finished')).toMatchObject([
      {
        actor: { kind: 'run', id: run.id },
        subject: { kind: 'view-instance', id: instance.id },
        details: { state: 'succeeded', appId },
      },
    ]);
  });
});

test('runtimes report through their services; one that does not answer is unhealthy and claims nothing', async () => {
  expect(await views.manager.runtimes()).toMatchObject([{ name: 'javascript', healthy: true }]);
  views.execution.down = true;
  expect(await views.manager.runtimes()).toMatchObject([
    { name: 'javascript', healthy: false, isolation: { level: 'language', layers: [] } },
  ]);
  expect(await views.manager.queueCounts()).toEqual({ waiting: 0, active: 0, delayed: 0 });
});

describe('the runs of one app', () => {
  test('are as many at once as it may have, and one that is too many says whose limit it is', async () => {
    await views.close();
    views = await Views.open({ appLimits: { queuedRuns: 3 } });
    const { instance } = await views.instance({ permissions: [] });
    const { instance: other } = await views.manager.createInstance(otherAppId, instance.viewTemplateId, null);
    views.queue.held = true;
    const started = await Promise.allSettled(
      Array.from({ length: 5 }, () => views.manager.startRun(appId, instance.id, null)),
    );
    expect(started.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    await expect(views.manager.startRun(appId, instance.id, null)).rejects.toMatchObject({
      code: 'run-queue-full',
      retryAfterSeconds: 1,
      message: expect.stringContaining('its own limit'),
    });
    expect(await views.manager.usageOf(appId)).toEqual({ viewInstances: 1, queuedRuns: 3, runsPerDay: 3 });
    expect((await views.manager.startRun(otherAppId, other.id, null)).state).toBe('queued');
    views.queue.release();
    await views.queue.idle();
    expect(await views.manager.usageOf(appId)).toEqual({ viewInstances: 1, queuedRuns: 0, runsPerDay: 3 });
    expect((await views.run(instance.id)).state).toBe('succeeded');
  });

  test('are as many in a day as it may have: also after a restart, and whatever became of their records', async () => {
    await views.close();
    views = await Views.open({ appLimits: { runsPerDay: 2 } });
    const day = 86_400_000;
    await views.clock.advance(day - (views.clock.now() % day) + day / 2);
    const { instance } = await views.instance({ permissions: [] });
    await views.run(instance.id);
    await views.run(instance.id);
    const refused = { code: 'rate-limited', message: expect.stringContaining('`runsPerDay` is 2') };
    const again = (): Promise<unknown> => views.manager.startRun(appId, instance.id, null);
    await expect(again()).rejects.toMatchObject({ ...refused, retryAfterSeconds: day / 2000 });
    await expect(views.elsewhere().startRun(appId, instance.id, null)).rejects.toMatchObject(refused);
    const { instance: next } = await views.manager.createInstance(appId, instance.viewTemplateId, null);
    await views.manager.deleteInstance(instance.id, { kind: 'app', id: appId });
    await expect(views.manager.startRun(appId, next.id, null)).rejects.toMatchObject(refused);
    expect(await views.manager.usageOf(appId)).toMatchObject({ runsPerDay: 2 });
    await views.clock.advance(day / 2);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => views.manager.startRun(appId, next.id, null)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  test('enter the queue behind each other, and not behind those of another app', async () => {
    await views.close();
    views = await Views.open();
    const { instance } = await views.instance({ permissions: [] });
    const { instance: other } = await views.manager.createInstance(otherAppId, instance.viewTemplateId, null);
    views.queue.held = true;
    const add = vi.spyOn(views.queue, 'add');
    for (let run = 0; run < 3; run += 1) await views.manager.startRun(appId, instance.id, null);
    await views.manager.startRun(otherAppId, other.id, null);
    expect(add.mock.calls.map(([, behind]) => behind)).toEqual([0, 1, 2, 0]);
  });
});
