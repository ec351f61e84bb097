import { createReadStream, type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Source } from '@datakeep/importers';
import { NotDone } from '../outcome.ts';

const pieceBytes = 256 * 1024;

/** A file on this disk. */
export function openSource(path: string): Source {
  let file: Stats;
  try {
    file = statSync(path);
  } catch {
    throw new NotDone(`There is no file ${path} that can be read.`);
  }
  if (!file.isFile()) throw new NotDone(`${path} is no file.`);
  return {
    name: basename(path),
    bytes: () => createReadStream(path, { highWaterMark: pieceBytes }),
    range: {
      size: file.size,
      read: (start, end) => createReadStream(path, { start, end: end - 1, highWaterMark: pieceBytes }),
    },
  };
}
