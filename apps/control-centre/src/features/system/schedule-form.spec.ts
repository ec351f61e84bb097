import { describe, expect, it } from 'vitest';
import { cronOf, firstSchedule, formOf, keepOf, keepText, scheduleText } from './schedule-form.ts';

describe('the form of a schedule', () => {
  it.each([
    ['0 4 * * *', 'daily', 'Every day at 04:00'],
    ['30 23 * * 1', 'weekly', 'Every Monday at 23:30'],
    ['5 0 28 * *', 'monthly', 'On day 28 of each month at 00:05'],
    ['0 4 31 * *', 'cron', '0 4 31 * *'],
    ['0 4 1 * 1', 'cron', '0 4 1 * 1'],
    ['*/15 * * * *', 'cron', '*/15 * * * *'],
    ['0 4 * * MON', 'cron', '0 4 * * MON'],
    ['0 4 1 6 *', 'cron', '0 4 1 6 *'],
  ])('shows %s as %s, in words, and gives it back', (cron, frequency, words) => {
    expect(formOf(cron, null).frequency).toBe(frequency);
    expect(cronOf(formOf(cron, null))).toBe(cron);
    expect(scheduleText(cron)).toBe(words);
  });

  it.each([
    ['7d,4w,6m', '7 days, 4 weeks, 6 months'],
    ['1w', '1 week'],
    ['10d,1m', '10 days, 1 month'],
  ])('shows what %s keeps, and gives it back', (keep, words) => {
    expect(keepOf(formOf('0 4 * * *', keep).keep)).toBe(keep);
    expect(keepText(keep)).toBe(words);
  });

  it('keeps all where nothing is said', () => {
    expect(keepOf(formOf('0 4 * * *', null).keep)).toBeUndefined();
    expect(keepOf({ ...firstSchedule.keep!, days: 0, weeks: 0, months: 0 })).toBe('');
  });
});
