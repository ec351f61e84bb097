import { describe, expect, test } from 'vitest';
import { ManualClock } from '@datakeep/kernel/testing';
import { QueueRoom } from './queue-room.ts';
import { MemoryQueue } from './testing/memory-queue.ts';

const nothing = (): Promise<void> => Promise.resolve();

/** Room for 10 runs over a queue that counts how often it is asked. */
function scene(): {
  room: QueueRoom;
  queue: MemoryQueue;
  clock: ManualClock;
  asked: () => number;
  enter: () => Promise<void>;
} {
  const queue = new MemoryQueue();
  const clock = new ManualClock();
  let asked = 0;
  const counts = queue.counts.bind(queue);
  queue.counts = () => {
    asked += 1;
    return counts();
  };
  const room = new QueueRoom({ queue, clock, maxQueuedRuns: 10, appLimits: { queuedRuns: 3 } });
  return {
    room,
    queue,
    clock,
    asked: () => asked,
    enter: async () => room.enter({ waiting: await room.waiting() }, nothing),
  };
}

async function fill(queue: MemoryQueue, runs: number): Promise<void> {
  for (let run = 0; run < runs; run += 1) await queue.add(`run-${run}-of-${runs}`);
}

describe('how many runs may wait', () => {
  test('is asked of the queue once in 100 ms while less than half of the room is taken', async () => {
    const { clock, asked, enter } = scene();
    for (let run = 0; run < 4; run += 1) await enter();
    expect(asked()).toBe(1);
    await clock.advance(100);
    await enter();
    expect(asked()).toBe(2);
  });

  test('is asked anew once the runs made since may have taken half of the room', async () => {
    const { asked, enter } = scene();
    for (let run = 0; run < 6; run += 1) await enter();
    expect(asked()).toBe(2);
  });

  test('is asked each time while half of the room or more is taken', async () => {
    const { queue, asked, enter } = scene();
    await fill(queue, 5);
    for (let run = 0; run < 3; run += 1) await enter();
    expect(asked()).toBe(3);
  });

  test('is a line as long as the queue told of one last', async () => {
    const { room, queue, clock, enter } = scene();
    expect(room.hasLine).toBe(false);
    await enter();
    expect(room.hasLine).toBe(false);
    await fill(queue, 2);
    await clock.advance(100);
    await enter();
    expect(room.hasLine).toBe(true);
  });

  test('is kept to, whatever was heard before', async () => {
    const { queue, enter } = scene();
    let made = 0;
    const make = async (): Promise<void> => {
      await enter();
      await queue.add(`run-made-${made}`);
      made += 1;
    };
    for (let run = 0; run < 10; run += 1) await make();
    await expect(make()).rejects.toMatchObject({ code: 'run-queue-full' });
    expect(made).toBe(10);
  });

  test('is kept to for each app as well, also by runs that come at once, and another app is not held up', async () => {
    const { room } = scene();
    let stored = 1;
    const make = async (appId: string): Promise<number> =>
      room.enter(await room.lineOf(appId, async () => (appId === 'a' ? stored : 0)), async (behind) => behind);
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

  test('is not known of a queue that cannot be asked', async () => {
    const { room, queue, clock } = scene();
    await room.waiting();
    queue.down = true;
    await clock.advance(100);
    await expect(room.waiting()).rejects.toMatchObject({ code: 'run-queue-unreachable' });
  });
});
