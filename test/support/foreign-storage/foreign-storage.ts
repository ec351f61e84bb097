import { join } from 'node:path';
import { ForeignProgram } from '../foreign-program.ts';

/** The storage in Python's standard library. */
export const startForeignStorage = (): Promise<ForeignProgram> =>
  ForeignProgram.start(join(import.meta.dirname, 'storage.py'), 'STORAGE_KEY', 'f'.repeat(43));
