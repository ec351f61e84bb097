/**
 * One entry of DATA_DIR, by its path in it:
 * - `database`: a SQLite file in WAL mode, with its `-wal` and `-shm`; an older `version` (`PRAGMA user_version`) is
 *   converted at the start, and cannot be read by the former release any more;
 * - `files`: a folder with files that are replaced whole and never changed in place; those whose names match are kept;
 *   a former release left those that the start moves into the database `adoptedBy`;
 * - `lock`: a file that a process holds while it works on the part;
 * - `leftOut`: paths that a backup leaves out, and why.
 */
export type DataDirEntry =
  | { readonly database: string; readonly version?: number }
  | { readonly files: string; readonly names: RegExp; readonly adoptedBy?: string }
  | { readonly lock: string }
  | { readonly leftOut: RegExp; readonly because: string };

/**
 * What one part of the keep has in DATA_DIR. Each library that writes there says so; a test fails for any other file.
 */
export interface DataDirPart {
  readonly name: string;
  readonly entries: readonly DataDirEntry[];
}
