import { readFile, rename, writeFile } from 'node:fs/promises';
import type { TokenStore } from './token-store.ts';

/** In a file that its owner alone may read. For Node, Bun and Deno. */
export function tokenFile(path: string): TokenStore {
  return {
    load: async () => {
      try {
        return (await readFile(path, 'utf8')).trim() || undefined;
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    save: async (token) => {
      // Renamed into place, so that a crash leaves the former token or the next.
      const next = `${path}.next`;
      await writeFile(next, `${token}\n`, { mode: 0o600 });
      await rename(next, path);
    },
  };
}
