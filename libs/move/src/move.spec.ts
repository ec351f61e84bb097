import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatakeepError } from '@datakeep/kernel';
import type { ContentStream, Item } from './content.ts';
import { FolderTarget, unfinishedMoveIn } from './folder-target.ts';
import { move } from './move.ts';

const streamOf = (items: Item[], write: ContentStream['write']): ContentStream => ({
  name: 'things',
  count: async () => items.length,
  async *pages() {
    yield items;
  },
  write,
});

describe('a move whose engine fails', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'datakeep-move-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const moveBy = (write: ContentStream['write'], there: Item[] = [], target = new FolderTarget(folder)) =>
    move({
      from: { name: 'there', streams: [streamOf([{ id: '1' }], async () => undefined)], lastChange: async () => 'end' },
      target,
      openTarget: async () => ({ streams: [streamOf(there, write)], close: async () => undefined }),
      onProgress: () => undefined,
    });

  it.each([
    [
      'a connection that is lost',
      new DatakeepError('storage-unreachable', 'The outcome is unknown: send the same identifiers again.', {
        cause: new Error('the connection was closed'),
      }),
      'the connection was closed',
    ],
    ['an engine that is busy', new DatakeepError('storage-busy', 'Try again.'), 'Try again'],
    ['a full disk', Object.assign(new Error('write'), { code: 'ENOSPC' }), 'the disk is full'],
  ])('says for %s what to do, and goes on when it is run again', async (_what, error, reason) => {
    await expect(moveBy(() => Promise.reject(error))).rejects.toMatchObject({
      name: 'MoveError',
      message: `${folder} is not filled yet: ${reason}. Run the same command again, which stores what is missing.`,
    });
    expect(unfinishedMoveIn(folder)).toBe('there');
    const there: Item[] = [];
    const moved = await moveBy(async (items) => void there.push(...items), there);
    expect(moved.get('things')?.count).toBe(1);
    expect(unfinishedMoveIn(folder)).toBeUndefined();
  });

  it('goes on by itself where its engine takes the same page soon after', async () => {
    const there: Item[] = [];
    let refusals = 0;
    const write: ContentStream['write'] = async (items) => {
      if (++refusals < 8) throw new DatakeepError(refusals % 2 ? 'storage-unreachable' : 'storage-busy');
      there.push(...items);
    };
    expect((await moveBy(write, there)).get('things')?.count).toBe(1);
  });

  it('says so where its target takes nothing at all', async () => {
    const target = new FolderTarget(folder);
    target.begin = async () => Promise.reject(Object.assign(new Error('write'), { code: 'ENOSPC', syscall: 'write' }));
    await expect(moveBy(async () => undefined, [], target)).rejects.toThrow(`${folder} is not filled yet: the disk is`);
  });
});
