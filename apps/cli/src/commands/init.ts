import { basename, resolve } from 'node:path';
import { appFiles } from '../developer/app-files.ts';
import { writeNewFolder } from '../developer/new-folder.ts';
import { WrongUse } from '../outcome.ts';
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
  writeNewFolder('An app', folder, files);
  reporter.done({ folder, files: files.map(({ path }) => path) }, [
    `Written to ${folder}: ${files.map(({ path }) => path).join(', ')}`,
    'Next: npm install && npm start -- URL ASSOCIATION-TOKEN (README.md)',
  ]);
}
