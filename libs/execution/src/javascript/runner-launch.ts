import { access, readdir } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LaunchRequest } from '../jail/launcher.ts';
import type { ProcessSize } from '../process/process-pool.ts';
// Nothing imports the runner's code; this makes the compiler emit it beside the rest.
import type { RunnerFileName } from './runner/main.ts';

const mainFiles: readonly RunnerFileName[] = ['main.ts', 'main.js'];

/**
 * What Node needs beside the memory of a run: its data segment is about 580 MiB before any code runs
 * (docs/isolation.md, T3).
 */
const baseDataMiB = 608;

/** Node alone has about 11. */
const viewThreads = 64;

export interface Runner {
  /** Absolute, the main file first. */
  readonly files: readonly string[];
  /** The package.json above them, if there is one: Node itself looks there for their module type. */
  readonly package: string | undefined;
}

/** What the runner imports from outside its folder. */
const imported = [fileURLToPath(import.meta.resolve(`../frames/frames${extname(import.meta.url)}`))];

/** Finds the runner's files. Throws when they are not there. */
export async function findRunner(directory: string): Promise<Runner> {
  const names = (await readdir(directory)).filter(
    (name) => /\.(?:ts|js)$/.test(name) && !/\.(?:spec|d)\.ts$/.test(name),
  );
  const main = mainFiles.find((name) => names.includes(name));
  if (main === undefined) throw new Error(`The runner of view processes is not in ${directory}.`);
  const own = [main, ...names.filter((name) => name !== main)].map((name) => join(directory, name));
  const files = [...own, ...imported];
  return { files, package: await nearestPackage(resolve(directory)) };
}

async function nearestPackage(directory: string): Promise<string | undefined> {
  const path = join(directory, 'package.json');
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (there) return path;
  const above = dirname(directory);
  return above === directory ? undefined : nearestPackage(above);
}

/**
 * The command of a JavaScript process (docs/isolation.md, layer 1). `bare`: without what Node itself denies, for the
 * self-test only.
 */
export function launchRequest(
  nodePath: string,
  { files, package: nearest }: Runner,
  size: ProcessSize,
  bare = false,
): LaunchRequest {
  return {
    program: nodePath,
    arguments: [
      ...(bare
        ? []
        : [
            '--permission',
            ...files.map((file) => `--allow-fs-read=${file}`),
            '--no-experimental-sqlite',
            '--no-experimental-ffi',
          ]),
      '--disable-sigusr1',
      '--disable-proto=throw',
      // Of the runner's own context, whose objects view code is lent; not of the view's.
      '--disallow-code-generation-from-strings',
      '--no-addons',
      `--max-old-space-size=${Math.min(512, Math.max(64, Math.floor(size.memoryMiB / 3)))}`,
      // Each run leaves a context behind: fewer collections, for 15 MiB more (ADR 30).
      '--heap-growing-percent=500',
      '--enable-experimental-regexp-engine-on-excessive-backtracks',
      '--experimental-vm-modules',
      '--no-warnings',
      files[0]!,
    ],
    reads: [...files, ...(nearest === undefined ? [] : [nearest])],
    dataMiB: baseDataMiB + size.memoryMiB,
    cpuSeconds: size.cpuSeconds,
    processes: viewThreads,
  };
}
