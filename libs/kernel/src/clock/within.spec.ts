import { expect, it } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { within } from './within.ts';

it('answers what the work resolves with within the limit', async () => {
  expect(await within(new ManualClock(), 10, Promise.resolve('done'))).toBe('done');
});

it('answers undefined once the limit has passed, and a later failure of the work reaches no one', async () => {
  const clock = new ManualClock();
  const work = Promise.withResolvers<string>();
  const answer = within(clock, 10, work.promise);
  await clock.advance(10);
  expect(await answer).toBeUndefined();
  work.reject(new Error('late'));
});

it('rejects as the work does', async () => {
  await expect(within(new ManualClock(), 10, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});
