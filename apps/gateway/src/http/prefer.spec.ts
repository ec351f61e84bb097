import { describe, expect, it } from 'vitest';
import { readPrefer } from './prefer.ts';

describe('the Prefer header', () => {
  it.each([
    [undefined, { minimal: false }],
    ['return=minimal', { minimal: true }],
    ['return=representation', { minimal: false }],
    ['wait=10', { minimal: false, wait: 10 }],
    ['wait="7"', { minimal: false, wait: 7 }],
    ['wait=120', { minimal: false, wait: 30 }],
    ['wait=-1', { minimal: false }],
    ['wait=soon', { minimal: false }],
    ['respond-async, Wait=5; x=y, return=minimal', { minimal: true, wait: 5 }],
    ['wait=3, wait=9', { minimal: false, wait: 3 }],
  ])('%s', (header, expected) => {
    expect(readPrefer(header)).toEqual(expected);
  });

  it('counts as one list where it is sent in several fields', () => {
    expect(readPrefer(['return=minimal', 'wait=2'])).toEqual({ minimal: true, wait: 2 });
  });

  it('takes no longer for blanks than for anything else', () => {
    const began = performance.now();
    expect(readPrefer(`wait${' '.repeat(100_000)}x, return${' '.repeat(100_000)}= minimal`)).toEqual({ minimal: true });
    // A quadratic reader takes ten seconds and more, a linear one a millisecond.
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
