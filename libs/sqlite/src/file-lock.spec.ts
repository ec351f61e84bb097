import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileLock } from './file-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datakeep-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('one holder at a time, and the next when it lets go', () => {
  const file = join(folder, 'a.lock');
  const lock = FileLock.take(file, 'Held.');
  expect(FileLock.isHeld(file)).toBe(true);
  expect(() => FileLock.take(file, 'Held.')).toThrow(
    expect.objectContaining({ code: 'storage-busy', message: 'Held.' }),
  );
  lock.release();
  lock.release();
  expect(FileLock.isHeld(file)).toBe(false);
  FileLock.take(file, 'Held.').release();
});

test('a file that is no lock is not said to be held by another process', () => {
  const file = join(folder, 'b.lock');
  writeFileSync(file, 'no database at all'.repeat(100));
  expect(() => FileLock.take(file, 'Held.')).toThrow(expect.objectContaining({ code: 'storage-unreachable' }));
});
