import { resolve } from 'node:path';
import { checkedRuntimes, namedPlace, sourceFaultsOf } from '../../developer/view/check-source.ts';
import { readViewFolder } from '../../developer/view/view-folder.ts';
import { NotDone } from '../../outcome.ts';
import type { CommandContext } from '../../command-context.ts';

export interface ViewFolderOptions {
  readonly folder?: string;
}

/** Says what a keep would refuse of a view, without one; whether its profiles are there only a keep knows. */
export async function viewCheck(options: ViewFolderOptions, { config, reporter }: CommandContext): Promise<void> {
  const { template, files } = readViewFolder(resolve(options.folder ?? '.'));
  const isChecked = checkedRuntimes.includes(template.runtime);
  const faults = isChecked ? await sourceFaultsOf(template.runtime, files, config) : [];
  if (faults.length > 0)
    throw new NotDone(faults.map(({ pointer, detail }) => `${namedPlace(pointer, files)}: ${detail}`).join('\n'));
  const paths = files.map(({ path }) => path);
  reporter.done({ runtime: template.runtime, files: paths, sourceChecked: isChecked }, [
    `Nothing is wrong with ${template.name} (${template.runtime}): ${paths.join(', ')}`,
    ...(isChecked ? [] : [`The source is for ${template.runtime} to check: datakeep view dry-run`]),
  ]);
}
