import { systemFault } from '@datakeep/backup';

const acts: Readonly<Record<string, string>> = { open: 'opened', mkdir: 'made', scandir: 'listed', write: 'written' };

/** What the system refused, for a person: about a file, or about the output, which has no path. */
export function systemErrorText(error: NodeJS.ErrnoException): string {
  return `${error.path ?? 'The output'} cannot be ${acts[error.syscall ?? ''] ?? 'used'}: ${systemFault(error)}.`;
}
