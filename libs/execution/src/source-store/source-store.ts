import type { SourceFile } from '@datakeep/contracts';

/**
 * Keeps source code by id.
 *
 * Law: `put` stores all files of one id or none, durably, once; `get` gives them in the order they came, `undefined`
 * for an id that is not there; `delete` of such an id does nothing. Ids are 24 hex digits, anything else is not there.
 */
export interface SourceStore {
  put(id: string, files: readonly SourceFile[]): Promise<void>;
  get(id: string): Promise<readonly SourceFile[] | undefined>;
  delete(id: string): Promise<void>;
  isEmpty(): Promise<boolean>;
}
