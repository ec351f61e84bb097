import { join } from 'node:path';
import { startFlags } from '@datakeep/service-host/prepare-node';
import { NotDone } from '../outcome.ts';

/** Becomes the keep in DATA_DIR: in the place of this process, so that signals reach it. */
export async function start(): Promise<void> {
  const program = join(import.meta.dirname, '../../../standalone/src/main.js');
  if (!process.execve) throw new NotDone('This system cannot replace a process: use `npm start`.');
  process.execve(process.execPath, [process.execPath, ...startFlags, program]);
}
