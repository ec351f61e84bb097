import { openAsBlob, type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { blobSource, type Source } from '@datakeep/importers';
import { NotDone } from '../outcome.ts';

/** A file on this disk. */
export async function openSource(path: string): Promise<Source> {
  let file: Stats;
  try {
    file = statSync(path);
  } catch {
    throw new NotDone(`There is no file ${path} that can be read.`);
  }
  if (!file.isFile()) throw new NotDone(`${path} is no file.`);
  return blobSource(await openAsBlob(path), basename(path));
}
