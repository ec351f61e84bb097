import { describe, expect, it } from 'vitest';
import { cronFault, nextDue } from './cron.ts';

describe('a cron expression', () => {
  it.each(['0 4 * * *', '*/15 * * * *', '0 4 * * MON', '0 4 L * *', '0 0 29 2 *', ' 0  4 * * 1-5 '])(
    'may be %j',
    (expression) => {
      expect(cronFault(expression)).toBeUndefined();
    },
  );

  it.each([
    ['0 4 * * * *', 'it has 6 fields'],
    ['@daily', 'it has 1 field'],
    ['2026-11-30T00:00:00', 'it has 1 field'],
    ['0 25 * * *', 'Invalid value for hour: 25'],
    ['*/0 * * * *', 'illegal stepping: 0'],
    ['0 0 30 2 *', 'it is never due'],
    ['', 'it has 1 field'],
  ])('may not be %j: %s', (expression, fault) => {
    expect(cronFault(expression)).toContain(fault);
  });

  it('is due after a moment, never at it', () => {
    const four = new Date(2026, 10, 30, 4).getTime();
    expect(nextDue('0 4 * * *', four - 1)).toBe(four);
    expect(nextDue('0 4 * * *', four)).toBe(new Date(2026, 11, 1, 4).getTime());
  });
});
