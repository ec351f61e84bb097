import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { syncPath } from './replace-file.ts';

/** Files were synced when they were written, and an adjustment syncs its own; folders have names that must last too. */
export function syncTree(folder: string): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isDirectory()) syncPath(join(entry.parentPath, entry.name));
  syncPath(folder);
}
