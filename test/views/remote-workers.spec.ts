import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ExecutionService, RunCoordinator } from '@datakeep/contracts';
import { SqliteDocuments } from '@datakeep/documents';
import { QueueWorker, RemoteRunCoordinator } from '@datakeep/execution';
import {
  type Config,
  createLogger,
  DatakeepError,
  defaultAppLimits,
  ObjectIds,
  readConfig,
  SystemClock,
} from '@datakeep/kernel';
import { type RunningService, startService } from '@datakeep/service-host';
import {
  bindService,
  createRpcClient,
  runCoordinatorService,
  viewManagerService,
  type ViewsPort,
} from '@datakeep/transport';
import { DefaultViewManager } from '@datakeep/view-manager';
import {
  MemoryPermissions,
  MemoryQueue,
  RecordingAudit,
  RecordingEventService,
  ScriptedExecution,
  succeeded,
} from '@datakeep/view-manager/testing';

const appId = 'a'.repeat(24);
const byApp = { kind: 'app', id: appId } as const;
const logger = createLogger('silent');
const clock = new SystemClock();
const secret = 's'.repeat(40);
const config: Config = { ...readConfig({}), servicePort: 0, healthPort: 0, serviceSecret: secret };

/**
 * Two view managers on the same records, as two processes would be, and one worker that calls both in turn over TCP.
 */
