import { describe, expect, it, vi } from 'vitest';
import { Readiness } from './readiness.ts';

describe('a process on its way out', () => {
  it('is told to whoever waits, once, and to whoever comes later at once', () => {
    const readiness = new Readiness({});
    const early = vi.fn<() => void>();
    readiness.onStop(early);
    expect(early).not.toHaveBeenCalled();
    readiness.stop();
    readiness.stop();
    const late = vi.fn<() => void>();
    readiness.onStop(late);
    expect([early, late].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });

  it('is not told to those who have stopped waiting', () => {
    const readiness = new Readiness({});
    const told = vi.fn<() => void>();
    readiness.onStop(told)();
    readiness.stop();
    expect(told).not.toHaveBeenCalled();
  });
});
