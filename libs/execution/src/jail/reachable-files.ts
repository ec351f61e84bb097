import { constants } from 'node:fs';
import { chmod, copyFile, cp, link, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { LaunchRequest } from '../process/launcher.ts';

const mayEnter = 0o001;
const mayRead = 0o004;

/** Whether a user who owns nothing can reach and read it. Access lists and what is missing are not looked at: the trial start decides. */
async function isOpen(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return true;
  if ((found.mode & mayRead) === 0) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & mayEnter) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * A runtime's files where a user of its own can reach them: a keep that root starts may lie in a folder that is closed to others (`/root`). Those are linked or copied into a folder
 * that anybody may read and only root may write, each below its full path, so that they find each other as before.
 */
export class ReachableFiles {
  readonly #folder: string | undefined;
  readonly #closed: readonly string[];

  private constructor(folder: string | undefined, closed: readonly string[]) {
    this.#folder = folder;
    // Longest first: of two, one may lie in the other.
    this.#closed = closed.toSorted((a, b) => b.length - a.length);
  }

  static async of({ program, reads }: LaunchRequest): Promise<ReachableFiles> {
    const open = await Promise.all([program, ...reads].map(async (path) => ({ path, open: await isOpen(path) })));
    const closed = [...new Set(open.filter((one) => !one.open).map(({ path }) => path))];
    if (closed.length === 0) return new ReachableFiles(undefined, []);
    const folder = await mkdtemp(join(tmpdir(), 'datakeep-runtime-'));
    await chmod(folder, 0o755);
    for (const path of closed) await place(path, join(folder, path));
    return new ReachableFiles(folder, closed);
  }

  /** The same start from where the files can be reached. */
  in(request: LaunchRequest): LaunchRequest {
    if (this.#folder === undefined) return request;
    const moved = (text: string): string => {
      const path = this.#closed.find((one) => text === one || text.endsWith(`=${one}`) || text.includes(`${one}/`));
      return path === undefined ? text : text.replace(path, join(this.#folder!, path));
    };
    return { ...request, program: moved(request.program), arguments: request.arguments.map(moved), reads: request.reads.map(moved) };
  }

  async close(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}

async function place(path: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  const { mode } = await stat(path);
  if ((mode & constants.S_IFMT) === constants.S_IFDIR) return cp(path, target, { recursive: true });
  // A link takes no space and no time, where it is the same disk and others may read the file itself.
  if ((mode & mayRead) !== 0) {
    try {
      return await link(path, target);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    }
  }
  await copyFile(path, target, constants.COPYFILE_FICLONE);
  await chmod(target, 0o755);
}
