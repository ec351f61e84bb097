import { basename, resolve } from 'node:path';
import { appFiles } from '../developer/app-files.ts';
import { pythonAppFiles } from '../developer/python-app-files.ts';
import { writeNewFolder } from '../developer/new-folder.ts';
import { WrongUse } from '../outcome.ts';
import type { CommandContext } from '../command-context.ts';

export interface InitOptions {
  readonly folder?: string;
  readonly language?: string;
  readonly client?: string;
}

const languages = {
  typescript: { write: appFiles, client: '0.1.0', next: 'npm install && npm start -- URL ASSOCIATION-TOKEN' },
  python: {
    write: pythonAppFiles,
    client: 'datakeep==0.1.0',
    next: 'pip install -r requirements.txt && python app.py URL ASSOCIATION-TOKEN',
  },
} as const;

/** Writes an app of thirty lines into a new or empty folder. */
export async function init(options: InitOptions, { reporter }: CommandContext): Promise<void> {
  const { language = 'typescript' } = options;
  if (language !== 'typescript' && language !== 'python')
    throw new WrongUse(`--language ${JSON.stringify(language)} is not legal: expected typescript or python.`);
  const folder = resolve(options.folder ?? '.');
  const { write, client, next } = languages[language];
  const files = write({ name: basename(folder), client: options.client ?? client });
  writeNewFolder('An app', folder, files);
  reporter.done({ folder, files: files.map(({ path }) => path) }, [
    `Written to ${folder}: ${files.map(({ path }) => path).join(', ')}`,
    `Next: ${next} (README.md)`,
  ]);
}
