import { expect, it } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { PolledValue } from './polled-value.ts';

it('reads a value once in half a second, also where all watchers leave and others come during a read', async () => {
  const clock = new ManualClock();
  const reads: PromiseWithResolvers<string>[] = [];
  const polled = new PolledValue(() => {
    const read = Promise.withResolvers<string>();
    reads.push(read);
    return read.promise;
  }, clock);
  const leave = polled.watch(() => undefined);
  await clock.advance(500);
  leave();
  let woken = 0;
  polled.watch(() => (woken += 1));
  reads[0]!.resolve('one');
  await clock.advance(0);
  for (let second = 1; second <= 3; second += 1) {
    await clock.advance(1000);
    reads.at(-1)!.resolve('one');
    await clock.advance(0);
  }
  expect([reads.length, woken]).toEqual([4, 1]);
  polled.stop();
});
