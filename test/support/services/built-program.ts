import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { cacheFolder } from '../cache-folder.ts';

const run = promisify(execFile);

export interface Build {
  readonly name: string;
  /** Folder with the sources, beside this file. */
  readonly sources: string;
  readonly file: string;
  readonly args: readonly string[];
  /** The program that it makes, in the folder where it runs. */
  readonly product: string;
}

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256').update(process.arch);
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  for (const path of entries.map((entry) => join(entry.parentPath, entry.name)).toSorted()) {
    hash.update(`${path.slice(folder.length)}\n`).update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Path of the program, built from its sources if the cache has none of exactly these. The first build fetches packages
 * and takes minutes.
 */
export async function builtProgram(build: Build): Promise<string> {
  const sources = fileURLToPath(new URL(`./${build.sources}/`, import.meta.url));
  const program = join(cacheFolder, `${build.name}-${await hashOf(sources)}`);
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  if (isThere) return program;
  await mkdir(cacheFolder, { recursive: true });
  const workshop = await mkdtemp(join(cacheFolder, `${build.name}-build-`));
  try {
    await cp(sources, workshop, { recursive: true });
    await run(build.file, build.args, { cwd: workshop, maxBuffer: 1 << 26 }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? new Error(`${build.file} is not installed`) : error;
    });
    // Whole or not at all, also where two builds run at once.
    await rename(join(workshop, build.product), program);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  return program;
}
