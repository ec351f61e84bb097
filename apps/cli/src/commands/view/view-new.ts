import { basename, resolve } from 'node:path';
import { writeNewFolder } from '../../developer/new-folder.ts';
import { newViewFiles, newViewRuntimes } from '../../developer/view/new-view.ts';
import { WrongUse } from '../../outcome.ts';
import type { Surroundings } from '../../surroundings.ts';

export interface ViewNewOptions {
  readonly folder: string;
  readonly runtime: string;
  readonly profile: string;
}

/** Writes a view that counts the events of a profile into a new or empty folder. */
export async function viewNew(options: ViewNewOptions, { reporter }: Surroundings): Promise<void> {
  const { runtime, profile } = options;
  if (!newViewRuntimes.includes(runtime))
    throw new WrongUse(`--runtime ${JSON.stringify(runtime)} is not legal: expected ${newViewRuntimes.join(' or ')}.`);
  const folder = resolve(options.folder);
  const files = newViewFiles({ name: basename(folder), runtime, profile });
  writeNewFolder('A view', folder, files);
  const paths = files.map(({ path }) => path);
  reporter.done({ folder, files: paths }, [
    `Written to ${folder}: ${paths.join(', ')}`,
    `Next: datakeep view dry-run ${options.folder}`,
  ]);
}
