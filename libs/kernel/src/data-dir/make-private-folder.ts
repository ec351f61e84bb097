import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Makes a folder (0700), and those above it, where it is missing. */
export function makePrivateFolder(path: string): void {
  makeFolder(path, 0o700);
}

/**
 * Makes a folder, and those above it, where it is missing; the umask lessens `mode`. Trap: Node's own recursive `mkdir`
 * never returns where the folder above is there and takes none, such as /proc.
 */
export function makeFolder(path: string, mode = 0o777): void {
  const folder = resolve(path);
  if (!existsSync(dirname(folder))) makeFolder(dirname(folder), mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
