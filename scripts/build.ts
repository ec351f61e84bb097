/**
 * `npm run build`: makes `dist/<digest of its sources>/` and points `dist/current` to it. A build has two parts, the
 * program and the Control Centre; a part whose sources did not change is copied from the build that has it. A running
 * keep continues to read the folder that it was started from, which is kept as long as a process runs from it.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
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
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
const pointer = join(dist, 'current');
/** A folder that is younger may be one that another process fills at this moment. */
const unfinishedMs = 10 * 60_000;
const pageSources = 'apps/control-centre';

interface Part {
  readonly name: 'program' | 'page';
  /** Folders with all that is in them but tests, and files. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
  /** Whether an entry of a build's folder is of this part. */
  readonly owns: (entry: string) => boolean;
  /** Fills the folder. Throws where it fails; the tool has said why. */
  readonly make: (into: string) => void;
}

const parts: readonly Part[] = [
  {
    name: 'program',
    folders: ['apps', 'libs', 'profiles', 'examples/views', 'clients/typescript/src'],
    files: ['package-lock.json', 'tsconfig.json', 'nest-cli.json', 'docs/query-language.md'],
    owns: (entry) => entry !== 'control-centre',
    make: (into) => {
      const config = join(into, 'tsconfig.json');
      const outDir = join(into, 'program');
      // Types are checked by `npm run check`: to check them here too doubles the time of a build.
      const compilerOptions = { outDir: './program', noCheck: true };
      writeFileSync(
        config,
        JSON.stringify({ extends: join(root, 'apps/standalone/tsconfig.app.json'), compilerOptions }),
      );
      run(fileURLToPath(import.meta.resolve('@nestjs/cli/bin/nest.js')), [
        'build',
        'standalone',
        '--path',
        relative(root, config),
      ]);
      rmSync(config);
      for (const entry of readdirSync(outDir)) renameSync(join(outDir, entry), join(into, entry));
      rmSync(outDir, { recursive: true });
    },
  },
  {
    name: 'page',
    // The page reads files and sends events by these.
    folders: [pageSources, 'libs/importers', 'clients/typescript/src', 'profiles'],
    files: ['package-lock.json', 'scripts/build.ts'],
    owns: (entry) => entry === 'control-centre',
    make: (into) => {
      const outDir = join(into, 'control-centre');
      run(join(root, 'node_modules/vite/bin/vite.js'), [
        'build',
        pageSources,
        '--logLevel',
        'warn',
        '--outDir',
        outDir,
      ]);
      const assets = join(outDir, 'assets');
      if (existsSync(assets)) compressAll(assets);
    },
  },
];

/** Puts `.br` and `.gz` beside each file, which @fastify/static serves to browsers that take them. */
function compressAll(folder: string): void {
  for (const name of readdirSync(folder)) {
    const content = readFileSync(join(folder, name));
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
  }
}

/** The digest of each part's sources, in each build. */
type Digests = Readonly<Record<Part['name'], string>>;
const digestsFile = 'sources.json';

function run(tool: string, given: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [tool, ...given], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error('The build failed. What was built before is as it was.');
}

function digestOf({ name, folders, files }: Part): string {
  const found = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.spec\.tsx?$|\.pyc$/.test(entry.name))
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
  const hash = createHash('sha256');
  for (const path of [...files, ...found].toSorted()) {
    if (name === 'program' && path.startsWith(pageSources)) continue;
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}

/** A build that has the part as its sources are now. */
function buildWith(part: Part, digest: string): string | undefined {
  return readdirSync(dist)
    .map((name) => join(dist, name))
    .find((folder) => {
      try {
        return (JSON.parse(readFileSync(join(folder, digestsFile), 'utf8')) as Digests)[part.name] === digest;
      } catch {
        return false; // no build, or one of a former kind
      }
    });
}

function make(target: string, digests: Digests): void {
  const workshop = join(dist, `.building-${process.pid}`);
  mkdirSync(workshop, { recursive: true });
  try {
    for (const part of parts) {
      const former = buildWith(part, digests[part.name]);
      if (former === undefined) {
        if (part.name === 'program')
          console.error('Building Datakeep, which takes some ten seconds. The next start finds it built.');
        part.make(workshop);
      } else
        for (const entry of readdirSync(former))
          if (part.owns(entry)) cpSync(join(former, entry), join(workshop, entry), { recursive: true });
    }
    writeFileSync(join(workshop, digestsFile), JSON.stringify(digests));
    try {
      renameSync(workshop, target);
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
  const digests = Object.fromEntries(parts.map((part) => [part.name, digestOf(part)])) as Record<
    string,
    string
  > as Digests;
  const digest = createHash('sha256').update(JSON.stringify(digests)).digest('hex').slice(0, 12);
  const folder = join(dist, digest);
  mkdirSync(dist, { recursive: true });
  const isThere = existsSync(folder);
  if (!isThere) make(folder, digests);
  pointTo(digest);
  if (!isThere) removeFormerBuilds(digest);
  return folder;
}

/** The folder of the last build, for benches and tests: its real path, which keeps pointing to the same build. */
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
