import { chmodSync, constants, copyFileSync, cpSync, linkSync, mkdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeTempFolder } from '@datakeep/kernel';
import type { LaunchRequest } from './launcher.ts';

const mayEnter = 0o001;
const mayRead = 0o004;

/**
 * Whether a user who owns nothing can reach and read it. Ignores access lists and missing files: the trial start finds
 * those.
 */
function isOpen(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return true;
  if ((found.mode & mayRead) === 0) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & mayEnter) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * A runtime's files where the jail's user can reach them: a keep that root starts may lie in a folder that is closed to
 * others (`/root`).
 * Such files are linked or copied, once, into a folder that every user may read and only root may write, each below its
 * full path, so that they find each other as before.
 */
export class ReachableFiles {
  #folder: string | undefined;
  readonly #looked = new Set<string>();
  /** Longest first: of two, one may lie in the other. */
  #closed: string[] = [];

  /** The same start from where the files can be reached. */
  in(request: LaunchRequest): LaunchRequest {
    for (const path of [request.program, ...request.reads]) this.#look(path);
    const folder = this.#folder;
    if (folder === undefined) return request;
    const moved = (text: string): string => {
      const path = this.#closed.find((one) => text === one || text.endsWith(`=${one}`) || text.includes(`${one}/`));
      return path === undefined ? text : text.replace(path, () => join(folder, path));
    };
    return {
      ...request,
      program: moved(request.program),
      arguments: request.arguments.map(moved),
      reads: request.reads.map(moved),
    };
  }

  async close(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  #look(path: string): void {
    if (this.#looked.has(path)) return;
    this.#looked.add(path);
    if (isOpen(path)) return;
    if (this.#folder === undefined) {
      this.#folder = makeTempFolder('runtime');
      chmodSync(this.#folder, 0o755);
    }
    place(path, join(this.#folder, path));
    this.#closed = [...this.#closed, path].toSorted((a, b) => b.length - a.length);
  }
}

function place(path: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  const { mode } = statSync(path);
  if ((mode & constants.S_IFMT) === constants.S_IFDIR) return cpSync(path, target, { recursive: true });
  // A link takes no space and no time, where it is the same disk and others may read the file itself.
  if ((mode & mayRead) !== 0) {
    try {
      return linkSync(path, target);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    }
  }
  copyFileSync(path, target, constants.COPYFILE_FICLONE);
  chmodSync(target, 0o755);
}
