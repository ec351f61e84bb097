import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LaunchRequest } from '../process/launcher.ts';
import type { ProcessSize } from '../process/process-pool.ts';
// Nothing imports the runner's code; this makes the compiler emit it beside the rest.
import type { RunnerFileName } from './runner/main.ts';

const mainFiles: readonly RunnerFileName[] = ['main.ts', 'main.js'];

/** What Node needs beside the memory of a run: its data segment is about 580 MiB before any code runs (notes/isolation.md T3). */
const baseDataMiB = 608;

/** Every file of the runner, absolute, its main file first. Throws when it is not there. */
export async function runnerFiles(directory: string): Promise<readonly string[]> {
  const names = (await readdir(directory)).filter((name) => /\.(?:ts|js)$/.test(name) && !/\.(?:spec|d)\.ts$/.test(name));
  const main = mainFiles.find((name) => names.includes(name));
  if (main === undefined) throw new Error(`The runner of view processes is not in ${directory}.`);
  return [main, ...names.filter((name) => name !== main)].map((name) => join(directory, name));
}

/** The command of notes/isolation.md section 5. */
export function launchRequest(nodePath: string, files: readonly string[], size: ProcessSize): LaunchRequest {
  return {
    program: nodePath,
    arguments: [
      '--permission',
      ...files.map((file) => `--allow-fs-read=${file}`),
      '--no-experimental-sqlite',
      '--disable-proto=throw',
      '--no-addons',
      `--max-old-space-size=${Math.min(512, Math.max(64, Math.floor(size.memoryMiB / 3)))}`,
      '--enable-experimental-regexp-engine-on-excessive-backtracks',
      '--experimental-vm-modules',
      '--no-warnings',
      files[0]!,
    ],
    reads: files,
    dataMiB: baseDataMiB + size.memoryMiB,
    cpuSeconds: size.cpuSeconds,
  };
}
