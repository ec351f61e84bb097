import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DryRunRequest } from '@datakeep/contracts';
import { succeeded } from '../testing.ts';
import { adminId, appId, Views, walks } from '../testing/views.ts';

let views: Views;
beforeEach(async () => void (views = await Views.open({ maxQueuedRuns: 2 })));
afterEach(() => views.close());

const trial: DryRunRequest = { ...walks, configuration: { weeks: 2 }, clientCustomData: 'ä' };

/** Ids of dry runs of which anything is left. */
async function left(): Promise<unknown[]> {
  const collections = new Set(['view_runs', 'view_dry_runs', 'view_dry_run_reads', 'view_run_inputs']);
  const there = new Map<string, boolean>();
  for (const write of views.documents.committed.flat())
    if (collections.has(write.collection)) there.set(`${write.collection} ${write.id}`, write.kind !== 'delete');
  return [...there].filter(([, is]) => is).map(([name]) => name);
}

describe('a dry run', () => {
  test('is executed with its own configuration, data and tokens, in a new process, and leaves nothing', async () => {
    views.execution.code = async ({ parametersJson, broker }) => {
      await broker.call('events.query', '[{"profile":"location/visit"}]');
      await broker.call('events.query', '[{"profile":"location/visit","limit":1}]');
      const { configuration, clientCustomData, accessTokensToProfiles } = JSON.parse(parametersJson) as Record<
        string,
        object
      >;
      return succeeded({ configuration, clientCustomData, profiles: Object.keys(accessTokensToProfiles!) });
    };
    const run = await views.manager.dryRun({ ...trial, appId }, adminId);
    expect(run).toEqual({
      id: run.id,
      state: 'succeeded',
      result: { configuration: { weeks: 2 }, clientCustomData: 'ä', profiles: ['location/visit'] },
      logs: [],
      attempts: 1,
      isolation: { level: 'language', layers: ['process'] },
      usage: expect.objectContaining({ wallMs: 1 }),
      createdAt: '2026-01-01T00:00:00.000Z',
      startedAt: '2026-01-01T00:00:00.000Z',
      finishedAt: '2026-01-01T00:00:00.000Z',
      reads: [{ method: 'events.query', profile: 'location/visit', calls: 2, items: 4, refused: 0 }],
      sourceDigest: 'd'.repeat(64),
    });
    expect(views.events.calls[0]![1]).toMatchObject({
      kind: 'run',
      dry: { profiles: ['location/visit'], source: appId },
    });
    expect(views.execution.requests[0]!.reuseKey).toBe(run.id);
    expect(views.execution.sources.size).toBe(0);
    expect(await left()).toEqual([]);
    expect(views.audit.of('view-template.dry-run')).toMatchObject([
      {
        actor: { kind: 'admin', id: adminId },
        subject: { id: run.id },
        details: { state: 'succeeded', appId, sourceDigest: 'd'.repeat(64) },
      },
    ]);
    expect(views.audit.of('run.finished')).toEqual([]);
  });

  test('is no run for anybody while it goes on', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    views.execution.code = async () => (await promise, succeeded(1));
    const running = views.manager.dryRun(trial, adminId);
    await vi.waitFor(() => expect(views.execution.requests).toHaveLength(1));
    const id = views.execution.requests[0]!.reuseKey;
    expect((await views.manager.listRuns({}, { limit: 10, count: true })).count).toBe(0);
    await expect(views.manager.getRun(id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(views.manager.cancelRun(id, { kind: 'admin', id: adminId })).rejects.toMatchObject({
      code: 'not-found',
    });
    resolve();
    expect(await running).toMatchObject({ state: 'succeeded', result: 1 });
  });

  test('that is executed takes no place from the runs that wait', async () => {
    const { instance } = await views.instance();
    const { promise, resolve } = Promise.withResolvers<void>();
    views.execution.code = async () => (await promise, succeeded(1));
    const running = views.manager.dryRun(trial, adminId);
    await vi.waitFor(() => expect(views.execution.requests).toHaveLength(1));
    views.queue.held = true;
    let made = 0;
    for (const _run of [1, 2]) void views.manager.startRun(appId, instance.id, null).then(() => (made += 1));
    await vi.waitFor(() => expect(made).toBe(2));
    resolve();
    expect(await running).toMatchObject({ state: 'succeeded' });
  });

  test('has its writes refused before the event service, and counted', async () => {
    views.execution.code = async ({ broker }) => {
      const codes: unknown[] = [];
      for (const method of ['events.create', 'events.modify', 'events.delete'] as const)
        await broker.call(method, '[]').catch((error: { code: string }) => codes.push(error.code));
      return succeeded(codes);
    };
    const run = await views.manager.dryRun(trial, adminId);
    expect(run.result).toEqual(['forbidden', 'forbidden', 'forbidden']);
    expect(run.reads).toHaveLength(3);
    for (const read of run.reads) expect(read).toMatchObject({ calls: 1, items: 0, refused: 1 });
    expect(views.events.calls).toEqual([]);
  });

  test('is refused like a template, and like a run where too many wait; then nothing was uploaded', async () => {
    await expect(
      views.manager.dryRun({ ...trial, runtime: 'cobol', limits: { wallTimeMs: 1 } }, adminId),
    ).rejects.toMatchObject({
      errors: [{ pointer: '/limits/wallTimeMs' }, { pointer: '/runtime' }],
    });
    await expect(views.manager.dryRun({ ...trial, configuration: 'x'.repeat(70_000) }, adminId)).rejects.toMatchObject({
      errors: [{ pointer: '/configuration', code: 'range' }],
    });
    const { instance } = await views.instance();
    views.queue.held = true;
    for (let made = 0; made < 2; made += 1) await views.manager.startRun(appId, instance.id, null);
    await expect(views.manager.dryRun(trial, adminId)).rejects.toMatchObject({ code: 'run-queue-full' });
    expect(views.execution.sources.size).toBe(1);
  });

  test('that no worker takes up in time is refused, and leaves nothing', async () => {
    views.queue.held = true;
    const waiting = views.manager.dryRun({ ...trial, limits: { wallTimeMs: 1000 } }, adminId);
    waiting.catch(() => undefined);
    await vi.waitFor(async () => expect((await views.queue.counts()).waiting).toBe(1));
    await views.clock.advance(11_000);
    await expect(waiting).rejects.toMatchObject({ code: 'run-queue-full' });
    expect(views.execution.sources.size).toBe(0);
    expect(await left()).toEqual([]);
    expect((await views.queue.counts()).waiting).toBe(0);
    expect(views.audit.of('view-template.dry-run')).toMatchObject([{ details: { state: 'not-run' } }]);
  });

  test('that a crash cut short is not run a second time, and is swept away with its source', async () => {
    views.execution.code = () => new Promise(() => {});
    void views.manager.dryRun(trial, adminId).catch(() => undefined);
    await vi.waitFor(() => expect(views.execution.requests).toHaveLength(1));
    await vi.waitFor(() =>
      expect(views.documents.committed.flat().some(({ set }) => set?.['state'] === 'running')).toBe(true),
    );
    await views.crash();
    await views.manager.start();
    await vi.waitFor(() =>
      expect(views.documents.committed.flat().some(({ set }) => set?.['state'] === 'failed')).toBe(true),
    );
    expect(views.execution.requests).toHaveLength(1);
    expect(views.execution.sources.size).toBe(1);
    await vi.waitFor(async () => {
      await views.clock.advance(60_000);
      expect(views.execution.sources.size).toBe(0);
    });
    expect((await views.manager.listRuns({}, { limit: 10 })).items).toEqual([]);
    expect(await views.manager.runFigures()).toMatchObject({ ended: 0 });
  });

  test('whose source cannot be deleted at once has it deleted later', async () => {
    views.execution.code = async () => {
      views.execution.delete = () => Promise.reject(new Error('the service is away'));
      return succeeded(1);
    };
    expect(await views.manager.dryRun(trial, adminId)).toMatchObject({ result: 1 });
    expect(views.execution.sources.size).toBe(1);
    Reflect.deleteProperty(views.execution, 'delete');
    await vi.waitFor(async () => {
      await views.clock.advance(60_000);
      expect(views.execution.sources.size).toBe(0);
    });
    await vi.waitFor(async () => expect(await left()).toEqual([]));
  });
});
