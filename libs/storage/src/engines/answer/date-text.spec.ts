import { expect, test } from 'vitest';
import { array, assert, integer, property } from 'fast-check';
import { dateText } from './date-text.ts';

test('a date is written as toISOString writes it', () => {
  assert(
    property(array(integer({ min: -8.64e15, max: 8.64e15 }), { minLength: 1, maxLength: 5 }), (dates) => {
      expect(dates.map(dateText)).toEqual(dates.map((ms) => new Date(ms).toISOString()));
    }),
    { numRuns: 2000 },
  );
});
