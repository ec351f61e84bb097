import { beforeEach, describe, expect, test } from 'vitest';
import { defaultAppLimits } from '@datakeep/kernel';
import { collectGarbage } from '@datakeep/kernel/testing';
import { QueueCapacity } from './queue-capacity.ts';
import { MemoryQueue } from '../testing/memory-queue.ts';

describe('how many runs may wait', () => {
  let queue: MemoryQueue;
  let capacity: QueueCapacity;
  beforeEach(() => {
    queue = new MemoryQueue();
    capacity = new QueueCapacity({
      queue,
      maxQueuedRuns: 10,
      appLimits: { of: () => ({ ...defaultAppLimits, queuedRuns: 3 }) },
    });
  });

  test('is kept to, by runs that come one after the other and by runs that come at once', async () => {
    let made = 0;
    const make = (): Promise<void> =>
      capacity.admit(undefined, () => {
        made += 1;
        return queue.add(`run-made-${made}`);
      });
    for (let run = 0; run < 6; run += 1) await make();
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, make));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    await expect(make()).rejects.toMatchObject({ code: 'run-queue-full', retryAfterSeconds: 1 });
    expect(made).toBe(10);
  });

  test('is kept to for each app as well, also by runs that come at once, and another app is not held up', async () => {
    let stored = 1;
    const make = (appId: string): Promise<number> =>
      capacity.admit({ appId, unfinished: async () => (appId === 'a' ? stored : 0) }, async (behind) => behind);
    const made = await Promise.allSettled(Array.from({ length: 4 }, () => make('a')));
    expect(made.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.message))).toEqual([
      1,
      2,
      ...Array.from({ length: 2 }, () => expect.stringMatching(/^3 runs of this app .* its own limit/)),
    ]);
    expect(await make('b')).toBe(0);
    stored = 2;
    expect(await make('a')).toBe(2);
  });

  test('counts what was admitted and is not stored yet, whenever the next one comes', async () => {
    const unstored: (() => void)[] = [];
    let stored = 0;
    const make = (): Promise<number> =>
      capacity.admit({ appId: 'a', unfinished: async () => stored }, async (behind) => {
        await new Promise<void>((resolve) => unstored.push(resolve));
        stored += 1;
        return behind;
      });
    const made: Promise<number>[] = [];
    for (const run of [1, 2, 3]) {
      made.push(make());
      await expect.poll(() => unstored.length).toBe(run);
    }
    const refused = Array.from({ length: 3 }, () => expect(make()).rejects.toThrow(/^3 runs of this app /));
    for (const store of unstored) store();
    expect(await Promise.all(made)).toEqual([0, 1, 2]);
    await Promise.all(refused);
    expect(stored).toBe(3);
  });

  test('is not known of a queue that cannot be asked', async () => {
    queue.down = true;
    await expect(capacity.admit(undefined, async () => undefined)).rejects.toMatchObject({
      code: 'run-queue-unreachable',
    });
  });

  test('keeps nothing of apps that made a run once, beyond a bound', async () => {
    const heap = async (): Promise<number> => (await collectGarbage(), process.memoryUsage().heapUsed);
    const admit = async (from: number, to: number): Promise<void> => {
      for (let app = from; app < to; app += 1)
        await capacity.admit({ appId: `app ${app}`, unfinished: async () => 0 }, async () => undefined);
    };
    await admit(0, 20_000);
    const before = await heap();
    await admit(20_000, 60_000);
    expect(((await heap()) - before) / 40_000).toBeLessThan(64);
  });
});
