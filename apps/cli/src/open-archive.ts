import { createReadStream, openSync, fstatSync, type ReadStream } from 'node:fs';
import { systemFault } from '@datakeep/backup';
import { NotDone } from './outcome.ts';

/** Opens a backup for reading. */
export function openArchive(file: string): { readonly source: ReadStream; readonly bytes: number } {
  try {
    const fd = openSync(file, 'r');
    return { source: createReadStream('', { fd, highWaterMark: 256 * 1024 }), bytes: fstatSync(fd).size };
  } catch (error) {
    throw new NotDone(`${file} could not be opened: ${systemFault(error)}.`, { cause: error });
  }
}
