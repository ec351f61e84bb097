import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { systemFault } from '@datakeep/backup';
import { appFiles } from '../developer/app-files.ts';
import { NotDone, WrongUse } from '../outcome.ts';
import type { Surroundings } from '../surroundings.ts';

export interface InitOptions {
  readonly folder?: string;
  readonly language?: string;
  readonly client: string;
}

/** Writes an app of thirty lines into a new or empty folder. */
export async function init(options: InitOptions, { reporter }: Surroundings): Promise<void> {
  if (options.language !== undefined && options.language !== 'typescript')
    throw new WrongUse(`--language ${JSON.stringify(options.language)} is not legal: expected typescript.`);
  const folder = resolve(options.folder ?? '.');
  const files = appFiles({ name: basename(folder), client: options.client });
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length > 0) throw new NotDone(`${folder} is not empty, and an app overwrites nothing.`);
    for (const { path, content } of files) writeFileSync(join(folder, path), content, { flag: 'wx' });
  } catch (error) {
    if (error instanceof NotDone) throw error;
    throw new NotDone(`The app was not written to ${folder}: ${systemFault(error)}.`, { cause: error });
  }
  reporter.done({ folder, files: files.map(({ path }) => path) }, [
    `Written to ${folder}: ${files.map(({ path }) => path).join(', ')}`,
    'Next: npm install && npm start -- URL ASSOCIATION-TOKEN (README.md)',
  ]);
}
