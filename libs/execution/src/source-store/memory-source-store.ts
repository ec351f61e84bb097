import type { SourceFile } from '@datakeep/contracts';
import type { SourceStore } from './source-store.ts';

/** For source that is only tried: it is gone with the process. */
export class MemorySourceStore implements SourceStore {
  readonly #files = new Map<string, readonly SourceFile[]>();

  async put(id: string, files: readonly SourceFile[]): Promise<void> {
    this.#files.set(id, files);
  }

  async get(id: string): Promise<readonly SourceFile[] | undefined> {
    return this.#files.get(id);
  }

  async delete(id: string): Promise<void> {
    this.#files.delete(id);
  }

  async isEmpty(): Promise<boolean> {
    return this.#files.size === 0;
  }
}
