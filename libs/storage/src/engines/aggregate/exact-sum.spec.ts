import { array, assert, constantFrom, double, integer, oneof, property, shuffledSubarray } from 'fast-check';
import { expect, test } from 'vitest';
import { ExactSum } from './exact-sum.ts';

function sum(values: readonly number[], count = 1): number {
  const exact = new ExactSum();
  for (const value of values) exact.add(value);
  return exact.dividedBy(count);
}

test.each<[number[], number]>([
  [[], 0],
  [[-0], 0],
  [[0.1, 0.2, 0.3], 0.6],
  [[2 ** 53, 1], 2 ** 53],
  [[2 ** 53, 1, 1], 2 ** 53 + 2],
  [[2 ** 53 + 2, 1], 2 ** 53 + 4],
  [[1e308, 1e308, 1e-308, -1e308, -1e308], 1e-308],
  [[Number.MAX_VALUE, 2 ** 969], Number.MAX_VALUE],
  [[Number.MAX_VALUE, 2 ** 970], Infinity],
  [[-Number.MAX_VALUE, -Number.MAX_VALUE], -Infinity],
  [[5e-324, -5e-324], 0],
])('the sum of %j is %d', (values, expected) => {
  expect(sum(values)).toBe(expected);
});

test.each<[number[], number, number]>([
  [[1, 1, 2], 3, 4 / 3],
  [[0.1, 0.1, 0.1], 3, 0.1],
  [[5e-324], 2, 0],
  [[5e-324, 1e-323], 2, 1e-323],
  [[Number.MAX_VALUE, Number.MAX_VALUE], 2, Number.MAX_VALUE],
  [[2 ** 53, 1], 2, 2 ** 52],
])('the average of %j over %d is %d', (values, count, expected) => {
  expect(sum(values, count)).toBe(expected);
});

test('whole numbers beyond 2^53 are added like big integers', () => {
  assert(
    property(array(integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })), (values) => {
      const scaled = values.map((value) => value * 2 ** 25);
      expect(sum(scaled)).toBe(Number(scaled.reduce((total, value) => total + BigInt(value), 0n)));
    }),
  );
});

test('no order shows', () => {
  const any = oneof(
    double({ noNaN: true, noDefaultInfinity: true }),
    constantFrom(1e308, -1e308, 0.1, 1e16, 1, 2 ** -1074),
  );
  assert(
    property(
      array(any, { maxLength: 30 }).chain((values) =>
        shuffledSubarray(values, { minLength: values.length }).map((shuffled) => [values, shuffled] as const),
      ),
      ([values, shuffled]) => {
        expect(sum(shuffled)).toBe(sum(values));
        expect(sum([...values, ...values.map((value) => -value)])).toBe(0);
      },
    ),
  );
});
