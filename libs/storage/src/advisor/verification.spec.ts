import { describe, expect, test } from 'vitest';
import { QueryBucket } from './buckets.ts';
import { hour, minute } from './constants.ts';
import { DecayedSum } from './decayed.ts';
import { Sketch } from './sketch.ts';
import { areWritesHarmed, isHarmed, judgeLive, judgePlan, judgeReplay, welch } from './verification.ts';

function bucket(calls: number, ms: number): QueryBucket {
  const filled = new QueryBucket(0);
  for (let call = 0; call < calls; call += 1) {
    filled.add({
      ms: ms * (0.8 + 0.05 * (call % 9)),
      rowsReturned: 1,
      rowsExamined: 1,
      rowsTouched: 1,
      complete: true,
    });
  }
  return filled;
}

const pairs = (
  faster: number,
  slower: number,
  ratio: number,
): { withMs: number; withoutMs: number; equal: boolean }[] => [
  ...Array.from({ length: faster }, () => ({ withMs: ratio, withoutMs: 1, equal: true })),
  ...Array.from({ length: slower }, () => ({ withMs: 1.1, withoutMs: 1, equal: true })),
];

describe('verification', () => {
  test('a plan must name the index and must not sort; a plan that is not told is never passed', () => {
    expect(judgePlan({ indexes: ['auto_x'], sorts: false, steps: [] }, 'auto_x', true).verdict).toBe('pass');
    expect(judgePlan({ indexes: ['auto_x'], sorts: true, steps: [] }, 'auto_x', true).verdict).toBe('fail');
    expect(judgePlan({ indexes: ['other'], sorts: false, steps: [] }, 'auto_x', true).verdict).toBe('fail');
    expect(judgePlan({ indexes: null, sorts: null, steps: [] }, 'auto_x', true).verdict).toBe('unavailable');
  });

  test.each([
    [20, 0, 0.1, 'pass'],
    [15, 5, 0.6, 'pass'],
    [14, 6, 0.1, 'fail'],
    [20, 0, 0.8, 'fail'],
    [20, 0, 1, 'fail'],
  ])('a replay of %i faster pairs and %i slower ones at %d of the time: %4$s', (faster, slower, ratio, verdict) => {
    expect(judgeReplay(pairs(faster, slower, ratio)).verdict).toBe(verdict);
  });

  test('one answer that differs fails a replay, however fast it is', () => {
    const runs = pairs(20, 0, 0.01).map((run, index) => Object.assign(run, { equal: index !== 7 }));
    expect(judgeReplay(runs)).toEqual({ verdict: 'fail', reason: 'answers differ with and without the index' });
  });

  test('the live watch waits for half an hour and thirty calls, and decides by the gain', () => {
    expect(judgeLive(bucket(100, 30), bucket(100, 1), 20 * minute).verdict).toBe('wait');
    expect(judgeLive(bucket(100, 30), bucket(20, 1), hour).verdict).toBe('wait');
    expect(judgeLive(bucket(100, 30), bucket(40, 1), hour).verdict).toBe('pass');
    expect(judgeLive(bucket(100, 30), bucket(100, 28), hour).verdict).toBe('fail');
    expect(judgeLive(bucket(100, 30), bucket(20, 1), 72 * hour).verdict).toBe('unavailable');
  });

  test('neighbours and writes are harmed by a fifth, where it is no accident', () => {
    expect(isHarmed(bucket(100, 10), bucket(100, 13), 0.5)).toBe(true);
    expect(isHarmed(bucket(100, 10), bucket(100, 11), 0.5)).toBe(false);
    expect(isHarmed(bucket(100, 10), bucket(100, 13), 0.005)).toBe(false);
    expect(isHarmed(bucket(100, 10), bucket(5, 13), 0.5)).toBe(false);
    expect(areWritesHarmed({ appends: 100, p95Ms: 10 }, { appends: 100, p95Ms: 13 })).toBe(true);
    expect(areWritesHarmed({ appends: 100, p95Ms: 1 }, { appends: 100, p95Ms: 1.9 })).toBe(false);
  });

  test('Welch’s test: the same against the same is even, and a clear difference is none by chance', () => {
    expect(welch(bucket(50, 10), bucket(50, 10))).toBeCloseTo(0.5, 5);
    expect(welch(bucket(50, 12), bucket(50, 10))).toBeLessThan(0.001);
    expect(welch(bucket(50, 10), bucket(50, 12))).toBeGreaterThan(0.999);
  });
});

test('a decayed sum halves in a day, whatever the order of its parts', () => {
  const [forth, back] = [new DecayedSum(), new DecayedSum()];
  forth.add(8, 0);
  forth.add(4, 24 * hour);
  back.add(4, 24 * hour);
  back.add(8, 0);
  expect([forth.value(24 * hour), back.value(24 * hour), forth.value(48 * hour)]).toEqual([8, 8, 4]);
});

test('a sketch tells its quantiles to a few percent, also after its way through the store', () => {
  const sketch = new Sketch();
  for (let ms = 1; ms <= 1000; ms += 1) sketch.add(ms);
  const read = Sketch.of(sketch.pairs());
  for (const share of [0.5, 0.95]) expect(Math.abs(read.quantile(share) / (share * 1000) - 1)).toBeLessThan(0.08);
  expect(JSON.parse(JSON.stringify(QueryBucket.from(bucket(10, 5).toJSON())))).toEqual(bucket(10, 5).toJSON());
});
