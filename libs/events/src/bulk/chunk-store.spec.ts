import type { AppendResult } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { describe, expect, it } from 'vitest';
import { ChunkStore, type ChunkWork } from './chunk-store.ts';

const result = (status: AppendResult['status']): AppendResult => ({ id: 'aa'.repeat(12), acceptedAt: 0, status });

/** Stores lines as they are; `answers` are those of the storage, one for each attempt. */
function storing(answers: readonly AppendResult['status'][][]) {
  const stored: string[][] = [];
  const work: ChunkWork<string> = {
    prepare: ({ first, lines }) =>
      Promise.resolve({
        events: lines,
        lines: lines.map((_, index) => first + index),
        stop: undefined,
      }),
    store: (events) => {
      stored.push([...events]);
      return Promise.resolve((answers[stored.length - 1] ?? []).map(result));
    },
    conflict: () => new DatakeepError('identifier-conflict'),
  };
  async function* body() {
    yield Buffer.from('a\nb\nc\n');
  }
  const stream = { body: body(), admit: () => Promise.resolve(), progress: () => undefined };
  return { stored, store: new ChunkStore(work, stream, new ManualClock()) };
}

describe('a chunk with a conflict', () => {
  it('is stored up to the line before', async () => {
    const { store, stored } = storing([
      ['created', 'created', 'conflict'],
      ['created', 'duplicate'],
    ]);
    expect(await store.run()).toMatchObject({ lines: 2, accepted: 1, duplicates: 1, stopped: { line: 3 } });
    expect(stored).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b'],
    ]);
  });

  it('counts nothing as stored that another sender was first with meanwhile', async () => {
    const { store, stored } = storing([['created', 'created', 'conflict'], ['created', 'conflict'], ['created']]);
    expect(await store.run()).toMatchObject({ lines: 1, accepted: 1, duplicates: 0, stopped: { line: 2 } });
    expect(stored).toEqual([['a', 'b', 'c'], ['a', 'b'], ['a']]);
  });
});
