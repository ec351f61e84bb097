import type { SourceFile } from '@datakeep/contracts';

/**
 * Keeps source code by id.
 *
 * Contract: `put` stores all files of one id or none, durably, once; `get` returns them in the order they came,
 * `undefined` for an unknown id; `delete` of an unknown id does nothing. Ids are 24 hex digits; any other id is
 * unknown.
 */
export interface SourceStore {
  put(id: string, files: readonly SourceFile[]): Promise<void>;
  get(id: string): Promise<readonly SourceFile[] | undefined>;
  delete(id: string): Promise<void>;
  isEmpty(): Promise<boolean>;
}
