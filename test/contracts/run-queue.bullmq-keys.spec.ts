import { randomUUID } from 'node:crypto';

import { createLogger } from '@datakeep/kernel';
import { openBullRunQueue, type BullRunQueue } from '@datakeep/run-queue';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { useService } from '../support/services/use-service.ts';
import { bullOptions } from './run-queue.records.ts';

const redis = await useService('redis', 'run-queue keys');

describe.runIf(redis)('what a BullMQ queue keeps in Redis', () => {
  const redisUrl = redis?.uri ?? '';
  let prefix: string;
  let queue: BullRunQueue;
  let client: Redis;

  beforeEach(async () => {
    prefix = `test-${randomUUID()}`;
    queue = await openBullRunQueue({
      redisUrl,
      prefix,
      options: { ...bullOptions, backoffMs: 50 },
      logger: createLogger('silent'),
    });
    client = new Redis(redisUrl);
  });
  afterEach(async () => {
    await queue.close();
    client.disconnect();
  });

  const keys = async () => (await client.keys(`${prefix}:*`)).map((key) => key.slice(prefix.length)).toSorted();
  const idle = () =>
    vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0 }), {
      interval: 5,
    });

  it('is nothing of jobs that have ended, and at most a few hundred events', async () => {
    queue.work(async ({ id, attempt }) => {
      if (id.endsWith('7') || (id.endsWith('8') && attempt === 1)) throw new Error('no use');
    });
    await Promise.all(Array.from({ length: 300 }, (_, n) => queue.add(`run-${n}`)));
    await idle();
    expect((await keys()).filter((key) => key.includes('run-'))).toEqual([]);
    expect(await client.xlen(`${prefix}:runs:events`)).toBeLessThan(500);
  });

  it('is of a job under way its id, its counts and no word of what its handler threw', async () => {
    let attempts = 0;
    queue.work(async ({ attempt }) => {
      attempts = attempt;
      if (attempt === 1) throw new Error('geheim');
      await new Promise(() => undefined);
    });
    await queue.add('run-a');
    await vi.waitFor(() => expect(attempts).toBe(2), { interval: 5 });
    const job = await client.hgetall(`${prefix}:runs:run-a`);
    expect(job).toMatchObject({ data: '{}', stacktrace: '[]' });
    const events = await client.xrange(`${prefix}:runs:events`, '-', '+');
    expect(JSON.stringify([job, events])).not.toContain('geheim');
  });
});
