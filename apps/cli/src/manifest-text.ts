import type { Manifest } from '@datakeep/backup';
import { contentOf } from '@datakeep/keep-data';
import { counted } from './counted.ts';

/** Rows of each table of each database. */
export function countsOf({ files }: Manifest): Readonly<Record<string, Readonly<Record<string, number>>>> {
  return Object.fromEntries(files.flatMap(({ path, rows }) => (rows === undefined ? [] : [[path, rows]])));
}

/** What a backup has in it, in lines for a person. */
export function describe(manifest: Manifest, bytes: number): readonly string[] {
  const { events, records, files } = contentOf(manifest);
  return [
    `  of ${manifest.createdDate}, by Datakeep ${manifest.datakeep}, ${sizeOf(bytes)}`,
    `  ${counted(events, 'event')}, ${counted(records, 'record')}, ${counted(files, 'other file')}`,
  ];
}

function sizeOf(bytes: number): string {
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
