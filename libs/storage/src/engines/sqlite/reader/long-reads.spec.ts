import { describe, expect, it } from 'vitest';
import { LongReads } from './long-reads.ts';
import type { ReadAnswer, ReadTask } from './read-messages.ts';

const queryOf = (profile: string, steps: number): ReadTask => ({
  task: 'query',
  values: [
    {
      profile,
      filter: { node: 'gt', field: 'payload.steps', value: steps },
      sort: [],
      limit: 10,
      kinds: { 'payload.steps': 'number' },
      arrays: [],
      timeoutMs: 1000,
    },
  ],
});
const pageIn = (ms: number) => ({ kind: 'done', value: { ms } }) as ReadAnswer;

describe('reads that were long', () => {
  it('are known by caller, profile and fields, whatever the values', () => {
    const reads = new LongReads();
    reads.add(queryOf('walk', 1), 'a');
    expect(reads.has(queryOf('walk', 2), 'a')).toBe(true);
    expect(reads.has(queryOf('walk', 1), 'b')).toBe(false);
    expect(reads.has(queryOf('ride', 1), 'a')).toBe(false);
  });

  it('are short again with one that took no slice', () => {
    const reads = new LongReads();
    reads.add(queryOf('walk', 1), 'a');
    reads.learn(queryOf('walk', 1), 'a', pageIn(33));
    expect(reads.has(queryOf('walk', 1), 'a')).toBe(true);
    reads.learn(queryOf('walk', 1), 'a', pageIn(2));
    expect(reads.has(queryOf('walk', 1), 'a')).toBe(false);
  });

  it('are no single events and tallies', () => {
    const reads = new LongReads();
    reads.add({ task: 'tally', values: [] }, 'a');
    expect(reads.has({ task: 'tally', values: [] }, 'a')).toBe(false);
  });

  it('are at most a thousand, the latest', () => {
    const reads = new LongReads();
    for (let n = 0; n < 1001; n += 1) reads.add(queryOf(`walk-${n}`, 1), 'a');
    expect([0, 1, 1000].map((n) => reads.has(queryOf(`walk-${n}`, 1), 'a'))).toEqual([false, true, true]);
  });
});
