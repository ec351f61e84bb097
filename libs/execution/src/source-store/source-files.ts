import { createHash } from 'node:crypto';
import type { SourceFile } from '@datakeep/contracts';
import { InputErrors } from '@datakeep/kernel';

export const maxSourceFiles = 10;
export const maxSourceFileBytes = 256 * 1024;
const maxPathLength = 200;

/** What is wrong with a path, or undefined. Legal: `main.js`, `lib/sum.js`. */
function pathFault(path: string): string | undefined {
  if (path === '') return 'A file needs a name.';
  if (path.length > maxPathLength) return `A path may be ${maxPathLength} characters long.`;
  if (/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(path) || !path.isWellFormed())
    return 'A path may not hold control or invisible characters.';
  if (path.includes('\\')) return 'Folders are written with /.';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'A path must be relative.';
  if (path.split('/').some((segment) => segment === '' || segment === '.' || segment === '..'))
    return 'A path may not have empty, `.` or `..` segments.';
  if (/[:*?"<>|()\s]/.test(path)) return 'A path may not hold blanks or any of : * ? " < > | ( ).';
  return undefined;
}

/** What of the files could not be stored in any runtime, with issues `/files/<index>/…`. */
export function sourceFaults(files: readonly SourceFile[]): InputErrors {
  const errors = new InputErrors();
  const refuse = (pointer: string, detail: string): void => errors.add(pointer, 'source', detail);
  if (files.length === 0 || files.length > maxSourceFiles) refuse('/files', `A view is 1 to ${maxSourceFiles} files.`);
  const seen = new Map<string, number>();
  for (const [index, { path, content }] of files.slice(0, maxSourceFiles).entries()) {
    const fault = pathFault(path);
    if (fault) refuse(`/files/${index}/path`, fault);
    // Two spellings of one name on a file system that folds case or normalises.
    const folded = path.normalize('NFC').toLowerCase();
    if (seen.has(folded))
      refuse(
        `/files/${index}/path`,
        `The path is that of file ${seen.get(folded)!}, or differs from it in spelling only.`,
      );
    else seen.set(folded, index);
    if (Buffer.byteLength(content) > maxSourceFileBytes)
      refuse(`/files/${index}/content`, `A file may take ${maxSourceFileBytes / 1024} KiB.`);
    if (!content.isWellFormed()) refuse(`/files/${index}/content`, 'The file is not valid Unicode text.');
  }
  return errors;
}

/**
 * The one entry file among `files`. Throws `invalid` (422) with a pointer `/files/<index>/…` for everything that could
 * not be stored or run.
 */
export function checkSourceFiles(files: readonly SourceFile[], entries: readonly string[]): string {
  const errors = sourceFaults(files);
  const found = files.filter(({ path }) => entries.includes(path));
  const named = entries.map((entry) => `\`${entry}\``).join(' or ');
  if (files.length > 0 && found.length === 0) errors.add('/files', 'source', `There must be an entry file, ${named}.`);
  if (found.length > 1) errors.add('/files', 'source', `There must be one entry file, ${named}, not both.`);
  errors.throwIfAny();
  return found[0]!.path;
}

/** SHA-256 in hex over paths and contents, whatever their order. */
export function sourceDigest(files: readonly SourceFile[]): string {
  const hash = createHash('sha256');
  for (const { path, content } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1)))
    hash.update(JSON.stringify([path, content]));
  return hash.digest('hex');
}
