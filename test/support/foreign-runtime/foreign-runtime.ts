import { join } from 'node:path';
import { ForeignProgram } from '../foreign-program.ts';

/** The execution service in Python's standard library. */
export const startForeignRuntime = (): Promise<ForeignProgram> =>
  ForeignProgram.start(join(import.meta.dirname, 'runtime.py'), 'EXECUTION_KEY', 'e'.repeat(43));
