import type { Manifest } from '@datakeep/backup';

/** Rows of each table of each database. */
export function countsOf({ files }: Manifest): Readonly<Record<string, Readonly<Record<string, number>>>> {
  return Object.fromEntries(files.flatMap(({ path, rows }) => (rows === undefined ? [] : [[path, rows]])));
}

/** What a backup has in it, in lines for a person. */
export function describe(manifest: Manifest, bytes: number): readonly string[] {
  const counts = countsOf(manifest);
  const events = counts['events/events.sqlite']?.['events'] ?? 0;
  const records = Object.values(counts['documents.sqlite'] ?? {}).reduce((sum, rows) => sum + rows, 0);
  const files = manifest.files.filter(({ rows }) => rows === undefined).length;
  const number = new Intl.NumberFormat('en');
  return [
    `  of ${manifest.createdDate}, by Datakeep ${manifest.datakeep}, ${sizeOf(bytes)}`,
    `  ${number.format(events)} events, ${number.format(records)} records, ${files} files of keys and code`,
  ];
}

function sizeOf(bytes: number): string {
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
