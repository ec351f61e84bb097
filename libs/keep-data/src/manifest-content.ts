import type { Manifest } from '@datakeep/backup';

/** What a backup has in it. */
export interface ManifestContent {
  readonly events: number;
  /** Rows of all collections. */
  readonly records: number;
  /** Of keys, source code and whatever else is no database. */
  readonly files: number;
}

export function contentOf({ files }: Manifest): ManifestContent {
  const rowsOf = (file: string): Readonly<Record<string, number>> =>
    files.find(({ path }) => path === file)?.rows ?? {};
  return {
    events: rowsOf('events/events.sqlite')['events'] ?? 0,
    records: Object.values(rowsOf('documents.sqlite')).reduce((sum, rows) => sum + rows, 0),
    files: files.filter(({ rows }) => rows === undefined).length,
  };
}
