import { basename, resolve } from 'node:path';
import { writeNewFolder } from '../../developer/new-folder.ts';
import { newViewFiles, newViewRuntimes } from '../../developer/view/new-view.ts';
import { viewExampleFiles, viewExamples } from '../../developer/view/view-examples.ts';
import { WrongUse } from '../../outcome.ts';
import type { CommandContext } from '../../command-context.ts';

export interface ViewNewOptions {
  readonly folder: string;
  readonly runtime: string;
  readonly profile?: string;
  readonly from?: string;
}

/** Writes a view into a new or empty folder: one that counts the events of a profile, or a copy of an example. */
export async function viewNew(options: ViewNewOptions, { reporter }: CommandContext): Promise<void> {
  const { runtime, profile, from } = options;
  if (!newViewRuntimes.includes(runtime))
    throw new WrongUse(`--runtime ${JSON.stringify(runtime)} is not legal: expected ${newViewRuntimes.join(' or ')}.`);
  const folder = resolve(options.folder);
  const files =
    from === undefined ? counting(basename(folder), runtime, profile) : exampleFiles(from, runtime, profile);
  writeNewFolder('A view', folder, files);
  const paths = files.map(({ path }) => path);
  reporter.done({ folder, files: paths }, [
    `Written to ${folder}: ${paths.join(', ')}`,
    `Next: datakeep view dry-run ${options.folder}`,
  ]);
}

function counting(name: string, runtime: string, profile: string | undefined): ReturnType<typeof newViewFiles> {
  if (profile === undefined)
    throw new WrongUse('Say what it reads, --profile NAME, or what it is a copy of, --from EXAMPLE.');
  return newViewFiles({ name, runtime, profile });
}

function exampleFiles(from: string, runtime: string, profile: string | undefined): ReturnType<typeof newViewFiles> {
  if (viewExamples().includes(from)) return viewExampleFiles({ example: from, runtime, profile });
  throw new WrongUse(`--from ${JSON.stringify(from)} is no example: expected ${viewExamples().join(' or ')}.`);
}
