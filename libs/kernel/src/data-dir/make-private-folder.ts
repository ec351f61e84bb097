import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder (0700), and those above it, where it is missing. Trap: Node's own recursive `mkdir` never returns
 * where the folder above is there and takes none, such as /proc.
 */
export function makePrivateFolder(path: string): void {
  const folder = resolve(path);
  if (!existsSync(dirname(folder))) makePrivateFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
