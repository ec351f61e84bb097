import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemFault } from '@datakeep/backup';
import type { SourceFile } from '@datakeep/contracts';
import { maxSourceFileBytes, maxSourceFiles } from '@datakeep/execution';
import { isObject } from '@datakeep/kernel';
import { NotDone } from '../../outcome.ts';
import { type TemplateFields, templateOf } from './view-template.ts';

/** What a try of the view gets. */
export interface TrialData {
  readonly configuration?: unknown;
  readonly clientCustomData?: unknown;
}

export interface ViewFolder {
  readonly template: TemplateFields;
  readonly files: readonly SourceFile[];
  readonly data: TrialData;
}

/** Of a folder, what is source of a view; of other runtimes: every file. */
const sources: Readonly<Record<string, RegExp>> = { javascript: /\.([cm]?js|json)$/, python: /\.py$/ };
const notSource = /^(\.|node_modules$|__pycache__$)|^(template|data)\.json$|\.md$/;

/** Reads template.json, the source files and data.json. Throws with everything that is wrong. */
export function readViewFolder(folder: string): ViewFolder {
  const template = templateOf(readJson(join(folder, 'template.json')));
  if ('length' in template)
    throw new NotDone(template.map(({ pointer, detail }) => `template.json ${pointer}: ${detail}`).join('\n'));
  const paths = sourcePaths(folder, sources[template.runtime] ?? /(?:)/);
  if (paths.length > maxSourceFiles)
    throw new NotDone(`A view is 1 to ${maxSourceFiles} files; ${folder} has more: ${paths.join(', ')} …`);
  return { template, files: paths.map((path) => readSource(folder, path)), data: readTrialData(folder) };
}

/** A file of `configuration` and `clientCustomData`. */
export function readData(file: string): TrialData {
  const data = readJson(file);
  if (isObject(data) && Object.keys(data).every((name) => name === 'configuration' || name === 'clientCustomData'))
    return data;
  throw new NotDone(`${file}: expected { "configuration": …, "clientCustomData": … }, either of them, and no more.`);
}

function readTrialData(folder: string): TrialData {
  const file = join(folder, 'data.json');
  return statSync(file, { throwIfNoEntry: false }) === undefined ? {} : readData(file);
}

/** At most one more than may be. */
function sourcePaths(folder: string, isSource: RegExp, within = '', found: string[] = []): readonly string[] {
  for (const entry of readFolder(join(folder, within))) {
    if (found.length > maxSourceFiles) break;
    const path = `${within}${entry.name}`;
    if (notSource.test(entry.name)) continue;
    if (entry.isDirectory()) sourcePaths(folder, isSource, `${path}/`, found);
    else if (isSource.test(entry.name)) {
      // Where a link leads may be anything of this machine.
      if (!entry.isFile()) throw new NotDone(`${join(folder, path)} is no plain file.`);
      found.push(path);
    }
  }
  return found;
}

function readFolder(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new NotDone(`${path} cannot be read: ${systemFault(error)}.`, { cause: error });
  }
}

function readSource(folder: string, path: string): SourceFile {
  const file = join(folder, path);
  if (statSync(file).size > maxSourceFileBytes)
    throw new NotDone(`${path}: a file may take ${maxSourceFileBytes / 1024} KiB.`);
  return { path, content: readText(file) };
}

function readJson(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NotDone(`${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new NotDone(`${file} cannot be read: ${systemFault(error)}.`, { cause: error });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new NotDone(`${file} is not UTF-8.`, { cause: error });
  }
}