class Cluster {
  readonly execution = new ScriptedExecution();
  readonly permissions = new MemoryPermissions();
  readonly queue = new MemoryQueue();
  readonly managers: DefaultViewManager[] = [];
  readonly services: RunningService[] = [];
  views!: Pick<ViewsPort, 'waitForRun' | 'getRun' | 'cancelRun'>;
  remote!: RunCoordinator;
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'datakeep-cluster-'));

  static async open(): Promise<Cluster> {
    const cluster = new Cluster();
    const documents = SqliteDocuments.open({ file: join(cluster.#folder, 'records.sqlite'), synchronous: 'normal' });
    const runtimes: ReadonlyMap<string, ExecutionService> = new Map([['javascript', cluster.execution]]);
    cluster.#closers.push(() => documents.close());
    for (let count = 0; count < 2; count += 1) {
      const manager = new DefaultViewManager({
        documents,
        queue: cluster.queue,
        runtimes,
        permissions: cluster.permissions,
        consent: cluster.permissions,
        profiles: { find: () => undefined },
        events: new RecordingEventService(),
        audit: new RecordingAudit(),
        signer: { sign: () => 'token' },
        clock,
        ids: new ObjectIds(),
        logger,
        maxQueuedRuns: 1000,
        appLimits: { of: () => ({ ...defaultAppLimits, queuedRuns: 1000, viewInstances: 100 }) },
        dataEndpoint: () => 'http://127.0.0.1',
        endsElsewhere: true,
      });
      cluster.managers.push(manager);
      cluster.services.push(
        await startService(
          { config, clock, logger },
          {
            name: 'views',
            ports: { service: 0, health: 0 },
            modules: [],
            services: [
              bindService(viewManagerService, { useValue: manager }),
              bindService(runCoordinatorService, { useValue: manager.coordinator }),
            ],
            begin: () => ({ checks: {} }),
          },
        ),
      );
    }
    const servers = cluster.services.map(({ port }) => ({ host: '127.0.0.1', port }));
    const views = createRpcClient(viewManagerService, { servers, secret, clock, logger });
    const coordinator = createRpcClient(runCoordinatorService, { servers, secret, clock, logger });
    const remote = new RemoteRunCoordinator({ coordinator: coordinator.port, clock, logger });
    const worker = new QueueWorker({ queue: cluster.queue, coordinator: remote, runtimes });
    worker.start();
    cluster.views = views.port;
    cluster.remote = remote;
    cluster.#closers.push(
      async () => {
        for (const service of cluster.services) await service.close();
        for (const manager of cluster.managers) await manager.close();
      },
      () => coordinator.control.close(),
      () => views.control.close(),
      async () => remote.close(),
      () => worker.close(0),
    );
    return cluster;
  }

  /** A run of a new instance, started at the first manager. */
  async start(clientCustomData: unknown = null): Promise<string> {
    const [manager] = this.managers as [DefaultViewManager];
    const template = await manager.createTemplate(
      { name: 'Any', runtime: 'javascript', permissions: [], files: [{ path: 'main.js', content: '' }] },
      'c'.repeat(24),
    );
    const { instance } = await manager.createInstance(appId, template.id, { weeks: 2 });
    return (await manager.startRun(appId, instance.id, clientCustomData)).id;
  }

  async close(): Promise<void> {
    for (const close of this.#closers.toReversed()) await close();
    rmSync(this.#folder, { recursive: true });
  }
}

let cluster: Cluster;
beforeEach(async () => void (cluster = await Cluster.open()));
afterEach(() => cluster.close());

describe('a worker in another process than the view manager', () => {
  test('is told what to execute, and its outcome reaches a caller that waits at either view manager', async () => {
    cluster.execution.code = async ({ parametersJson, broker }) => {
      const { items } = await broker.call('events.query', '[{}]');
      return succeeded({ saw: JSON.parse(parametersJson), items });
    };
    const id = await cluster.start({ label: 'ä' });
    const ends = await Promise.all(cluster.managers.map((manager) => manager.waitForRun(id, 10_000)));
    for (const run of ends)
      expect(run).toMatchObject({
        state: 'succeeded',
        attempts: 1,
        result: { saw: { configuration: { weeks: 2 }, clientCustomData: { label: 'ä' } }, items: 2 },
      });
  });

  test('is told of a cancellation wherever it was asked for, and stores the end with the logs so far', async () => {
    for (const manager of cluster.managers) {
      const begun = Promise.withResolvers<void>();
      cluster.execution.code = () => (begun.resolve(), new Promise(() => {}));
      const id = await cluster.start();
      await begun.promise;
      await vi.waitFor(async () => expect((await manager.getRun(id)).state).toBe('running'));
      expect((await manager.cancelRun(id, byApp)).state).toBe('running');
      expect(await manager.waitForRun(id, 10_000)).toMatchObject({
        state: 'cancelled',
        error: { code: 'view-cancelled' },
        logs: [{ text: 'so far' }],
      });
    }
  });

  test('is refused whatever its run asks of the keep after its end, at either view manager', async () => {
    const id = await cluster.start();
    await cluster.managers[0]!.waitForRun(id, 10_000);
    for (let turn = 0; turn < 2; turn += 1)
      await expect(cluster.remote.broker({ runId: id, attempt: 1 }, 'events.query', '[{}]')).rejects.toMatchObject({
        code: 'run-finished',
      });
  });

  test('tells an outcome twice where its first message was answered by nobody, and it is stored once', async () => {
    const id = await cluster.start();
    const run = await cluster.managers[0]!.waitForRun(id, 10_000);
    await cluster.remote.finish({ runId: id, attempt: 1 }, succeeded('another'));
    expect(await cluster.managers[0]!.getRun(id)).toEqual(run);
  });

  test('waits for a view manager that is being restarted, and the outcome is not lost', async () => {
    let calls = 0;
    const coordinator = {
      finish: async () => {
        calls += 1;
        if (calls < 3) throw new DatakeepError('view-manager-unreachable');
      },
    } as unknown as RunCoordinator;
    await new RemoteRunCoordinator({ coordinator, clock, logger }).finish(
      { runId: 'f'.repeat(24), attempt: 1 },
      succeeded(1),
    );
    expect(calls).toBe(3);
  });

  test('goes on with the view manager that is left when the other one ends', async () => {
    await cluster.services[1]!.close();
    const id = await cluster.start();
    expect(await cluster.views.waitForRun(id, 10_000)).toMatchObject({ state: 'succeeded', attempts: 1 });
  });
});

test('a cancelled run whose worker is gone is ended without it', async () => {
  cluster.queue.held = true;
  const id = await cluster.start();
  // A worker that began the attempt, and died.
  await cluster.managers[1]!.coordinator.begin(`run-${id}`);
  await vi.waitFor(async () => expect((await cluster.managers[0]!.getRun(id)).state).toBe('running'));
  expect((await cluster.managers[0]!.cancelRun(id, byApp)).state).toBe('running');
  expect(await cluster.managers[0]!.waitForRun(id, 15_000)).toMatchObject({
    state: 'cancelled',
    error: { code: 'view-cancelled' },
  });
});

describe('a run whose cancellation was answered ends cancelled, although its worker reports a result', () => {
  test.each([0, 1])('to view manager %s', async (reportedTo) => {
    cluster.queue.held = true;
    const id = await cluster.start();
    const [canceller, beginner] = cluster.managers as [DefaultViewManager, DefaultViewManager];
    await beginner.coordinator.begin(`run-${id}`);
    expect((await canceller.cancelRun(id, byApp)).state).toBe('running');
    await cluster.managers[reportedTo]!.coordinator.finish({ runId: id, attempt: 1 }, succeeded('too late'));
    expect(await canceller.getRun(id)).toMatchObject({
      state: 'cancelled',
      error: { code: 'view-cancelled' },
      result: undefined,
      usage: { wallMs: expect.any(Number) },
    });
  });

  test('whichever comes first', async () => {
    cluster.queue.held = true;
    const [canceller, beginner] = cluster.managers as [DefaultViewManager, DefaultViewManager];
    const seen = new Set<string>();
    for (let time = 0; time < 64; time += 1) {
      const id = await cluster.start();
      await beginner.coordinator.begin(`run-${id}`);
      const after = async (turns: number): Promise<void> => {
        for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      };
      const [answer] = await Promise.all([
        after(time % 8)
          .then(() => canceller.cancelRun(id, byApp))
          .then(
            ({ state }) => state,
            (error: { code: string }) => error.code,
          ),
        after(time / 8).then(() => beginner.coordinator.finish({ runId: id, attempt: 1 }, succeeded(1))),
      ]);
      seen.add(`${answer}, ${(await canceller.getRun(id)).state}`);
    }
    expect([...seen].toSorted()).toEqual(['run-finished, succeeded', 'running, cancelled']);
  });
});
