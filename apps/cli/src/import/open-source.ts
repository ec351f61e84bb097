import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Source } from '@datakeep/importers';
import { NotDone } from '../outcome.ts';

/** A file on this disk. */
export function openSource(path: string): Source {
  let isFile: boolean;
  try {
    isFile = statSync(path).isFile();
  } catch {
    throw new NotDone(`There is no file ${path} that can be read.`);
  }
  if (!isFile) throw new NotDone(`${path} is no file.`);
  return { name: basename(path), bytes: () => createReadStream(path, { highWaterMark: 256 * 1024 }) };
}
