import { chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceFile } from '@datakeep/contracts';
import { type DataDirPart, isId } from '@datakeep/kernel';
import type { SourceStore } from './source-store.ts';

const temporary = '.part';

/** What source code has in DATA_DIR. */
export const sourceCodePart: DataDirPart = {
  name: 'source code',
  entries: [
    { files: 'source-code', names: /^[0-9a-f]{24}\.json$/ },
    { leftOut: /^source-code\/[0-9a-f]{24}\.json\.part$/, because: 'source code that was not written whole' },
  ],
};

/**
 * One JSON file per id (`<id>.json`), written to a temporary file, synced, then renamed: whole or absent. Folder 0700,
 * files 0600.
 */
export class FileSourceStore implements SourceStore {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes the folder if need be and clears what a crash left half written. */
  static async open(directory: string): Promise<FileSourceStore> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    for (const name of await readdir(directory))
      if (name.endsWith(temporary)) await rm(join(directory, name), { force: true });
    return new FileSourceStore(directory);
  }

  async put(id: string, files: readonly SourceFile[]): Promise<void> {
    const path = this.#path(id);
    if (path === undefined) throw new TypeError('A source id is 24 hex digits.');
    const part = path + temporary;
    try {
      const file = await open(part, 'wx', 0o600);
      try {
        await file.writeFile(
          JSON.stringify({ files: files.map(({ path: name, content }) => ({ path: name, content })) }),
        );
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(part, path);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    await this.#sync();
  }

  async get(id: string): Promise<readonly SourceFile[] | undefined> {
    const path = this.#path(id);
    if (path === undefined) return undefined;
    try {
      return (JSON.parse(await readFile(path, 'utf8')) as { files: SourceFile[] }).files;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async delete(id: string): Promise<void> {
    const path = this.#path(id);
    if (path === undefined) return;
    await rm(path, { force: true });
    await this.#sync();
  }

  async isEmpty(): Promise<boolean> {
    return (await this.ids()).length === 0;
  }

  /** Of all that is there, ascending. */
  async ids(): Promise<readonly string[]> {
    const names = (await readdir(this.#directory)).filter((name) => name.endsWith('.json'));
    return names.map((name) => name.slice(0, -'.json'.length)).toSorted();
  }

  #path(id: string): string | undefined {
    return isId(id) ? join(this.#directory, `${id}.json`) : undefined;
  }

  /** A rename or removal survives power loss only when its folder is synced too. */
  async #sync(): Promise<void> {
    const directory = await open(this.#directory, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }
}
