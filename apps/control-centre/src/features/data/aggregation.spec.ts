import { describe, expect, it } from 'vitest';
import { valueText } from './aggregation.ts';

describe('a value of a chart', () => {
  it.each([
    [0, '0'],
    [0.000_123_4, '0.000123'],
    [-0.000_05, '-0.00005'],
    [1.234_56, '1.235'],
    [1_234_567.891_2, '1,234,567.891'],
    [null, '—'],
  ])('%d is shown as %s', (value, text) => {
    expect(valueText(value)).toBe(text);
  });
});
