/**
 * `npm run build`: compiles the program into `dist/<digest of its sources>/` and has `dist/current` lead there. Where that folder is there already, nothing is compiled. A running keep goes on
 * reading the folder that it was started from, which stays as long as a process runs from it.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
const pointer = join(dist, 'current');
/** What a build is made from: folders with all that is in them but tests, and files. */
const folders = ['apps', 'libs'];
const files = ['package-lock.json', 'tsconfig.json', 'nest-cli.json', 'docs/query-language.md'];
/** A folder that is younger may be one that another process fills at this moment. */
const unfinishedMs = 10 * 60_000;

function digestOfSources(): string {
  const found = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.spec\.ts$|\.pyc$/.test(entry.name))
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
  const hash = createHash('sha256');
  for (const path of [...files, ...found].toSorted()) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}

/** Throws where it does not compile; the compiler has said why. */
function compile(target: string): void {
  console.error('Building Datakeep, which takes half a minute. The next start finds it built.');
  const workshop = join(dist, `.building-${process.pid}`);
  mkdirSync(workshop, { recursive: true });
  try {
    const config = join(workshop, 'tsconfig.json');
    writeFileSync(
      config,
      JSON.stringify({
        extends: '../../apps/standalone/tsconfig.app.json',
        compilerOptions: { outDir: './program' },
      }),
    );
    const nest = fileURLToPath(import.meta.resolve('@nestjs/cli/bin/nest.js'));
    const { status } = spawnSync(process.execPath, [nest, 'build', 'standalone', '--path', relative(root, config)], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) throw new Error('The build failed. What was built before is as it was.');
    try {
      renameSync(join(workshop, 'program'), target);
    } catch (error) {
      // Another process built the same at the same time.
      if (!existsSync(target)) throw error;
    }
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

function pointTo(digest: string): void {
  if (existsSync(pointer) && readlinkSync(pointer) === digest) return;
  const next = join(dist, `.current-${process.pid}`);
  symlinkSync(digest, next);
  renameSync(next, pointer);
}

/** Removes the builds that no process runs from; all of them stay where the system does not list its processes. */
function removeFormerBuilds(digest: string): void {
  const { status, stdout } = spawnSync('ps', ['-eww', '-o', 'args='], { encoding: 'utf8', maxBuffer: 1e9 });
  if (status !== 0) return;
  for (const name of readdirSync(dist)) {
    const isBuild = /^([0-9a-f]{12}|\.(building|current)-\d+)$/.test(name);
    if (!isBuild || name === digest || stdout.includes(`dist/${name}/`)) continue;
    const path = join(dist, name);
    if (Date.now() - lstatSync(path).mtimeMs > unfinishedMs) rmSync(path, { recursive: true, force: true });
  }
}

/** The folder of the build of the present sources, which is made where it is not there. */
export function build(): string {
  const digest = digestOfSources();
  const folder = join(dist, digest);
  const isThere = existsSync(folder);
  if (!isThere) compile(folder);
  pointTo(digest);
  if (!isThere) removeFormerBuilds(digest);
  return folder;
}

/** The folder of the last build, for what is measured and tested: its real path, which goes on leading to the same build. */
export function lastBuild(): string {
  return realpathSync(pointer);
}

if (import.meta.main)
  try {
    build();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
