import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { terminalRunStates, type RunQueue } from '@datakeep/contracts';
import { SqliteDocuments } from '@datakeep/documents';
import { QueueWorker } from '@datakeep/execution';
import { createLogger, defaultAppLimits, ObjectIds, SystemClock } from '@datakeep/kernel';
import { EmbeddedRunQueue } from '@datakeep/run-queue';
import { DefaultViewManager } from '@datakeep/view-manager';
import {
  MemoryPermissions,
  RecordingAudit,
  RecordingEventService,
  ScriptedExecution,
  ended,
  succeeded,
} from '@datakeep/view-manager/testing';

const appId = 'a'.repeat(24);

/** View manager and embedded queue on the files of one folder, executing with a scripted service. */
class Process {
  readonly execution = new ScriptedExecution();
  readonly audit = new RecordingAudit();
  readonly folder: string;
  readonly manager: DefaultViewManager;
  readonly #worker: QueueWorker;
  readonly #queue: RunQueue;
  readonly #stores: readonly SqliteDocuments[];

  private constructor(folder: string, stores: readonly [SqliteDocuments, SqliteDocuments], queue: RunQueue) {
    this.folder = folder;
    this.#stores = stores;
    this.#queue = queue;
    const permissions = new MemoryPermissions();
    const runtimes = new Map([['javascript', this.execution]]);
    this.manager = new DefaultViewManager({
      documents: stores[0],
      queue,
      runtimes,
      permissions,
      consent: permissions,
      profiles: { find: () => undefined },
      events: new RecordingEventService(),
      audit: this.audit,
      signer: { sign: () => 'token' },
      clock: new SystemClock(),
      ids: new ObjectIds(),
      logger: createLogger('silent'),
      maxQueuedRuns: 1000,
      appLimits: { of: () => ({ ...defaultAppLimits, queuedRuns: 1000, viewInstances: 100 }) },
      dataEndpoint: () => 'http://127.0.0.1',
    });
    this.#worker = new QueueWorker({ queue, coordinator: this.manager.coordinator, runtimes });
  }

  static async open(folder: string): Promise<Process> {
    const [records, jobs] = ['records', 'jobs'].map((name) =>
      SqliteDocuments.open({ file: join(folder, `${name}.sqlite`), synchronous: 'normal' }),
    ) as [SqliteDocuments, SqliteDocuments];
    const queue = await EmbeddedRunQueue.open({
      documents: jobs,
      clock: new SystemClock(),
      options: { concurrency: 2, attempts: 3, backoffMs: 1, lockMs: 30_000 },
      logger: createLogger('silent'),
    });
    return new Process(folder, [records, jobs], queue);
  }

  async start(): Promise<void> {
    await this.manager.start();
    this.#worker.start();
  }

  /** Interrupts running attempts; every audit entry is durable then. */
  async end(): Promise<void> {
    await this.#worker.close(0);
    await this.manager.close();
  }

  async close(): Promise<void> {
    await this.end();
    await this.#queue.close();
    for (const store of this.#stores) await store.close();
  }
}

const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'datakeep-crash-'));
  folders.push(folder);
  return folder;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

let first: Process;
beforeEach(async () => void (first = await Process.open(newFolder())));
afterEach(async () => {
  await first.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test('after a kill, every acknowledged run reaches one terminal state, and ended ones are unchanged', async () => {
  const template = await first.manager.createTemplate(
    { name: 'Any', runtime: 'javascript', permissions: [], files: [{ path: 'main.js', content: '' }] },
    'c'.repeat(24),
  );
  const { instance } = await first.manager.createInstance(appId, template.id, null);
  await first.start();
  const how = fc.constantFrom('succeeds', 'throws', 'service fails', 'never ends');
  const seen: string[] = [];
  await fc.assert(
    fc.asyncProperty(
      fc.array(how, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 40 }),
      async (plan, deathAfter) => {
        first.execution.code = async ({ parametersJson }) => {
          const { clientCustomData } = JSON.parse(parametersJson) as { clientCustomData: string };
          await turns(2);
          if (clientCustomData === 'service fails') throw new Error('broken pipe');
          if (clientCustomData === 'never ends') await new Promise(() => {});
          return clientCustomData === 'throws' ? ended('failed', 'view-threw') : succeeded('first');
        };
        const acknowledged: string[] = [];
        const starting = Promise.all(
          plan.map(async (step) => void acknowledged.push((await first.manager.startRun(appId, instance.id, step)).id)),
        );
        await turns(deathAfter);
        // What a killed process leaves: its files as they are at this instant, the write-ahead logs included.
        const left = newFolder();
        cpSync(first.folder, left, { recursive: true });
        const before = [...acknowledged];
        await starting;
        const unfinished = await first.manager.listRuns({}, { limit: 100 });
        for (const { id, state } of unfinished.items)
          if (!terminalRunStates.includes(state))
            await first.manager
              .cancelRun(id, { kind: 'admin', id: 'c'.repeat(24) })
              .catch((error: { code: string }) => {
                if (error.code !== 'run-finished') throw error;
              });

        const second = await Process.open(left);
        second.execution.code = async () => succeeded('second');
        const then = await second.manager.listRuns({}, { limit: 1000 });
        await second.start();
        for (const id of before) expect(then.items.map((run) => run.id)).toContain(id);
        const interrupted = then.items.filter(({ state }) => !terminalRunStates.includes(state));
        for (const run of then.items.filter((item) => !interrupted.includes(item)))
          expect(await second.manager.getRun(run.id)).toEqual(run);
        const ends = await Promise.all(interrupted.map(({ id }) => second.manager.waitForRun(id, 20_000)));
        // Run again, unless its attempts were used up already. One of a former turn may have been cancelled.
        for (const { id, state, result, error } of ends)
          expect([
            'second',
            'view-attempts-exhausted',
            'execution-service-failed',
            acknowledged.includes(id) ? '' : 'view-cancelled',
          ]).toContain(result ?? error?.code ?? state);
        await second.end();
        const told = second.audit.of('run.finished').map(({ actor }) => actor.id);
        expect(told.toSorted()).toEqual(interrupted.map(({ id }) => id).toSorted());
        seen.push(...interrupted.map(({ state }) => state));
        await second.close();
      },
    ),
    { numRuns: 40 },
  );
  // The deaths did hit runs in either state.
  expect(new Set(seen)).toEqual(new Set(['queued', 'running']));
});
