import { expect, test } from 'vitest';
import { defaultAppLimits } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { RunsPerDay } from './runs-per-day.ts';

test('Runs that are not stored yet count beside those from before a restart', async () => {
  const limits = { ...defaultAppLimits, runsPerDay: 10 };
  const options = { appLimits: { of: () => limits }, clock: new ManualClock() };
  const perDay = new RunsPerDay(options, { madeByApp: async () => 8 });
  for (const _run of ['the ninth', 'the tenth']) {
    await perDay.admit('a');
    perDay.take('a');
  }
  await expect(perDay.admit('a')).rejects.toMatchObject({ code: 'rate-limited' });
  expect(await perDay.used('a')).toBe(10);
});
