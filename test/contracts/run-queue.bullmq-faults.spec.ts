import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

import { createLogger } from '@datakeep/kernel';
import { openBullRunQueue, type BullRunQueue } from '@datakeep/run-queue';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { startRedis } from '../support/services/redis.ts';
import type { Service } from '../support/services/service-process.ts';
import { useService } from '../support/services/use-service.ts';
import { WorkerProcesses } from './run-queue.bullmq.process.ts';
import { JobConsumer } from './run-queue.consumer.ts';
import { bullOptions } from './run-queue.records.ts';

const redis = await useService('redis', 'run-queue faults');
const logger = createLogger('silent');
const none = { waiting: 0, active: 0, delayed: 0 };
const print = (line: string) => process.stdout.write(`${line}\n`);

describe.runIf(redis)('BullMQ workers that die or stand still', () => {
  const redisUrl = redis?.uri ?? '';
  let prefix: string;
  let queue: BullRunQueue;
  let processes: WorkerProcesses | undefined;

  beforeEach(async () => {
    prefix = `test-${randomUUID()}`;
    queue = await openBullRunQueue({ redisUrl, prefix, options: bullOptions, logger });
  });
  afterEach(async () => {
    await processes?.killAll();
    await queue.close();
  });

  it('killed in the middle of their jobs, leave jobs that others end, each attempt counted', async () => {
    const workers = (processes = new WorkerProcesses(redisUrl, prefix, 4));
    const ids: string[] = [];
    await workers.start(100);
    for (let kill = 1; kill <= 4; kill++) {
      // A worker may be killed between two jobs; one that never ends any is killed in the middle of them.
      const [victim, stuck] = await Promise.all([workers.start(100), workers.start(60_000)]);
      const more = Array.from({ length: 80 }, (_, n) => `run-${kill}-${n}`);
      ids.push(...more);
      await Promise.all(more.map((id) => queue.add(id)));
      await workers.until(
        () => workers.of('begun').some(({ pid }) => pid === stuck.pid) && workers.of('done').length >= ids.length - 60,
      );
      await Promise.all([workers.kill(victim), workers.kill(stuck)]);
    }
    const startedAt = performance.now();
    await vi.waitFor(async () => expect(await queue.counts()).toEqual(none), { interval: 20 });

    const ended = new Set(workers.of('done').map(({ id }) => id));
    const deliveredTo = (id: string) => workers.of('begun').filter((saying) => saying.id === id).length;
    expect(ids.filter((id) => !ended.has(id) && deliveredTo(id) < bullOptions.attempts)).toEqual([]);
    const deliveries = Map.groupBy(workers.of('begun'), ({ id }) => id);
    const finished = Map.groupBy(workers.of('done'), ({ id }) => id);
    let cut = 0;
    for (const [id, list] of deliveries) {
      expect(new Set(list.map(({ about }) => about)).size).toBe(list.length);
      expect(Math.max(...list.map(({ about }) => Number(about)))).toBeLessThanOrEqual(bullOptions.attempts);
      cut += list.length - (finished.get(id)?.length ?? 0);
    }
    expect(cut).toBeGreaterThanOrEqual(4);
    print(
      `BullMQ, 4 kills of two workers each: ${ids.length} jobs ended, ${cut} deliveries cut off, ` +
        `all done ${Math.round(performance.now() - startedAt)} ms after the last kill`,
    );
  });

  it('frozen beyond their lock, cannot end a job that another worker has by then', async () => {
    const workers = (processes = new WorkerProcesses(redisUrl, prefix, 1));
    const frozen = await workers.start(1000);
    await queue.add('run-a');
    await workers.until(() => workers.of('begun').length === 1);
    frozen.kill('SIGSTOP');
    const consumer = new JobConsumer(queue);
    const second = await consumer.next();
    expect(second.job).toEqual({ id: 'run-a', attempt: 2 });
    frozen.kill('SIGCONT');
    await workers.until(() => workers.of('done').length > 0);
    // Time for whatever the revived worker tries: it renews its locks each quarter of their time.
    await wait(bullOptions.lockMs);
    expect(await queue.counts()).toEqual({ ...none, active: 1 });
    expect(second.signal.aborted).toBe(false);
    second.finish();
    await vi.waitFor(async () => expect(await queue.counts()).toEqual(none));

    const client = new Redis(redisUrl);
    const events = await client.xrange(`${prefix}:runs:events`, '-', '+');
    client.disconnect();
    expect(events.filter(([, fields]) => fields.includes('completed'))).toHaveLength(1);
  });

  it('go on with new jobs after they were frozen', async () => {
    const workers = (processes = new WorkerProcesses(redisUrl, prefix, 1));
    const frozen = await workers.start(1000);
    await queue.add('run-a');
    await workers.until(() => workers.of('begun').length === 1);
    frozen.kill('SIGSTOP');
    const consumer = new JobConsumer(queue);
    (await consumer.next()).finish();
    await consumer.worker.close(1000);
    frozen.kill('SIGCONT');
    await queue.add('run-b');
    await workers.until(() => workers.of('done').some(({ id }) => id === 'run-b'));
    await vi.waitFor(async () => expect(await queue.counts()).toEqual(none));
  });

  it('end by themselves when they are closed', async () => {
    const workers = (processes = new WorkerProcesses(redisUrl, prefix, 1));
    const worker = await workers.start(1800);
    await queue.add('run-a');
    await workers.until(() => workers.of('begun').length === 1);
    worker.kill('SIGTERM');
    await once(worker, 'exit');
    expect(await queue.counts()).toEqual({ ...none, waiting: 1 });
    expect([worker.exitCode, worker.signalCode]).toEqual([0, null]);
    const idle = await workers.start(1800);
    await workers.until(() => workers.of('begun').length === 2);
    await vi.waitFor(async () => expect(await queue.counts()).toEqual(none));
    const startedAt = performance.now();
    idle.kill('SIGTERM');
    await once(idle, 'exit');
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe.runIf(redis)('a BullMQ queue whose Redis is away', () => {
  let server: Service;
  let queue: BullRunQueue;

  beforeEach(async () => {
    server = await startRedis();
    queue = await openBullRunQueue({ redisUrl: server.uri, options: { ...bullOptions, concurrency: 8 }, logger });
  });
  afterEach(async () => {
    await queue.close();
    await server.stop();
  });

  it('refuses jobs within seconds, whether Redis is dead or stands still', async () => {
    const refusal = async () => {
      const startedAt = performance.now();
      await expect(queue.add('run-a')).rejects.toMatchObject({ code: 'run-queue-unreachable' });
      return performance.now() - startedAt;
    };
    process.kill(server.pid, 'SIGSTOP');
    const frozenMs = await refusal();
    process.kill(server.pid, 'SIGCONT');
    await server.kill();
    const deadMs = [await refusal(), await refusal()];
    expect(Math.max(frozenMs, ...deadMs)).toBeLessThan(5000);
    print(
      `BullMQ, Redis away: a job is refused in ${Math.round(frozenMs)} ms ` +
        `(frozen), ${Math.round(Math.max(...deadMs))} ms (dead)`,
    );
  });

  it('loses no added job, and recovers, when Redis is killed again and again under load', async () => {
    const added = new Set<string>();
    const done = new Map<string, number>();
    const refusals: number[] = [];
    queue.work(async ({ id }) => {
      await wait(1);
      done.set(id, performance.now());
    });
    let isLoading = true;
    const load = async (writer: number) => {
      for (let n = 0; isLoading; n++) {
        const id = `run-${writer}-${n}`;
        const startedAt = performance.now();
        const isAdded = await queue.add(id).then(
          () => true,
          () => false,
        );
        if (isAdded) added.add(id);
        else {
          refusals.push(performance.now() - startedAt);
          await wait(10);
        }
      }
    };
    const writers = Array.from({ length: 8 }, (_, writer) => load(writer));
    const backMs: number[] = [];
    for (let kill = 0; kill < 3; kill++) {
      await wait(400);
      await server.kill();
      await wait(300);
      const startedAt = performance.now();
      await server.restart();
      await vi.waitFor(() => expect([...done.values()].some((at) => at > startedAt)).toBe(true), {
        interval: 5,
      });
      backMs.push(performance.now() - startedAt);
    }
    isLoading = false;
    await Promise.all(writers);
    await vi.waitFor(async () => expect(await queue.counts()).toEqual(none), { interval: 50 });
    expect([...added].filter((id) => !done.has(id))).toEqual([]);
    expect(refusals.length).toBeGreaterThan(0);
    expect(Math.max(...refusals)).toBeLessThan(5000);
    print(
      `BullMQ, 3 kills of Redis under load: ${added.size} jobs added, 0 lost, ${refusals.length} refused ` +
        `(slowest ${Math.round(Math.max(...refusals))} ms), ` +
        `working again ${backMs.map(Math.round).join(', ')} ms after its restart began`,
    );
  });

  it('can be closed all the same, with a job under way', async () => {
    const consumer = new JobConsumer(queue);
    await queue.add('run-a');
    await consumer.next();
    await server.kill();
    const startedAt = performance.now();
    await queue.close();
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
});
