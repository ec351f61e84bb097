import { randomUUID } from 'node:crypto';

import type { RunQueue, RunQueueOptions } from '@datakeep/contracts';
import { createLogger } from '@datakeep/kernel';
import { openBullRunQueue } from '@datakeep/run-queue';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { vi } from 'vitest';

import { TcpRelay } from '../support/services/tcp-relay.ts';
import { useService } from '../support/services/use-service.ts';
import { runQueueContract } from './run-queue.contract.ts';
import type { RunQueuePlace } from './run-queue.scene.ts';

const redis = await useService('redis', 'run-queue contract');

/**
 * The locks of the dead lapse at once, since one that a test can wait for lapses on a busy machine for the living too.
 * Then looks for stalled jobs as every other worker does, until none is left active; it takes no job.
 */
async function noticeDeath(redisUrl: string, prefix: string, options: RunQueueOptions): Promise<void> {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue('runs', { connection, prefix });
  // As Redis does when their time is over: the locks, and the note that a worker has looked for stalled jobs.
  await connection.del(`${prefix}:runs:stalled-check`, ...(await connection.keys(`${prefix}:runs:*:lock`)));
  const bystander = new Worker('runs', undefined, {
    connection,
    prefix,
    stalledInterval: 100,
    maxStalledCount: options.attempts,
    maxStartedAttempts: options.attempts,
  });
  await bystander.startStalledCheckTimer();
  await vi.waitUntil(async () => (await queue.getActiveCount()) === 0, { interval: 10 });
  await bystander.close();
  await queue.close();
  connection.disconnect();
}

function newPlace(redisUrl: string): Promise<RunQueuePlace> {
  const prefix = `test-${randomUUID()}`;
  const opened: { readonly queue: RunQueue; readonly relay: TcpRelay; readonly options: RunQueueOptions }[] = [];
  return Promise.resolve({
    open: async (options) => {
      const relay = await TcpRelay.open(Number(new URL(redisUrl).port));
      const url = Object.assign(new URL(redisUrl), { hostname: '127.0.0.1', port: String(relay.port) });
      const queue = await openBullRunQueue({ redisUrl: url.href, options, logger: createLogger('silent'), prefix });
      opened.push({ queue, relay, options });
      return queue;
    },
    crash: async (queue) => {
      const dead = opened.find((one) => one.queue === queue);
      dead?.relay.cut();
      if (dead) await noticeDeath(redisUrl, prefix, dead.options);
    },
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    remove: async () => {
      await Promise.all(opened.map(({ queue }) => queue.close()));
      for (const { relay } of opened) relay.cut();
      const client = new Redis(redisUrl);
      const keys = await client.keys(`${prefix}:*`);
      if (keys.length > 0) await client.del(keys);
      client.disconnect();
    },
  });
}

if (redis) runQueueContract('BullMQ', { backoffMs: 300, newPlace: () => newPlace(redis.uri) });
