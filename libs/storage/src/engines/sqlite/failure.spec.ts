import { expect, it } from 'vitest';
import { failed } from './failure.ts';

it.each([
  ['SQLITE_FULL', 13, 'storage-full'],
  // What a start on a full disk meets first: seen with 8 to 32 KiB left.
  ['SQLITE_IOERR_SHMSIZE', 4874, 'storage-full'],
  ['SQLITE_IOERR_WRITE', 778, 'storage-unreachable'],
  ['SQLITE_CORRUPT', 11, 'storage-unreachable'],
  ['SQLITE_MISUSE', 21, 'internal'],
])('tells a disk that is full from one that fails, at %s', (_name, errcode, failure) => {
  expect(failed(Object.assign(new Error('of SQLite'), { errcode }))).toMatchObject({ failure });
});
