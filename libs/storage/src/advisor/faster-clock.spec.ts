import { expect, test } from 'vitest';
import { ManualClock } from '@datakeep/kernel/testing';
import { FasterClock } from './faster-clock.ts';

test('a clock sixty times as fast makes a minute of a second, for dates and for timers', async () => {
  const clock = new ManualClock();
  const faster = new FasterClock(clock, 60);
  const start = clock.now();
  expect(faster.now()).toBe(start);
  let rings = 0;
  faster.setTimer(60_000, () => (rings += 1));
  faster.setTimer(60_000, () => (rings += 1)).cancel();
  await clock.advance(999);
  expect([rings, faster.now() - start]).toEqual([0, 59_940]);
  await clock.advance(1);
  expect([rings, faster.now() - start]).toEqual([1, 60_000]);
});
