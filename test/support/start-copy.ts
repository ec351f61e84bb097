import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../..');
const copied = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'nest-cli.json',
  'docs/query-language.md',
  'scripts',
  'libs',
  'examples/views',
  'profiles',
  'clients/typescript/src',
];

/**
 * In place of Nest's compiler: counts its calls, and makes a program that prints the folder it runs from, and a word of
 * the sources.
 */
const compiler = `
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
appendFileSync('compilations', '.');
const word = readFileSync('apps/word', 'utf8');
if (word === 'does not compile') process.exit(1);
const config = process.argv[process.argv.indexOf('--path') + 1];
const { outDir } = JSON.parse(readFileSync(config, 'utf8')).compilerOptions;
const folder = join(dirname(config), outDir, 'apps/standalone/src');
mkdirSync(folder, { recursive: true });
const program = 'console.log("runs from " + import.meta.dirname + ": ' + word + '"); setInterval(() => {}, 1000);';
writeFileSync(join(folder, 'main.js'), program);
`;

/**
 * The scripts of this repository over sources that compile at once: for tests of a start and a build around the
 * compiler.
 */
export interface StartCopy {
  readonly folder: string;
  change(word: string): void;
  changePage(word: string): void;
  /** How often the compiler was called. */
  compilations(): number;
  builds(): string[];
  /** Makes every build an hour old. */
  ageBuilds(): void;
  remove(): void;
}

export function startCopy(): StartCopy {
  const folder = mkdtempSync(join(tmpdir(), 'datakeep-copy-'));
  for (const path of copied) cpSync(join(repository, path), join(folder, path), { recursive: true });
  mkdirSync(join(folder, 'apps/control-centre'), { recursive: true });
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@nestjs/cli/bin'), { recursive: true });
  writeFileSync(join(modules, '@nestjs/cli/bin/nest.js'), compiler);
  writeFileSync(join(modules, '@nestjs/cli/package.json'), '{"type":"module"}');
  for (const name of readdirSync(join(repository, 'node_modules')))
    if (name !== '@nestjs') symlinkSync(join(repository, 'node_modules', name), join(modules, name));
  const dist = join(folder, 'dist');
  const builds = (): string[] =>
    readdirSync(dist)
      .filter((name) => /^[0-9a-f]+$/.test(name))
      .toSorted();
  const copy: StartCopy = {
    folder,
    change: (word) => writeFileSync(join(folder, 'apps/word'), word),
    changePage: (word) => writeFileSync(join(folder, 'apps/control-centre/index.html'), `<p>${word}</p>`),
    compilations: () =>
      existsSync(join(folder, 'compilations')) ? readFileSync(join(folder, 'compilations'), 'utf8').length : 0,
    builds,
    ageBuilds: () => {
      const hourAgo = new Date(Date.now() - 3_600_000);
      for (const name of builds()) utimesSync(join(dist, name), hourAgo, hourAgo);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  copy.change('one');
  copy.changePage('one');
  return copy;
}
