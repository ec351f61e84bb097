import { expect, it } from 'vitest';
import { cellText } from './cell-text.ts';

it.each([
  [true, 'yes'],
  [null, 'null'],
  [{ a: 1 }, '{"a":1}'],
  [{ type: 'Point', coordinates: [14.42, 50.08] }, '50.08, 14.42'],
  [[14.42, 50.08], '14.42, 50.08'],
  [[{ a: 1 }], '1 element'],
  [[{ a: 1 }, { a: 2 }], '2 elements'],
  ['x'.repeat(90), `${'x'.repeat(80)}…`],
])('shows %j as %j in a cell', (value, text) => {
  expect(cellText(value)).toBe(text);
});
