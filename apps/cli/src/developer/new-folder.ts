import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemFault } from '@datakeep/backup';
import { makeFolder } from '@datakeep/kernel';
import { NotDone } from '../outcome.ts';

/** Writes files into a new or empty folder. `what` is said where it cannot: `An app`. */
export function writeNewFolder(
  what: string,
  folder: string,
  files: readonly { readonly path: string; readonly content: string }[],
): void {
  try {
    makeFolder(folder);
    if (readdirSync(folder).length > 0)
      throw new NotDone(`${folder} is not empty, and ${what.toLowerCase()} overwrites nothing.`);
    for (const { path, content } of files) writeFileSync(join(folder, path), content, { flag: 'wx' });
  } catch (error) {
    if (error instanceof NotDone) throw error;
    throw new NotDone(`${what} was not written to ${folder}: ${systemFault(error)}.`, { cause: error });
  }
}
