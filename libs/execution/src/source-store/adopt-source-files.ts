import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceFile } from '@datakeep/contracts';
import { type DocumentStore, tookPlace } from '@datakeep/documents';
import type { DataDirPart } from '@datakeep/kernel';
import { sourceRecords } from './document-source-store.ts';

const folder = 'source-code';
const fileName = /^([0-9a-f]{24})\.json$/;

/** What source code had in DATA_DIR in former releases, and in backups of them. */
export const sourceCodePart: DataDirPart = {
  name: 'source code',
  entries: [
    { files: folder, names: fileName, adoptedBy: 'documents.sqlite' },
    { leftOut: /^source-code\/[0-9a-f]{24}\.json\.part$/, because: 'source code that was not written whole' },
  ],
};

/** Moves the files of a former release into the records, where one was; may be repeated after a kill. */
export async function adoptSourceFiles(documents: DocumentStore, dataDir: string): Promise<void> {
  const path = join(dataDir, folder);
  if (!existsSync(path)) return;
  const records = documents.collection(sourceRecords);
  for (const name of await readdir(path)) {
    const id = fileName.exec(name)?.[1];
    if (id === undefined) continue;
    const { files } = JSON.parse(await readFile(join(path, name), 'utf8')) as { files: readonly SourceFile[] };
    // Code never changes: what is there already is the same.
    await tookPlace(documents.commit([records.insert({ id, files })]));
  }
  await rm(path, { recursive: true });
}
