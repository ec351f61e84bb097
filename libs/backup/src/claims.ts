import type { DataDirPart } from '@datakeep/kernel';

/** Files that SQLite keeps beside an open database. */
export const sideFiles = ['-wal', '-shm', '-journal'] as const;

/** The databases of the parts, in their order. */
export function databasesOf(parts: readonly DataDirPart[]): readonly string[] {
  return parts.flatMap(({ entries }) => entries.flatMap((entry) => ('database' in entry ? [entry.database] : [])));
}

/** The folders of the parts whose files are kept, in their order. */
export function foldersOf(
  parts: readonly DataDirPart[],
): readonly { readonly files: string; readonly names: RegExp }[] {
  return parts.flatMap(({ entries }) => entries.flatMap((entry) => ('files' in entry ? [entry] : [])));
}

/** The lock files of the parts. */
export function locksOf(parts: readonly DataDirPart[]): readonly string[] {
  return parts.flatMap(({ entries }) => entries.flatMap((entry) => ('lock' in entry ? [entry.lock] : [])));
}

/** Whether a backup keeps the file of DATA_DIR at `path`, or why not; `undefined` for a file that no part claims. */
export function claimOf(path: string, parts: readonly DataDirPart[]): 'kept' | string | undefined {
  for (const { name, entries } of parts)
    for (const entry of entries) {
      if ('database' in entry) {
        if (path === entry.database) return 'kept';
        if (sideFiles.some((ending) => path === entry.database + ending))
          return `${name}: a log, which the copy has in it`;
      } else if ('files' in entry) {
        if (isIn(entry.files, entry.names, path)) return 'kept';
      } else if ('lock' in entry) {
        if (path === entry.lock || path === `${entry.lock}-journal`) return `${name}: a lock`;
      } else if (entry.leftOut.test(path)) return `${name}: ${entry.because}`;
    }
  return undefined;
}

function isIn(folder: string, names: RegExp, path: string): boolean {
  return path.startsWith(`${folder}/`) && names.test(path.slice(folder.length + 1));
}

/** The top names of DATA_DIR that a restore replaces. */
export function replacedNames(parts: readonly DataDirPart[]): readonly string[] {
  const databases = databasesOf(parts).flatMap((path) => ['', ...sideFiles].map((ending) => path + ending));
  const folders = foldersOf(parts).map(({ files }) => files);
  return [...new Set([...databases, ...folders].map((path) => path.split('/', 1)[0]!))];
}
