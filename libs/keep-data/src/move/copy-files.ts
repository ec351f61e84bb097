import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { claimOf, replaceFile } from '@datakeep/backup';
import { type DataDirPart, makePrivateFolder } from '@datakeep/kernel';
import { dataDirParts } from '../data-dir-parts.ts';

/** Copies what the parts have in DATA_DIR that is no database; what is there is replaced. */
export function copyFiles(from: string, to: string, parts: readonly DataDirPart[]): void {
  for (const { entries } of parts)
    for (const entry of entries) {
      if (!('files' in entry) || !existsSync(join(from, entry.files))) continue;
      makePrivateFolder(join(to, entry.files));
      for (const name of readdirSync(join(from, entry.files)))
        if (entry.names.test(name))
          replaceFile(join(to, entry.files, name), readFileSync(join(from, entry.files, name), 'utf8'));
    }
}

/** Leaves in the folder what a backup keeps. */
export function dropSideFiles(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isDirectory() && claimOf(path.slice(folder.length + 1), dataDirParts) !== 'kept') rmSync(path);
  }
}
